"""SM2 signatures with SM3 (GB/T 32918.2-2016) over the default user id, as the national platforms use them.

OpenSSL's EVP where it is at hand, gmssl where it is not. Keys are raw: 32 bytes, and 64 bytes (x, y).
"""

from __future__ import annotations

from vcchk.base.errors import LocalProtocolError
from vcchk.crypto import engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USER_ID = b"1234567812345678"
"""GM/T 0009-2012's default; a platform's signatures were verified with it and not with the application's id."""

# DER heads of PKCS#8 and SubjectPublicKeyInfo for id-ecPublicKey on sm2p256v1 (1.2.156.10197.1.301); the key follows.
_PRIVATE_HEAD = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")
_PUBLIC_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


def sign(private_key: bytes, data: bytes) -> bytes:
    """Return r and s, 32 bytes each. Raises LocalProtocolError 9002 for a key that is none."""
    binding = engine.binding()
    made = None if binding is None else _sign_openssl(*binding, private_key, data)
    if made is not None:
        return made
    from vcchk.crypto import pure

    try:
        return pure.sm2_sign(private_key, data)
    except (ValueError, TypeError, ZeroDivisionError):
        raise LocalProtocolError("9002", "SM2 私钥无效，无法签名", cause="bad SM2 private key") from None


def verify(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` (r and s, 64 bytes) is the key's."""
    if len(signature) != 64:
        return False
    binding = engine.binding()
    held = None if binding is None else _verify_openssl(*binding, public_key, data, signature)
    if held is not None:
        return held
    from vcchk.crypto import pure

    return pure.sm2_verify(public_key, data, signature)


def _to_der(signature: bytes) -> bytes:
    """Return SEQUENCE { INTEGER r, INTEGER s }."""
    whole = b""
    for number in (signature[:32], signature[32:]):
        digits = number.lstrip(b"\0") or b"\0"
        if digits[0] & 0x80:
            digits = b"\0" + digits
        whole += bytes((2, len(digits))) + digits
    return bytes((0x30, len(whole))) + whole


def _from_der(der: bytes) -> bytes:
    """Undo `_to_der`; all lengths are below 128."""
    first = 4 + der[3]
    return b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (der[4:first], der[first + 2 :]))


# ffi, lib and what they give are cffi's, which has no types.
def _key(ffi: Any, lib: Any, der: bytes, read: Any) -> Any:
    data = ffi.new("unsigned char[]", der)
    cursor = ffi.new("const unsigned char **", data)
    found = read(ffi.NULL, cursor, len(der))
    if found == ffi.NULL:
        lib.ERR_clear_error()
        return None
    return ffi.gc(found, lib.EVP_PKEY_free)


def _started(ffi: Any, lib: Any, key: Any, start: Any) -> Any:
    """Return a digest context for ``key``, or None where this OpenSSL has no SM2."""
    context = ffi.gc(lib.EVP_MD_CTX_new(), lib.EVP_MD_CTX_free)
    inner = ffi.new("EVP_PKEY_CTX **")
    if (
        start(context, inner, lib.EVP_sm3(), ffi.NULL, key) != 1
        or lib.EVP_PKEY_CTX_set1_id(inner[0], USER_ID, len(USER_ID)) != 1
    ):
        lib.ERR_clear_error()
        return None
    return context


def _sign_openssl(ffi: Any, lib: Any, private_key: bytes, data: bytes) -> bytes | None:
    try:
        key = _key(ffi, lib, _PRIVATE_HEAD + private_key, lib.d2i_AutoPrivateKey)
        context = None if key is None else _started(ffi, lib, key, lib.EVP_DigestSignInit)
    except AttributeError:  # an OpenSSL built without SM2 or SM3
        return None
    size = ffi.new("size_t *", 80)
    out = ffi.new("unsigned char[]", 80)
    if context is None or lib.EVP_DigestSign(context, out, size, data, len(data)) != 1:
        lib.ERR_clear_error()
        return None
    return _from_der(bytes(ffi.buffer(out, size[0])))


def _verify_openssl(ffi: Any, lib: Any, public_key: bytes, data: bytes, signature: bytes) -> bool | None:
    try:
        key = _key(ffi, lib, _PUBLIC_HEAD + public_key, lib.d2i_PUBKEY)
        context = None if key is None else _started(ffi, lib, key, lib.EVP_DigestVerifyInit)
    except AttributeError:
        return None
    if context is None:
        return None
    der = _to_der(signature)
    held: bool = lib.EVP_DigestVerify(context, der, len(der), data, len(data)) == 1
    if not held:
        lib.ERR_clear_error()
    return held
