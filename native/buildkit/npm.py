"""The npm packages of the tests and of the documentation's search, by their lock file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import apt, places, shell
from .stamps import Stamp, digest


def packages() -> str:
    """Install the npm packages that the lock file names into .cache/npm; nothing of theirs runs (--ignore-scripts)."""
    listed = [places.NPM_TEST_PACKAGES / name for name in ("package.json", "package-lock.json")]
    stamp = Stamp(places.NPM / "vcchk.stamp", digest(*listed))
    if stamp.fresh:
        return "already there"
    if not shutil.which("npm"):
        if not apt.usable() or os.geteuid() != 0:
            return "npm is not on this machine: tests that need it will say so and skip"
        apt.install(["npm"], "tests")
    places.NPM.mkdir(parents=True, exist_ok=True)
    for path in listed:
        shutil.copyfile(path, places.NPM / path.name)
    # --force: a Windows program's parts are wanted on Linux, too.
    command: list[str | Path] = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--force"]
    shell.run(command, log="npm", what="Installing the npm packages of the tests", cwd=places.NPM)
    stamp.set()
    return "installed"
