"""The Linux target's CPython: the running interpreter's shared library and headers, else Debian's."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from . import apt, places
from .progress import BuildError

SONAME = "libpython3.11.so.1.0"
_DEBIAN = places.CACHE / "debian"


def ensure() -> str:
    """See to it that the library is there, and objdump (PyInstaller asks for both); returns a note."""
    if not shutil.which("objdump"):
        apt.install(["binutils"], "PyInstaller reads shared objects with its objdump")
    if not _own().is_file() and not _system():
        apt.install(["libpython3.11"], "python3 here is not built on a shared libpython3.11")
    return str(library())


def library() -> Path:
    """The file libpython3.11.so.1.0. Raises BuildError where there is none."""
    for path in [_own(), *_system()]:
        if path.is_file():
            return path
    raise BuildError(f"{SONAME} is not on this machine (Debian: the package libpython3.11).")


def _own() -> Path:
    return Path(sysconfig.get_config_var("LIBDIR") or "/nowhere", SONAME)


def _system() -> list[Path]:
    return sorted(Path("/usr/lib").glob(f"*-linux-gnu/{SONAME}"))


def debian_headers() -> Path:
    """CPython's headers of Debian's package: installed, or else unpacked below .cache."""
    include = Path("/usr/include")
    if not (include / "python3.11" / "Python.h").is_file():
        include = _DEBIAN / "usr" / "include"
    if not (include / "python3.11" / "Python.h").is_file():
        apt.unpack(["libpython3.11-dev"], _DEBIAN, "CPython's headers")
    # Debian's pyconfig.h includes the one of its architecture by <arch/python3.11/pyconfig.h>, relative to `include`.
    flat = _DEBIAN / "include"
    if not flat.is_dir():
        _flatten(include, flat)
    return flat


def is_split(include: Path) -> bool:
    """Tell whether a folder's pyconfig.h only leads to the one of its architecture, as Debian has it."""
    return b"-linux-gnu/python3.11/pyconfig.h" in (include / "pyconfig.h").read_bytes()


def _flatten(include: Path, flat: Path) -> None:
    shutil.copytree(include / "python3.11", flat)
    for config in include.glob("*-linux-gnu/python3.11/pyconfig.h"):
        shutil.copyfile(config, flat / "pyconfig.h")
