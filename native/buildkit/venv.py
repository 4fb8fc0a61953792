"""The project's own .venv: the files that constraints.txt names by version and hash, nothing of the system's."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import apt, places, shell
from .progress import BuildError
from .stamps import Stamp, digest

WANTED = (3, 11)
DISTRIBUTION = "/usr/bin/python3.11"


def stamp() -> Stamp:
    """Fresh when .venv holds what constraints.txt asks for."""
    return Stamp(places.VENV / "vcchk.stamp", digest(places.CONSTRAINTS))


def ensure() -> str:
    """Make or refresh .venv; returns a note. Raises BuildError with what to do."""
    mark = stamp()
    if mark.fresh and places.VENV_PYTHON.is_file():
        return "already there"
    mark.spoil()
    if not places.VENV_PYTHON.is_file():
        _create()
    pip: list[str | Path] = [places.VENV_PYTHON, "-m", "pip", "--disable-pip-version-check"]
    shell.run(
        [*pip, "install", "--require-hashes", "-r", places.CONSTRAINTS],
        log="venv",
        what="Installing the Python packages that constraints.txt pins (pip needs its package index set up)",
    )
    # The tree itself is importable by a .pth rather than by an editable install: that would build a wheel first.
    site = shell.output([places.VENV_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    with open(os.path.join(site, "vcchk-tree.pth"), "w", encoding="utf-8") as pth:
        pth.write(f"{places.ROOT}\n")
    mark.set()
    return "ready"


def _create() -> None:
    base = _base_python()
    if not _has_venv(base):
        if os.name == "nt":
            raise BuildError(f"{base} has no venv module: install Python 3.11 from python.org.")
        apt.install(["python3-venv"], "Debian's python3 has no venv module without it")
    shell.run([base, "-m", "venv", places.VENV], log="venv", what="Making .venv")


def _has_venv(python: str) -> bool:
    return bool(shell.output([python, "-c", "import ensurepip, venv; print('yes')"]))


def _base_python() -> str:
    """The Python 3.11 that .venv is made with, and that dist/linux carries: the distribution's, else the running one.

    Debian's is compiled with profile-guided optimisation. One that pyenv compiled is not, unless it was told to, and on
    some processors takes half as long again for the same call (docs/performance.md).
    """
    if os.path.isfile(DISTRIBUTION) and (_has_venv(DISTRIBUTION) or (apt.usable() and os.geteuid() == 0)):
        return DISTRIBUTION
    if sys.version_info[:2] == WANTED:
        return sys.executable
    found = shutil.which("python3.11")
    if not found:
        raise BuildError(
            f"Python 3.11 is needed (the DLL's own is 3.11); this is {sys.version.split()[0]} and no python3.11 is on "
            "PATH. Debian 12 has it as python3."
        )
    return found


def enter(script: str, arguments: list[str]) -> None:
    """Go on inside .venv's Python (replaces this process); returns when it is the running one already."""
    if os.path.realpath(sys.prefix) == os.path.realpath(places.VENV):
        return
    command = [str(places.VENV_PYTHON), script, *arguments]
    if os.name == "nt":  # execv does not keep the console's exit code there
        import subprocess

        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)
