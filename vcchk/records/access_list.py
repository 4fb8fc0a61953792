"""The access list of the state folder on Windows: what it is, and how it differs from the one that we give (`folder`).

Doctor reports every difference. Only one is mended without being asked: that signed-in users lack rights (an inherited
list lets who made a file write to it, and not the next shift's user). What somebody gave beyond ours stays.
"""

from __future__ import annotations

import sys

from vcchk.records.folder import SDDL

# Rights in the security descriptor definition language (Microsoft's "ACE Strings"), those of files and folders.
_RIGHTS = {
    "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0, "GA": 0x1F01FF, "GR": 0x120089, "GW": 0x120116,
    "GX": 0x1200A0, "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80,
    "CR": 0x100, "SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000,
}  # fmt: skip
_NAMES = {
    "SY": "SYSTEM", "BA": "管理员", "AU": "已登录用户", "BU": "Users 组", "WD": "所有人", "BG": "来宾",
    "AN": "匿名用户", "NU": "网络用户", "IU": "交互用户", "PU": "超级用户",
}  # fmt: skip
_GRANTS = (("S-1-5-18", "F"), ("S-1-5-32-544", "F"), ("S-1-5-11", "M"))  # SDDL's, as icacls writes them
_CREATOR = ("CO", "OW")  # the maker of a file has rights on it anyhow


def repair_command(path: str) -> str:
    """Return the command that gives a folder and what is in it our list; an administrator's to run."""
    grants = " ".join(f"*{sid}:(OI)(CI){rights}" for sid, rights in _GRANTS)
    return f'icacls "{path}" /inheritance:r /grant:r {grants} /T'


def differences(found: str, wanted: str = SDDL) -> list[str]:
    """Return in Chinese who has rights that ``wanted`` does not give, and who lacks some; both are SDDL."""
    has, should = _allowed(found), _allowed(wanted)
    more = [who for who in has if who not in should and who not in _CREATOR]
    fewer = [who for who, rights in should.items() if rights & ~has.get(who, 0)]
    return [f"{_name(who)}多出权限" for who in more] + [f"{_name(who)}缺少权限" for who in fewer]


def lacks_rights(found: str) -> bool:
    """Tell whether signed-in users have less than ours gives them, by whatever entry."""
    allowed = _allowed(found)
    users = 0
    for who in ("AU", "BU", "IU", "WD"):
        users |= allowed.get(who, 0)
    return bool(_allowed(SDDL)["AU"] & ~users)


def _allowed(sddl: str) -> dict[str, int]:
    """Return who is allowed what, by the entries of an access list."""
    allowed: dict[str, int] = {}
    for entry in sddl.partition("D:")[2].split("(")[1:]:
        kind, _, rights, _, _, who = entry.partition(")")[0].split(";")[:6]
        if kind == "A":
            allowed[who] = allowed.get(who, 0) | _mask(rights)
    return allowed


def _mask(rights: str) -> int:
    if rights.startswith("0x"):
        return int(rights, 16)
    mask = 0
    for at in range(0, len(rights), 2):
        mask |= _RIGHTS.get(rights[at : at + 2], 0)
    return mask


def _name(who: str) -> str:
    return _NAMES.get(who, who)


if sys.platform == "win32":

    def read(path: str) -> str:
        """Return the access list of a file or folder as SDDL, "" under Wine, which keeps none. Raises OSError."""
        import ctypes
        from ctypes import wintypes

        if hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
            return ""  # Wine 8 makes Unix modes of a list, and of those another one
        advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.LocalFree.argtypes = (ctypes.c_void_p,)
        descriptor, text = ctypes.c_void_p(), wintypes.LPWSTR()
        file_object, access_list, revision = 1, 4, 1
        error = advapi.GetNamedSecurityInfoW(
            wintypes.LPCWSTR(path), file_object, access_list, None, None, None, None, ctypes.byref(descriptor)
        )
        if error:
            raise ctypes.WinError(error)
        try:
            convert = advapi.ConvertSecurityDescriptorToStringSecurityDescriptorW
            if not convert(descriptor, revision, access_list, ctypes.byref(text), None):
                raise ctypes.WinError(ctypes.get_last_error())
            try:
                return text.value or ""
            finally:
                kernel.LocalFree(text)
        finally:
            kernel.LocalFree(descriptor)

    def mend(path: str) -> None:
        """Give the folder and what is in it our list where signed-in users lack rights and we may; never raises."""
        import ctypes

        try:
            found = read(path)
            if not found or not lacks_rights(found):
                return
            advapi, kernel = ctypes.WinDLL("advapi32"), ctypes.WinDLL("kernel32")
            kernel.LocalFree.argtypes = (ctypes.c_void_p,)
            descriptor, entries = ctypes.c_void_p(), ctypes.c_void_p()
            present, defaulted = ctypes.c_int(), ctypes.c_int()
            convert = advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW
            if not convert(ctypes.c_wchar_p(SDDL), 1, ctypes.byref(descriptor), None):
                return
            try:
                advapi.GetSecurityDescriptorDacl(
                    descriptor, ctypes.byref(present), ctypes.byref(entries), ctypes.byref(defaulted)
                )
                file_object, protected_list = 1, 0x80000004
                advapi.SetNamedSecurityInfoW(
                    ctypes.c_wchar_p(path), file_object, protected_list, None, None, entries, None
                )
            finally:
                kernel.LocalFree(descriptor)
        except OSError:
            return
