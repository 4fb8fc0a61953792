"""The Windows calls that filling needs, declared once: user32, kernel32, advapi32 by ctypes. Imported on Windows alone.

Names are Microsoft's; every function here is documented at the maker under its own name.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any

user32: Any = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
kernel32: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
advapi32: Any = ctypes.WinDLL("advapi32", use_last_error=True)  # type: ignore[attr-defined]
last_error: Any = ctypes.get_last_error  # type: ignore[attr-defined]

WNDENUMPROC: Any = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)  # type: ignore[attr-defined]

LRESULT = ctypes.c_ssize_t
ULONG_PTR = ctypes.c_size_t

INPUT_KEYBOARD = 1
KEYEVENTF_KEYUP = 0x0002
KEYEVENTF_UNICODE = 0x0004
VK_RETURN = 0x0D
VK_CONTROL = 0x11
VK_V = 0x56

WM_SETTEXT = 0x000C
WM_GETTEXT = 0x000D
BM_CLICK = 0x00F5
SMTO_ABORTIFHUNG = 0x0002
SW_RESTORE = 9

CF_UNICODETEXT = 13
GMEM_MOVEABLE = 0x0002
HWND_MESSAGE = -3

PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
TOKEN_QUERY = 0x0008
TOKEN_INTEGRITY_LEVEL = 25
ERROR_ACCESS_DENIED = 5


class KEYBDINPUT(ctypes.Structure):
    """One key event."""

    _fields_ = (
        ("wVk", wintypes.WORD),
        ("wScan", wintypes.WORD),
        ("dwFlags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("dwExtraInfo", ULONG_PTR),
    )


class MOUSEINPUT(ctypes.Structure):
    """Never sent; it is the longest member of INPUT's union and gives it its size."""

    _fields_ = (
        ("dx", wintypes.LONG),
        ("dy", wintypes.LONG),
        ("mouseData", wintypes.DWORD),
        ("dwFlags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("dwExtraInfo", ULONG_PTR),
    )


class _INPUTUNION(ctypes.Union):
    _fields_ = (("ki", KEYBDINPUT), ("mi", MOUSEINPUT))


class INPUT(ctypes.Structure):
    """What SendInput takes: 28 bytes in a 32-bit process, 40 in a 64-bit one."""

    _fields_ = (("type", wintypes.DWORD), ("union", _INPUTUNION))


_HWND, _BOOL, _DWORD, _INT, _UINT = wintypes.HWND, wintypes.BOOL, wintypes.DWORD, ctypes.c_int, wintypes.UINT
_HANDLE, _PTR = wintypes.HANDLE, ctypes.c_void_p

# (library, function, result, arguments)
_DECLARATIONS: tuple[tuple[Any, str, Any, tuple[Any, ...]], ...] = (
    (user32, "EnumWindows", _BOOL, (WNDENUMPROC, wintypes.LPARAM)),
    (user32, "EnumChildWindows", _BOOL, (_HWND, WNDENUMPROC, wintypes.LPARAM)),
    (user32, "GetWindowTextW", _INT, (_HWND, wintypes.LPWSTR, _INT)),
    (user32, "GetClassNameW", _INT, (_HWND, wintypes.LPWSTR, _INT)),
    (user32, "GetWindowThreadProcessId", _DWORD, (_HWND, ctypes.POINTER(_DWORD))),
    (user32, "IsWindowVisible", _BOOL, (_HWND,)),
    (user32, "IsWindowEnabled", _BOOL, (_HWND,)),
    (user32, "IsIconic", _BOOL, (_HWND,)),
    (user32, "IsHungAppWindow", _BOOL, (_HWND,)),
    (user32, "GetDlgCtrlID", _INT, (_HWND,)),
    (user32, "GetForegroundWindow", _HWND, ()),
    (user32, "GetLastActivePopup", _HWND, (_HWND,)),
    (user32, "SetForegroundWindow", _BOOL, (_HWND,)),
    (user32, "BringWindowToTop", _BOOL, (_HWND,)),
    (user32, "ShowWindowAsync", _BOOL, (_HWND, _INT)),
    (user32, "AttachThreadInput", _BOOL, (_DWORD, _DWORD, _BOOL)),
    (user32, "SendInput", _UINT, (_UINT, ctypes.POINTER(INPUT), _INT)),
    (user32, "MapVirtualKeyW", _UINT, (_UINT, _UINT)),
    (user32, "SendMessageTimeoutW", LRESULT, (_HWND, _UINT, _PTR, _PTR, _UINT, _UINT, ctypes.POINTER(ULONG_PTR))),
    (user32, "PostMessageW", _BOOL, (_HWND, _UINT, wintypes.WPARAM, wintypes.LPARAM)),
    (user32, "CreateWindowExW", _HWND, (_DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, _DWORD, _INT, _INT, _INT, _INT,
                                        _HWND, _HANDLE, _HANDLE, _PTR)),
    (user32, "DestroyWindow", _BOOL, (_HWND,)),
    (user32, "OpenClipboard", _BOOL, (_HWND,)),
    (user32, "CloseClipboard", _BOOL, ()),
    (user32, "EmptyClipboard", _BOOL, ()),
    (user32, "EnumClipboardFormats", _UINT, (_UINT,)),
    (user32, "GetClipboardData", _HANDLE, (_UINT,)),
    (user32, "SetClipboardData", _HANDLE, (_UINT, _HANDLE)),
    (user32, "GetClipboardSequenceNumber", _DWORD, ()),
    (user32, "RegisterClipboardFormatW", _UINT, (wintypes.LPCWSTR,)),
    (kernel32, "GetCurrentThreadId", _DWORD, ()),
    (kernel32, "GetCurrentProcess", _HANDLE, ()),
    (kernel32, "OpenProcess", _HANDLE, (_DWORD, _BOOL, _DWORD)),
    (kernel32, "CloseHandle", _BOOL, (_HANDLE,)),
    (kernel32, "GlobalAlloc", _HANDLE, (_UINT, ctypes.c_size_t)),
    (kernel32, "GlobalFree", _HANDLE, (_HANDLE,)),
    (kernel32, "GlobalLock", _PTR, (_HANDLE,)),
    (kernel32, "GlobalUnlock", _BOOL, (_HANDLE,)),
    (kernel32, "GlobalSize", ctypes.c_size_t, (_HANDLE,)),
    (advapi32, "OpenProcessToken", _BOOL, (_HANDLE, _DWORD, ctypes.POINTER(_HANDLE))),
    (advapi32, "GetTokenInformation", _BOOL, (_HANDLE, _INT, _PTR, _DWORD, ctypes.POINTER(_DWORD))),
    (advapi32, "GetSidSubAuthority", ctypes.POINTER(_DWORD), (_PTR, _DWORD)),
    (advapi32, "GetSidSubAuthorityCount", ctypes.POINTER(ctypes.c_ubyte), (_PTR,)),
)  # fmt: skip

for _library, _name, _result, _arguments in _DECLARATIONS:
    _function = getattr(_library, _name)
    _function.restype = _result
    _function.argtypes = _arguments
