"""Keeping what must be readable on this machine alone: the INI's key, replies that did not fit, what a doubt needs.

All of it is AES-256-GCM under a key of this machine, which lies in the state folder, whose access list or mode keeps
strangers out (`vcchk.records.folder`). On Windows that key is itself sealed by DPAPI in machine scope (any shift's user
can open it), with entropy of this machine's own; it is opened once a process, since DPAPI is slow (14 ms a value under
Wine) and each writing call seals something. A sealed value is of no use on another machine: copied INIs need
`vcchk secret set` there.

Form of a sealed value: ``V1``, then a letter: ``K`` (Linux) and ``W`` (Windows) are followed by nonce (12 bytes), tag
(16), ciphertext; ``D`` by a value that DPAPI sealed itself, as INIs have had it from the first version on. In the INI
it is ``sealed:`` and base64 of that.
"""

from __future__ import annotations

import binascii
import os
import sys

from vcchk.base.errors import LocalProtocolError, VcchkError
from vcchk.crypto import aes_gcm
from vcchk.records.folder import ensure_file, make_folder
from vcchk.records.masking import guard
from vcchk.settings.option import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILE = "seal.key"
"""In the state folder: 32 random bytes, on Linux the key itself, on Windows DPAPI's entropy."""
WINDOWS_FILE = "seal.dpapi"
"""Beside it on Windows: the key, sealed by DPAPI."""
_SIZE = 32
_VERSION = b"V1"
_DAMAGED = "密文不是本机加密的，或已损坏"


class SealError(VcchkError):
    """A value cannot be sealed, or not be opened on this machine. Never holds the value."""

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__("9002", message, cause=cause)


def _machine_bytes(folder: str, *, make: bool) -> bytes:
    """Return this machine's random bytes, making them once; several processes may race for it."""
    data = _read_or_make(os.path.join(folder, FILE), lambda: os.urandom(_SIZE), make=make)
    if len(data) != _SIZE:
        raise SealError("seal.key 已损坏，请删除后在本机重新执行 vcchk secret set", cause=f"{len(data)} bytes")
    return data


def _read_or_make(path: str, content: Callable[[], bytes], *, make: bool) -> bytes:
    """Return a key file's bytes, of several processes that make it those of the first."""
    name = os.path.basename(path)
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            if not make:
                raise SealError(f"本机没有解密用的 {name}，请在本机重新执行 vcchk secret set", cause=path) from None
    except OSError as error:
        raise SealError(f"读不出 {name}，请检查文件权限", cause=str(error)) from error
    try:
        _make(path, content())
        return _read(path)
    except OSError as error:
        raise SealError(f"写不了 {name}，请检查状态文件夹的权限和磁盘空间", cause=str(error)) from error


def _read(path: str) -> bytes:
    # Not by open(): each writing call seals something, and a file object costs four times this.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def _make(path: str, content: bytes) -> None:
    """Make a key file, whole or not at all; one that is there by then stays."""
    own_path = f"{path}.{os.getpid()}"
    make_folder(os.path.dirname(path))
    ensure_file(own_path, secret=True)
    handle = os.open(own_path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0))
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        # The first one wins: rename replaces on Linux, link does not.
        if sys.platform == "win32":
            os.rename(own_path, path)
        else:
            os.link(own_path, path)
    except FileExistsError:
        pass
    finally:
        if os.path.exists(own_path):
            os.unlink(own_path)


