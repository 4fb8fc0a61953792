"""Where a component's files come from, for the list of components (`sbom`).

A version alone does not say which known faults are mended: Debian mends them without raising the number. So what is
Debian's is named by its source package and that package's version, and Windows' libraries by the wheel they are from.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from urllib.parse import quote

from native import elf, pe

from . import linuxpython, shell, targets
from .targets import Target


def debian(path: Path) -> str:
    """Return the package URL of the source package that a file is from, '' where dpkg does not know the file.

    https://github.com/package-url/purl-spec: type `deb`, namespace the distribution's ID, `arch=source`.
    """
    # /lib is a link to /usr/lib on today's Debian; dpkg knows a file by the name that its package has.
    real = path.resolve()
    names = [str(path), str(real), str(real).removeprefix("/usr"), f"/usr{path}"]
    found = next(filter(None, (shell.output(["dpkg-query", "-S", name]) for name in names)), "")
    if not found:
        return ""
    package = found.split(": ")[0].split(",")[0]
    source = shell.output(["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", package]).split()
    if len(source) != 2:
        return ""
    distribution = platform.freedesktop_os_release()["ID"]
    return f"pkg:deb/{distribution}/{source[0]}@{quote(source[1], safe=':~')}?arch=source"


def standard_library() -> str:
    """Return the package URL of the building Python's modules, '' where it is not the distribution's."""
    return debian(Path(os.__file__))


def linux_library(private_name: str) -> str:
    """Return the package URL of a library of dist/linux, by its name there; '' where it is not the distribution's."""
    name = next((name for name, ours in elf.PRIVATE_NAMES.items() if ours == private_name), private_name)
    if name == linuxpython.SONAME:
        return debian(linuxpython.library())
    return next(filter(None, map(debian, sorted(Path("/usr/lib").glob(f"*-linux-gnu/{name}")))), "")


def windows_library(target: Target, private_name: str) -> str:
    """Return in words where a DLL of a Windows target comes from, by its name there."""
    if targets.on_windows():
        return "the builder's own Python"
    name = next((name for name, ours in pe.PRIVATE_NAMES.items() if ours.lower() == private_name.lower()), private_name)
    newer = name.lower() in targets.NEWER_LIBRARIES
    python, sha256 = ("cp313", target.newer_sha256) if newer else ("cp311", target.wheel_sha256)
    return f"the wheel {targets.WINDOWS_WHEEL} of {python} for {target.platform}, SHA-256 {sha256}"
