"""For all tests: skips are told, and are failures in continuous integration; hypothesis judges values, not speed.

(The machines of a test run are shared and slow at times, hence no deadline, and no complaint about drawing.) What it
draws is the same in every run of one source, on every machine.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests import builds

pytest_plugins = ["vcchk.testing", "tests.browser"]

settings.register_profile(
    "vcchk", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vcchk")

ALLOWED = re.compile(
    r"dist/win64 is (not built|of older sources)"  # built on demand alone
    r"|limits are set for win32|of Windows$|the ways of Windows work there|on Windows the paths"  # of another system
    r"|no mount namespaces here|no mounts of one's own here|this machine has no IPv6 loopback"  # a container's rights
)
"""The reasons (searched) for which a test may stay out of continuous integration on Debian 12."""


def strict() -> bool:
    """True where nothing may be missing: in continuous integration on Debian 12, where `test` installs everything."""
    try:
        codename = platform.freedesktop_os_release().get("VERSION_CODENAME")
    except OSError:
        return False
    return os.environ.get("CI") == "true" and codename == "bookworm"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer --quick."""
    parser.addoption("--quick", action="store_true", help="only what needs no build and is not slow")


def pytest_configure(config: pytest.Config) -> None:
    """Every run ends with the list of what was skipped and why; a quick one with what took longest."""
    builds.quick = config.option.quick
    if config.option.quick:
        config.option.durations = config.option.durations or 5
    elif "s" not in config.option.reportchars:
        config.option.reportchars += "s"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a quick run what is slow; `tests.builds` does so with what needs a built folder."""
    if config.option.quick:
        left_out = [item for item in items if _is_slow(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _is_slow(item)]


def _is_slow(item: pytest.Item) -> bool:
    """Tell whether a test is marked slow, has a longer time limit than the others, or opens a browser."""
    is_marked = any(item.get_closest_marker(name) for name in ("slow", "timeout"))
    return is_marked or "chromium" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one where nothing may be missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and strict() and not item.config.option.quick:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not ALLOWED.search(reason):
            report.outcome = "failed"
            report.longrepr = f"missing on Debian 12 in CI: {reason}"
    return report
