"""The folder for log and journal: made once a machine, usable by every user of it.

Shifts change the Windows user. What one user makes below %ProgramData% others may read but not append to, so the folder
is made with an access list of its own: system and administrators everything, signed-in users read and write, guests and
the network nothing. On Linux it is the owner's alone (mode 700); a kiosk with several users sets its own.
"""

from __future__ import annotations

import os
import sys

SDDL = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)"
"""Protected, inherited by files and folders: SYSTEM and administrators full, authenticated users modify."""


def make_folder(path: str) -> None:
    """Make the folder and those above it; an existing one is left as it is. Raises OSError."""
    if os.path.isdir(path):
        return
    if sys.platform == "win32":
        parent = os.path.dirname(path)
        if parent and not os.path.isdir(parent):
            make_folder(parent)
        _make_with_access_list(path)
    else:
        os.makedirs(path, mode=0o700, exist_ok=True)


if sys.platform == "win32":

    def _make_with_access_list(path: str) -> None:
        import ctypes
        from ctypes import wintypes

        class SecurityAttributes(ctypes.Structure):
            _fields_ = (
                ("length", wintypes.DWORD),
                ("descriptor", ctypes.c_void_p),
                ("inherit", wintypes.BOOL),
            )

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        kernel.LocalFree.argtypes = (ctypes.c_void_p,)
        kernel.CreateDirectoryW.argtypes = (wintypes.LPCWSTR, ctypes.c_void_p)
        descriptor = ctypes.c_void_p()
        convert = advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW
        if not convert(wintypes.LPCWSTR(SDDL), wintypes.DWORD(1), ctypes.byref(descriptor), None):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            attributes = SecurityAttributes(ctypes.sizeof(SecurityAttributes), descriptor, False)
            if not kernel.CreateDirectoryW(path, ctypes.byref(attributes)):
                error = ctypes.get_last_error()
                if error != 183:  # ERROR_ALREADY_EXISTS: another process was faster
                    raise ctypes.WinError(error)
        finally:
            kernel.LocalFree(descriptor)
