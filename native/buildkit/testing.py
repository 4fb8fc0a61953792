"""The tests and the checks before a commit, with what they need installed first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from . import apt, npm, places, progress, steps, targets, toolchains, wine
from .progress import BuildError, BuildStep

SOAK_TIMEOUT = "7200"


def main(arguments: list[str]) -> int:
    """Set up, build what is missing, run pytest; returns pytest's exit code. `--soak` adds the long runs."""
    soak = "--soak" in arguments
    passed_on = [word for word in arguments if word != "--soak"]
    wanted = [targets.TABLE["linux"]] if not targets.on_windows() else []
    windows = targets.pick(targets.default())[0] if targets.on_windows() else steps.win32_or_else()
    if windows.name == "win32" and wine.available(64):
        wanted.append(targets.TABLE["win64"])  # tests/hosts calls it from a 64-bit Python
    steps.build([windows, *wanted], beside=_tools())
    options = ["-m", "soak or not soak", "--timeout", SOAK_TIMEOUT] if soak else []
    progress.line()
    return _in_venv("pytest", *options, *passed_on)


def prepare(arguments: list[str]) -> int:
    """ruff format, ruff check, mypy strict, tests; stops at the first that fails. `--quick`: with the quick tests."""
    for command in (["ruff", "format", "."], ["ruff", "check", "."], ["mypy"]):
        progress.line(f"$ {' '.join(command)}")
        if code := _in_venv(*command):
            return code
    if "--quick" in arguments:
        return _in_venv("pytest", "-q", *arguments)
    return main(arguments)


def screenshots(arguments: list[str]) -> int:
    """The tests of the pages, each of which leaves its pictures in docs/screenshots; returns pytest's exit code."""
    folder = places.ROOT / "docs" / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["VCCHK_SCREENSHOTS"] = str(folder)
    return main(["tests/pages", *arguments])


def bench(arguments: list[str]) -> int:
    """Build, then the benchmarks (`python -m benchmarks`); returns their exit code."""
    if not (places.ROOT / "benchmarks" / "__main__.py").is_file():
        raise BuildError("There are no benchmarks in this tree.")
    windows = targets.pick(targets.default())[0] if targets.on_windows() else steps.win32_or_else()
    wanted = [windows] if targets.on_windows() else [windows, targets.TABLE["linux"]]
    steps.build(wanted)
    return _in_venv("benchmarks", *arguments)


def _in_venv(module: str, *arguments: str) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=places.ROOT, env={**os.environ, **environment()}, check=False).returncode


def environment() -> dict[str, str]:
    """What the tests find in their environment: where npm packages are."""
    return {"VCCHK_NPM": str(places.NPM), "NODE_PATH": str(places.NPM / "node_modules")}


def _tools() -> list[BuildStep]:
    """The Debian and npm packages that tests ask for in their two lists."""
    if targets.on_windows():
        return []
    return [
        BuildStep("Debian packages of the tests", _debian_packages),
        BuildStep("npm packages of the tests", npm.packages),
        BuildStep("Toolchains of the host programs", toolchains.ensure),
    ]


def _lines(path: os.PathLike[str]) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return [line for text in file if (line := text.split("#")[0].strip())]
    except FileNotFoundError:
        return []


def _debian_packages() -> str:
    wanted = _lines(places.DEBIAN_TEST_PACKAGES)
    if not apt.missing(wanted):
        return "already there"
    if os.geteuid() != 0:
        return f"not root: tests that need {' '.join(apt.missing(wanted))} will say so and skip"
    try:
        return apt.install(wanted, "tests")
    except BuildError as error:
        return f"not all: tests that need {' '.join(apt.missing(wanted))} will say so and skip.\n{error}\n"
