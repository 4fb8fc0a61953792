"""The folder for log and journal: made once a machine, usable by every user of it, and by nobody else.

Windows: shifts change the user. What one user makes below %ProgramData% others may read but not append to, so the
folder is made with an access list of its own: system and administrators everything, signed-in users read and write,
guests and the network nothing.

Linux: a folder that we make is the owner's alone (700, and 600 for its files), level by level. A kiosk with several
users makes the folder itself with the mode it wants (770, say): that mode stays, and what we make inside follows it.
"""

from __future__ import annotations

import os
import sys

SDDL = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)"
"""Protected, inherited by files and folders: SYSTEM and administrators full, authenticated users modify."""

_PERMISSIONS = 0o777
_SET_GROUP = 0o2000  # on a folder: what is made inside belongs to its group


def make_folder(path: str) -> None:
    """Make the folder and those above it, ours alone; an existing one is left as it is. Raises OSError."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    if parent and parent != path:
        make_folder(parent)
    if sys.platform == "win32":
        _make_with_access_list(path)
    else:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if not os.path.isdir(path):
                raise


def make_subfolder(path: str) -> None:
    """Make a folder inside the state folder, with the state folder's mode. Raises OSError."""
    parent = os.path.dirname(path)
    make_folder(parent)
    if os.path.isdir(path):
        return
    make_folder(path)
    if sys.platform != "win32":
        os.chmod(path, os.stat(parent).st_mode & (_PERMISSIONS | _SET_GROUP))


def ensure_file(path: str, *, secret: bool = False) -> None:
    """Make an empty file whose mode follows its folder's, whatever the umask; one that is there stays as it is.

    ``secret``: others never read it, the group only where it may write in the folder. On Windows the folder's access
    list rules. Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        if sys.platform != "win32":
            mode = os.stat(os.path.dirname(path) or ".").st_mode & 0o666
            if secret:
                mode = 0o660 if mode & 0o020 else 0o600
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


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
