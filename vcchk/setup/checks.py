"""What is looked at in a HIS's folder before anything in it is changed."""

from __future__ import annotations

import os
import sys

from vcchk.setup import binary, release
from vcchk.setup.failure import REFUSED, SetupError, advice, reason
from vcchk.setup.release import LIBRARIES, PROGRAMS, SUMS, Release

MAX_PROGRAMS = 200
MAX_PATH = 259 if sys.platform == "win32" else 4095
"""In characters; Windows' loader takes no longer one, whatever the system's settings say of other files."""
_ROOM = len("vcchk_trash/20260101000000/")


def programs_fit(folder: str, source: Release) -> list[str]:
    """Return warnings about the programs of ``folder``. Raises SetupError when none could load the library.

    A folder may hold tools of the other kind beside the HIS, so one program that fits is enough. Where none does, the
    library that stands there tells what the HIS is.
    """
    library = binary.read(source.path(source.library))
    if library is None:
        raise SetupError(f"{source.path(source.library)} 不是动态库，请重新解压发布包", REFUSED)
    kinds: dict[int, list[str]] = {}
    for name in _program_names(folder):
        program = binary.read(os.path.join(folder, name))
        if program is not None:
            kinds.setdefault(program.bits, []).append(name)
    others = kinds.get(96 - library.bits, [])
    present = binary.read(os.path.join(folder, source.library))
    decisive = list(others) if not kinds.get(0) else []
    if present is not None and present.bits == 96 - library.bits:
        decisive.append(source.library)
    if decisive and not kinds.get(library.bits):
        raise SetupError(
            f"这里的程序（{_listed(decisive)}）是 {96 - library.bits} 位的，而本发布包是 {library.bits} 位的，"
            f"请改用 {'win64' if library.bits == 32 else 'win32'} 发布包",
            REFUSED,
        )
    warnings = []
    if others:
        warnings.append(f"{_listed(others)} 是 {96 - library.bits} 位的，不能加载本动态库（{library.bits} 位）")
    if kinds.get(0):
        platform = "x86" if library.bits == 32 else "x64"
        warnings.append(f"{_listed(kinds[0])} 是不分位数的 .NET 程序，在 64 位 Windows 上要编译成 {platform}")
    return warnings


def paths_fit(folder: str, source: Release) -> None:
    """See that no file of the release would have too long a path. Raises SetupError."""
    longest = len(folder) + 1 + _ROOM + max(map(len, source.sums))
    if longest > MAX_PATH:
        raise SetupError(
            f"{folder} 的路径太长：其中的文件会有 {longest} 个字符，最多 {MAX_PATH} 个，请把 HIS 放到更短的路径下",
            REFUSED,
        )


def _program_names(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    own = {name.lower() for name in PROGRAMS}
    return [name for name in names if name.lower().endswith(".exe") and name.lower() not in own][:MAX_PROGRAMS]


def _listed(names: list[str]) -> str:
    return "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")


def is_foreign(folder: str, name: str) -> bool:
    """Tell whether a file of one of our names stands in ``folder`` and is not ours.

    Beside a list of ours all is ours but a whole library of another maker: a broken one is ours, damaged.
    """
    path = os.path.join(folder, name)
    ours_is_here = release.read(folder) is not None
    if not os.path.lexists(path):
        return False
    if name in LIBRARIES:
        return not _has_mark(path) and not (ours_is_here and binary.read(path) is None)
    return not ours_is_here and (name == SUMS or not _has_mark(path))


def _has_mark(path: str) -> bool:
    return binary.contains(path, b"vcchk", "vcchk".encode("utf-16-le"))


def foreign_library(folder: str) -> str:
    """Return the path of a library in ``folder`` that has our name and is not ours, "" when there is none."""
    return next((os.path.join(folder, name) for name in LIBRARIES if is_foreign(folder, name)), "")


def missing_exports(foreign: str, source: Release) -> list[str]:
    """Return the functions that the old library has and ours has not."""
    old, new = binary.read(foreign), binary.read(source.path(source.library))
    return sorted(old.exports - new.exports) if old and new else []


def can_rename(folder: str) -> None:
    """See that files can be made, renamed and removed. Raises SetupError; leaves nothing behind."""
    probe = os.path.join(folder, f"vcchk_setup-{os.getpid()}.tmp")
    renamed = probe + ".renamed"
    try:
        open(probe, "wb").close()  # empty: on a full disk remove still works
        os.replace(probe, renamed)
        os.remove(renamed)
    except OSError as error:
        for path in (probe, renamed):
            if os.path.lexists(path):
                try:
                    os.remove(path)
                except OSError:
                    pass
        raise SetupError(
            f"{folder} 不允许新建或改名文件（{reason(error)}），{advice(error)}，或在存放该文件夹的机器上运行", REFUSED
        ) from error
