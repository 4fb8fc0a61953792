"""Keeping what must be readable on this machine alone: the INI's key, and replies that did not fit.

Windows: DPAPI in machine scope (any shift's user can open it), with entropy of this machine's own from the state
folder, whose access list keeps strangers out (`vcchk.records.folder`). Linux: AES-256-GCM under a key file of mode 600
in the state folder. A sealed value is of no use on another machine: copied INIs need `vcchk secret set` there.

Form of a sealed value: ``V1``, ``D`` (DPAPI blob follows) or ``K`` (nonce 12, tag 16, ciphertext). In the INI it is
``sealed:`` and base64 of that.
"""

from __future__ import annotations

import binascii
import os
import sys

from vcchk.base.errors import VcchkError
from vcchk.records.folder import ensure_file, make_folder
from vcchk.records.masking import guard
from vcchk.settings.loading import SEALED

FILE = "seal.key"
"""In the state folder: 32 random bytes, DPAPI's entropy on Windows, the key itself on Linux."""
_SIZE = 32
_VERSION = b"V1"


class SealError(VcchkError):
    """A value cannot be sealed, or not be opened on this machine. Never holds the value."""

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__("9002", message, cause=cause)


def _machine_bytes(folder: str, *, make: bool) -> bytes:
    """Return this machine's random bytes, making them once; several processes may race for it."""
    path = os.path.join(folder, FILE)
    try:
        data = _read(path)
    except FileNotFoundError:
        if not make:
            raise SealError("本机没有解密用的 seal.key，请在本机重新执行 vcchk secret set", cause=path) from None
        data = _make_machine_bytes(folder, path)
    except OSError as error:
        raise SealError("读不出 seal.key，请检查文件权限", cause=str(error)) from error
    if len(data) != _SIZE:
        raise SealError("seal.key 已损坏，请删除后在本机重新执行 vcchk secret set", cause=f"{len(data)} bytes")
    return data


def _read(path: str) -> bytes:
    # Not by open(): each writing call seals something, and a file object costs four times this.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.read(descriptor, 2 * _SIZE)
    finally:
        os.close(descriptor)


def _make_machine_bytes(folder: str, path: str) -> bytes:
    own_path = f"{path}.{os.getpid()}"
    try:
        make_folder(folder)
        ensure_file(own_path, secret=True)
        handle = os.open(own_path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0))
        try:
            os.write(handle, os.urandom(_SIZE))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            # Whole or not at all, and the first one wins: rename replaces on Linux, link does not.
            if sys.platform == "win32":
                os.rename(own_path, path)
            else:
                os.link(own_path, path)
        except FileExistsError:
            pass
        finally:
            if os.path.exists(own_path):
                os.unlink(own_path)
        return _read(path)
    except OSError as error:
        raise SealError("写不了 seal.key，请检查状态文件夹的权限和磁盘空间", cause=str(error)) from error


if sys.platform == "win32":
    _KIND = b"D"
    _UI_FORBIDDEN = 0x1
    _LOCAL_MACHINE = 0x4

    def _dpapi(name: str, data: bytes, entropy: bytes) -> bytes:
        import ctypes
        from ctypes import wintypes

        class Blob(ctypes.Structure):
            _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))

        def blob(text: bytes) -> tuple[Blob, object]:
            memory = ctypes.create_string_buffer(text, len(text))
            return Blob(len(text), ctypes.cast(memory, ctypes.c_void_p)), memory

        crypt = ctypes.WinDLL("crypt32", use_last_error=True)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.LocalFree.argtypes = (ctypes.c_void_p,)
        plain, _plain_memory = blob(data)
        salt, _salt_memory = blob(entropy)
        result = Blob()
        done = getattr(crypt, name)(
            ctypes.byref(plain),
            None,
            ctypes.byref(salt),
            None,
            None,
            wintypes.DWORD(_UI_FORBIDDEN | _LOCAL_MACHINE),
            ctypes.byref(result),
        )
        if not done:
            raise SealError("Windows 数据保护接口（DPAPI）失败", cause=f"{name}: {ctypes.get_last_error()}")
        try:
            return ctypes.string_at(result.data or 0, result.size)
        finally:
            kernel.LocalFree(result.data)

    def _seal(data: bytes, machine: bytes) -> bytes:
        return _dpapi("CryptProtectData", data, machine)

    def _open(data: bytes, machine: bytes) -> bytes:
        return _dpapi("CryptUnprotectData", data, machine)

else:
    from vcchk.base.errors import LocalProtocolError
    from vcchk.crypto import aes_gcm

    _KIND = b"K"

    def _seal(data: bytes, machine: bytes) -> bytes:
        return aes_gcm.seal(machine, data)

    def _open(data: bytes, machine: bytes) -> bytes:
        try:
            return aes_gcm.unseal(machine, data)
        except LocalProtocolError as error:
            raise SealError("密文不是本机加密的，或已损坏", cause=error.cause) from error


def seal(data: bytes, folder: str) -> bytes:
    """Return ``data`` sealed for this machine. ``folder`` is the state folder. Raises SealError."""
    return _VERSION + _KIND + _seal(data, _machine_bytes(folder, make=True))


def unseal(blob: bytes, folder: str) -> bytes:
    """Return the bytes that `seal` sealed.

    Raises SealError: made on another machine, damaged, no right to the key file.
    """
    if blob[:2] != _VERSION or blob[2:3] != _KIND:
        raise SealError("密文不是本机加密的，或已损坏", cause=f"begins {blob[:3]!r}")
    return _open(blob[3:], _machine_bytes(folder, make=False))


def protect(value: str, folder: str) -> str:
    """Return an INI value that opens on this machine alone. Raises SealError."""
    return SEALED + binascii.b2a_base64(seal(value.encode("utf-8"), folder), newline=False).decode("ascii")


def reveal(value: str, folder: str) -> str:
    """Return an INI value in clear: opened when `protect` made it, else as it is. Never logged from then on.

    Raises SealError.
    """
    if value.startswith(SEALED):
        try:
            blob = binascii.a2b_base64(value[len(SEALED) :], strict_mode=True)
        except binascii.Error as error:
            raise SealError("[wire] key 的加密值不完整，请重新执行 vcchk secret set", cause=str(error)) from error
        value = unseal(blob, folder).decode("utf-8")
    guard(value)
    return value
