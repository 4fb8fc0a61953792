"""What is looked at in a HIS's folder before anything in it is changed."""

from __future__ import annotations

import os

from vcchk.setup import binary, release
from vcchk.setup.failure import REFUSED, SetupError, reason
from vcchk.setup.release import LIBRARIES, PROGRAMS, RUNTIME_PREFIX, Release

MAX_PROGRAMS = 200


def programs_fit(folder: str, source: Release) -> list[str]:
    """Return warnings about the programs of ``folder``. Raises SetupError when none could load the library.

    A folder may hold tools of the other kind beside the HIS, so one program that fits is enough.
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
    if others and not kinds.get(library.bits) and not kinds.get(0):
        raise SetupError(
            f"这里的程序（{_listed(others)}）是 {96 - library.bits} 位的，而本发布包是 {library.bits} 位的，"
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


def _program_names(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    own = {name.lower() for name in PROGRAMS}
    return [name for name in names if name.lower().endswith(".exe") and name.lower() not in own][:MAX_PROGRAMS]


def _listed(names: list[str]) -> str:
    return "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")


def foreign_library(folder: str) -> str:
    """Return the path of a library in ``folder`` that has our name and is not ours, "" when there is none.

    A broken file beside a list of ours is ours, damaged.
    """
    ours_is_here = release.read(folder) is not None
    for name in LIBRARIES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read(binary.MAX_BYTES)
            is_ours = RUNTIME_PREFIX.encode() in data or RUNTIME_PREFIX.encode("utf-16-le") in data
            if not is_ours and not (ours_is_here and binary.read(path) is None):
                return path
    return ""


def missing_exports(foreign: str, source: Release) -> list[str]:
    """Return the functions that the old library has and ours has not."""
    old, new = binary.read(foreign), binary.read(source.path(source.library))
    return sorted(old.exports - new.exports) if old and new else []


def can_rename(folder: str) -> None:
    """See that files can be made, renamed and removed. Raises SetupError; leaves nothing behind."""
    probe = os.path.join(folder, f"vcchk_setup-{os.getpid()}.tmp")
    renamed = probe + ".renamed"
    try:
        with open(probe, "wb") as file:
            file.write(b"vcchk")
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
            f"{folder} 不允许新建或改名文件（{reason(error)}），请检查权限，或在存放该文件夹的机器上运行", REFUSED
        ) from error
