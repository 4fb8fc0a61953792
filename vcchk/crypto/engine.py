"""Digests and block ciphers over whole blocks: OpenSSL where it is at hand, gmssl and pycryptodomex where it is not.

Digests come from hashlib's OpenSSL. Ciphers call OpenSSL 3's EVP through cffi (out-of-line ABI mode, `_evp.py`): of the
runtime's private libcrypto, in an ordinary Python of the one that `_hashlib` has loaded. MD5 and DES are weak; they
are here because the platform's messages use them. Everything may be called from several threads at once.

DES is DES-EDE3 with one key three times (FIPS 46-3): plain DES lives in OpenSSL's legacy provider, which is not there.
"""

from __future__ import annotations

import os
import sys

from vcchk.base.errors import LocalProtocolError
from vcchk.settings import places

try:
    # The C module under hashlib, which would make an object of every digest there is.
    from _hashlib import new as _new
except ImportError:  # a Python without OpenSSL
    from hashlib import new as _new  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

DIGESTS = {"MD5": "md5", "SM3": "sm3", "SHA-256": "sha256"}

# name (OpenSSL's) -> bytes of key, bytes of IV
CIPHERS: dict[str, tuple[int, int]] = {
    "AES-128-CBC": (16, 16),
    "AES-128-ECB": (16, 0),
    "AES-192-CBC": (24, 16),
    "AES-256-CBC": (32, 16),
    "AES-256-ECB": (32, 0),
    "DES-EDE3-CBC": (24, 8),
    "DES-EDE3-ECB": (24, 0),
    "SM4-CBC": (16, 16),
    "SM4-ECB": (16, 0),
}

_LIBRARY_NAMES = ("vcccrypto-3.dll", "libvcccrypto.so.3", "libcrypto-3.dll", "libcrypto.so.3")


def digest(name: str, data: bytes) -> bytes:
    """Return the digest of ``data``: 16 bytes for MD5, 32 for SM3 (GB/T 32905-2016) and SHA-256."""
    empty = _empty.get(name)
    if empty is None:
        try:
            empty = _empty[name] = _new(DIGESTS[name], usedforsecurity=False)
        except ValueError:
            return _digest_elsewhere(name, data)
    # A copy spares OpenSSL the search for the algorithm by its name, half of a short text's digest.
    made = empty.copy()
    made.update(data)
    return made.digest()


_empty: dict[str, Any] = {}


def _digest_elsewhere(name: str, data: bytes) -> bytes:
    import hashlib

    try:
        return hashlib.new(DIGESTS[name], data, usedforsecurity=False).digest()
    except ValueError:
        if name != "SM3":
            raise LocalProtocolError("9002", cause=f"the runtime's hashlib lacks {name}") from None
        from vcchk.crypto import pure

        return pure.sm3(data)


def encrypt(name: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks without padding; ``name``, and the sizes of ``key`` and ``iv``, as in `CIPHERS`."""
    return _cipher(name)(key, iv, data, 1)


def decrypt(name: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks; padding stays in place."""
    return _cipher(name)(key, iv, data, 0)


_ciphers: dict[str, Callable[[bytes, bytes, bytes, int], bytes]] = {}


def _cipher(name: str) -> Callable[[bytes, bytes, bytes, int], bytes]:
    found = _ciphers.get(name)
    if found is None:
        # Two threads may both get here; each makes an equal function, and one of them stays.
        found = _ciphers[name] = openssl(name) or fallback(name)
    return found


def fallback(name: str) -> Callable[[bytes, bytes, bytes, int], bytes]:
    """Return ``name`` as a function (key, iv, data, 1 encrypt or 0 decrypt) -> bytes without OpenSSL."""
    from vcchk.crypto import pure

    return pure.cipher(name)


def openssl(name: str) -> Callable[[bytes, bytes, bytes, int], bytes] | None:
    """Return ``name`` as such a function on OpenSSL, or None when there is no libcrypto or it lacks the cipher."""
    bound = binding()
    if bound is None:
        return None
    ffi, lib = bound
    kind = lib.EVP_CIPHER_fetch(ffi.NULL, name.encode(), ffi.NULL)
    if kind == ffi.NULL:
        lib.ERR_clear_error()
        return None
    new, init, update, free = (
        lib.EVP_CIPHER_CTX_new,
        lib.EVP_CipherInit_ex2,
        lib.EVP_CipherUpdate,
        lib.EVP_CIPHER_CTX_free,
    )
    set_padding, null = lib.EVP_CIPHER_CTX_set_padding, ffi.NULL
    key_size, iv_size = CIPHERS[name]
    chars, number, make, view = ffi.typeof("unsigned char[]"), ffi.typeof("int *"), ffi.new, ffi.buffer

    def run(key: bytes, iv: bytes, data: bytes, encrypting: int) -> bytes:
        if len(key) != key_size or len(iv) != iv_size:
            raise LocalProtocolError("9006", cause=f"{name}: wrong size of key or IV")
        size = len(data)
        out = make(chars, size + 32)
        done = make(number)
        context = new()
        try:
            if (
                init(context, kind, key, iv or null, encrypting, null) != 1
                or set_padding(context, 0) != 1
                or update(context, out, done, data, size) != 1
                or done[0] != size
            ):
                lib.ERR_clear_error()
                raise LocalProtocolError(
                    "9006" if encrypting else "9007", cause=f"{name}: EVP took {done[0]} of {size} bytes"
                )
            return bytes(view(out, size))
        finally:
            free(context)

    return run


_bound: list[tuple[Any, Any] | None] = []


def binding() -> tuple[Any, Any] | None:
    """Return (ffi, lib) of the libcrypto in use, or None; looked for once."""
    if not _bound:
        _bound.append(_load())
    return _bound[0]


def _load() -> tuple[Any, Any] | None:
    try:
        from vcchk.crypto._evp import ffi
    except ImportError:
        return None
    for path in _candidates():
        try:
            lib = ffi.dlopen(path)
            lib.EVP_CipherInit_ex2  # noqa: B018 - OpenSSL 1.1 lacks it
        except (OSError, AttributeError):
            continue
        return ffi, lib
    return None


def _candidates() -> list[str]:
    """Paths of libcrypto, best first: the runtime's own, then the one that this Python has loaded."""
    runtime = places.runtime()
    if runtime is not None:
        return [path for name in _LIBRARY_NAMES if os.path.isfile(path := os.path.join(runtime, name))]
    if sys.platform == "win32":
        folder = os.path.join(sys.base_prefix, "DLLs")
        return [os.path.join(folder, name) for name in ("libcrypto-3.dll", "libcrypto-3-x64.dll")]
    import _hashlib  # noqa: F401 - loads libcrypto

    found: list[str] = []
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            for line in maps:
                path = line[line.find("/") :].rstrip("\n") if "/" in line else ""
                if "libcrypto" in os.path.basename(path) and path not in found:
                    found.append(path)
    except OSError:
        pass
    return found
