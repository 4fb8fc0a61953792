"""The program this library was loaded into: its file, its code page, and libraries that a Python could trip over.

A host that already holds another python311.dll or libcrypto-3.dll kills an ordinary embedded Python.
Ours has private names and survives; the log and doctor still name them, because they explain many a strange fault.
"""

from __future__ import annotations

import os
import sys

from vcchk.settings import places

_FAMILIES = (
    "python3",
    "libpython",
    "libcrypto",
    "libssl",
    "libffi",
    "sqlite3",
    "libsqlite3",
    "vcruntime140",
    "clr.dll",
)


def program() -> str:
    """Return the path of the host's executable file, or '?' when the system does not tell."""
    if sys.platform == "win32":
        import _winapi

        return _winapi.GetModuleFileName(0)
    try:
        return os.readlink("/proc/self/exe")
    except OSError:
        return sys.executable or "?"


def code_page() -> str:
    """Return the ANSI code page as 'cp936'; outside Windows the file system's encoding."""
    if sys.platform == "win32":
        import _winapi

        return f"cp{_winapi.GetACP()}"
    return sys.getfilesystemencoding()


def system() -> str:
    """Return the system's name and version in a few characters."""
    if sys.platform == "win32":
        # Not .major and .minor: Windows tells a program without a manifest that it is 6.2 for ever.
        major, minor, build = sys.getwindowsversion().platform_version
        return f"Windows {major}.{minor}.{build}"
    name = os.uname()
    return f"{name.sysname} {name.release}"


def bits() -> int:
    """Return 32 or 64: of the process, not of the machine."""
    return 64 if sys.maxsize > 1 << 32 else 32


def _loaded() -> list[str]:
    """Return the paths of all libraries of this process. Raises OSError; imports ctypes on Windows."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        enum = kernel.K32EnumProcessModules
        enum.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD))
        kernel.GetModuleFileNameW.argtypes = (wintypes.HMODULE, wintypes.LPWSTR, wintypes.DWORD)
        modules = (wintypes.HMODULE * 2048)()
        needed = wintypes.DWORD()
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        if not enum(kernel.GetCurrentProcess(), modules, ctypes.sizeof(modules), ctypes.byref(needed)):
            raise ctypes.WinError(ctypes.get_last_error())
        count = min(needed.value // ctypes.sizeof(wintypes.HMODULE), len(modules))
        name = ctypes.create_unicode_buffer(1024)
        return [name.value for m in modules[:count] if kernel.GetModuleFileNameW(m, name, 1024)]
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        return sorted({line.split(None, 5)[5].strip() for line in file if "/" in line and ".so" in line})


def foreign_modules() -> list[str]:
    """Return the host's own copies of libraries that our runtime has too. Empty when the system does not tell."""
    own = os.path.normcase(places.home())
    try:
        paths = _loaded()
    except OSError:
        return []
    return [
        path
        for path in paths
        if os.path.basename(path).lower().startswith(_FAMILIES) and not os.path.normcase(path).startswith(own)
    ]
