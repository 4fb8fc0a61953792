"""What a run leaves out, and what conftest.py makes of it; nothing is shown of a build of older sources."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest

from native.buildkit import places, steps, targets
from native.buildkit.targets import Target
from tests import builds, conftest

TESTS = """
import pytest
@pytest.mark.skipif(True, reason="no Wine here")
def test_marked(): pass
def test_of_another_target(): pytest.skip("limits are set for win32")
@pytest.fixture
def browser(): pytest.skip("no browser")
def test_by_fixture(browser): pass
@pytest.mark.xfail
def test_expected(): assert False
"""


SLOW = """
import pytest
from tests import builds
@pytest.mark.slow
def test_marked(): assert False
@pytest.mark.timeout(300)
def test_with_a_time_limit_of_its_own(): assert False
@pytest.fixture
def chromium(): assert False
def test_of_a_page(chromium): pass
@pytest.mark.parametrize("way", [builds.present, builds.built, builds.runnable])
def test_of_a_build(way): way("linux")
def test_any_other(): pass
"""


def _run(folder: Path, ci: str, *options: str, tests: str = TESTS) -> str:
    (folder / "test_some.py").write_text(tests, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", folder,
         "-c", os.devnull, *options, folder],
        cwd=places.ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout


def test_no_folder_of_tests_is_passed_over_for_its_name(request: pytest.FixtureRequest) -> None:
    """A run of everything does not look into folders called build, dist or venv, unless they are named to it."""
    patterns = request.config.getini("norecursedirs")
    tests = places.ROOT / "tests"
    folders = {parent for path in tests.rglob("test_*.py") for parent in path.relative_to(tests).parents}
    passed_over = [folder for folder in folders if any(fnmatch(folder.name, pattern) for pattern in patterns)]
    assert [folder for folder in passed_over if folder.name] == []


@pytest.mark.slow
def test_skips_are_reported(tmp_path: Path) -> None:
    output = _run(tmp_path, "")
    assert "3 skipped, 1 xfailed" in output
    for reason in ("no Wine here", "limits are set for win32", "no browser"):
        assert reason in output


@pytest.mark.slow
def test_skips_fail_in_continuous_integration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    if not conftest.strict():
        pytest.skip("of Debian 12 alone, not of Windows")
    output = _run(tmp_path, "true")
    assert "1 skipped, 1 xfailed, 2 errors" in output
    assert "missing on Debian 12 in CI: Skipped: no Wine here" in output
    assert "missing on Debian 12 in CI: Skipped: no browser" in output


@pytest.mark.slow
@pytest.mark.parametrize("ci", ["", "true"])
def test_a_quick_run_leaves_out_what_is_slow_or_needs_a_build(tmp_path: Path, ci: str) -> None:
    assert "1 passed, 3 skipped, 3 deselected" in _run(tmp_path, ci, "--quick", tests=SLOW)


@pytest.mark.parametrize("name", targets.TABLE)
@pytest.mark.parametrize("way", [builds.built, builds.runnable])
def test_a_build_of_older_sources_is_skipped(
    monkeypatch: pytest.MonkeyPatch, name: str, way: Callable[[str], Target]
) -> None:
    monkeypatch.setattr(builds, "quick", False)
    monkeypatch.setattr(steps, "is_built", lambda target: False)
    monkeypatch.setattr(builds, "_is_fresh", builds._is_fresh.__wrapped__)
    with pytest.raises(pytest.skip.Exception, match=f"dist/{name} is not built or of older sources"):
        way(name)
