"""AES-256-GCM (NIST SP 800-38D) for what is kept sealed on this machine: by OpenSSL, else by pycryptodomex.

A sealed text is nonce (12 bytes), tag (16 bytes), ciphertext.
"""

from __future__ import annotations

import os

from vcchk.base.errors import LocalProtocolError
from vcchk.crypto.engine import binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NONCE = 12
TAG = 16
_GET_TAG = 0x10  # EVP_CTRL_AEAD_GET_TAG and _SET_TAG of <openssl/evp.h>
_SET_TAG = 0x11


def seal(key: bytes, data: bytes) -> bytes:
    """Return ``data`` encrypted under the 32 bytes of ``key``, with a nonce drawn for it."""
    nonce = os.urandom(NONCE)
    tag, sealed = _run(key, nonce, data, None)
    return nonce + tag + sealed


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Return what `seal` encrypted. Raises LocalProtocolError 9007: another key, or changed since."""
    if len(sealed) < NONCE + TAG:
        raise LocalProtocolError("9007", cause=f"AES-256-GCM: {len(sealed)} bytes are too few")
    nonce, tag, data = sealed[:NONCE], sealed[NONCE : NONCE + TAG], sealed[NONCE + TAG :]
    return _run(key, nonce, data, tag)[1]


_fetched: list[Any] = []
"""OpenSSL's cipher: to look for it by its name costs as much as to encrypt a kilobyte."""


def _run(key: bytes, nonce: bytes, data: bytes, tag: bytes | None) -> tuple[bytes, bytes]:
    """Return (tag, the other text): encrypts without a ``tag``, decrypts and checks with one."""
    bound = binding()
    if bound is None:
        return _run_elsewhere(key, nonce, data, tag)
    return _run_openssl(*bound, key, nonce, data, tag)


def _run_openssl(ffi: Any, lib: Any, key: bytes, nonce: bytes, data: bytes, tag: bytes | None) -> tuple[bytes, bytes]:
    out, done, mark = ffi.new("unsigned char[]", len(data) + TAG), ffi.new("int *"), ffi.new("unsigned char[]", TAG)
    if not _fetched:
        _fetched.append(lib.EVP_CIPHER_fetch(ffi.NULL, b"AES-256-GCM", ffi.NULL))
    context = lib.EVP_CIPHER_CTX_new()
    try:
        went_well = (
            lib.EVP_CipherInit_ex2(context, _fetched[0], key, nonce, 1 if tag is None else 0, ffi.NULL) == 1
            and lib.EVP_CipherUpdate(context, out, done, data, len(data)) == 1
        )
        if tag is not None:
            ffi.memmove(mark, tag, TAG)
            went_well = went_well and lib.EVP_CIPHER_CTX_ctrl(context, _SET_TAG, TAG, mark) == 1
        # The text is out before its tag is checked; it is handed on after that alone.
        went_well = went_well and lib.EVP_CipherFinal_ex(context, out + len(data), done) == 1
        if tag is None:
            went_well = went_well and lib.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, TAG, mark) == 1
    finally:
        lib.EVP_CIPHER_CTX_free(context)
    if not went_well:
        lib.ERR_clear_error()
        raise LocalProtocolError("9006" if tag is None else "9007", cause="AES-256-GCM failed")
    return bytes(ffi.buffer(mark)), bytes(ffi.buffer(out, len(data)))


def _run_elsewhere(key: bytes, nonce: bytes, data: bytes, tag: bytes | None) -> tuple[bytes, bytes]:
    from Cryptodome.Cipher import AES

    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    if tag is None:
        sealed, mark = cipher.encrypt_and_digest(data)
        return bytes(mark), bytes(sealed)
    try:
        return tag, bytes(cipher.decrypt_and_verify(data, tag))
    except ValueError:
        raise LocalProtocolError("9007", cause="AES-256-GCM failed") from None