if sys.platform == "win32":
    from vcchk.records import dpapi

    _KIND = b"W"
    _OF_DPAPI = b"D"
    _opened_keys: dict[tuple[bytes, bytes], bytes] = {}
    """Keys in clear by (sealed, entropy): a file that is replaced is opened anew."""

    def _key(folder: str, *, make: bool) -> bytes:
        entropy = _machine_bytes(folder, make=make)
        path = os.path.join(folder, WINDOWS_FILE)
        sealed = _read_or_make(path, lambda: _protected(os.urandom(_SIZE), entropy), make=make)
        if (sealed, entropy) not in _opened_keys:
            _opened_keys[sealed, entropy] = _unprotected(sealed, entropy)
        return _opened_keys[sealed, entropy]

    def _protected(data: bytes, entropy: bytes) -> bytes:
        try:
            return dpapi.protect(data, entropy)
        except OSError as error:
            raise SealError("Windows 数据保护接口（DPAPI）失败", cause=str(error)) from error

    def _unprotected(data: bytes, entropy: bytes) -> bytes:
        try:
            return dpapi.unprotect(data, entropy)
        except OSError as error:
            raise SealError(_DAMAGED, cause=str(error)) from error

    def _seal_setting(data: bytes, folder: str) -> bytes:
        return _VERSION + _OF_DPAPI + _protected(data, _machine_bytes(folder, make=True))

    def _unseal_older(blob: bytes, folder: str) -> bytes:
        if blob[:3] != _VERSION + _OF_DPAPI:
            raise SealError(_DAMAGED, cause=f"begins {blob[:3]!r}")
        return _unprotected(blob[3:], _machine_bytes(folder, make=False))

else:
    _KIND = b"K"
    _key = _machine_bytes

    def _seal_setting(data: bytes, folder: str) -> bytes:
        return seal(data, folder)

    def _unseal_older(blob: bytes, _folder: str) -> bytes:
        raise SealError(_DAMAGED, cause=f"begins {blob[:3]!r}")


def seal(data: bytes, folder: str) -> bytes:
    """Return ``data`` sealed for this machine. ``folder`` is the state folder. Raises SealError."""
    return _VERSION + _KIND + aes_gcm.seal(_key(folder, make=True), data)


def unseal(blob: bytes, folder: str) -> bytes:
    """Return the bytes that `seal` sealed.

    Raises SealError: made on another machine, damaged, no right to the key file.
    """
    if blob[:3] != _VERSION + _KIND:
        return _unseal_older(blob, folder)
    try:
        return aes_gcm.unseal(_key(folder, make=False), blob[3:])
    except LocalProtocolError as error:
        raise SealError(_DAMAGED, cause=error.cause) from error


def protect(value: str, folder: str) -> str:
    """Return an INI value that opens on this machine alone. Raises SealError."""
    return SEALED + binascii.b2a_base64(_seal_setting(value.encode("utf-8"), folder), newline=False).decode("ascii")


def reveal(value: str, folder: str) -> str:
    """Return an INI value in clear: opened when `protect` made it, else as it is. Never logged from then on.

    Raises SealError.
    """
    if value.startswith(SEALED):
        try:
            blob = binascii.a2b_base64(value[len(SEALED) :], strict_mode=True)
        except binascii.Error as error:
            raise SealError("加密值不完整，请重新执行 vcchk secret set", cause=str(error)) from error
        value = unseal(blob, folder).decode("utf-8")
    guard(value)
    return value


def reveal_profiles(
    profiles: Mapping[str, Mapping[str, str]], folder: str, name: str = ""
) -> dict[str, Mapping[str, str]]:
    """Return the ``[profile:NAME]`` sections with the sealed values of ``name``'s in clear, "" for those of all.

    Raises SealError, which names section and key. A section that is not used may be of another machine.
    """
    return {
        own: _revealed_section(own, section, folder) if name in ("", own) else section
        for own, section in profiles.items()
    }


def _revealed_section(name: str, section: Mapping[str, str], folder: str) -> Mapping[str, str]:
    values = dict(section)
    for key, value in section.items():
        if value.startswith(SEALED):
            try:
                values[key] = reveal(value, folder)
            except SealError as error:
                sentence = f"[profile:{name}] {key} 解不开，请在本机重新执行 vcchk secret set {key}"
                raise SealError(sentence, cause=f"{error.message} {error.cause}") from error
    return values
