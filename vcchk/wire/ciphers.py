"""biz_content's ciphers by profile: key, IV, padding, encoding. Text in, text out; no I/O.

DES is weak, and ECB shows equal blocks; both are what the platform's messages use.
"""

from __future__ import annotations

import binascii

from vcchk.base.errors import LocalProtocolError, RemoteProtocolError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.wire.profile import iv_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.wire.profile import Profile

PLAIN = ("", "PLAIN")


class Cipher(Record):
    """One cipher as a profile wants it. ``key_bytes``: what is taken of the key; ``repeat``: single DES as EDE3."""

    name: str
    key_bytes: int
    repeat: int
    iv: bytes
    block: int
    padding: str
    encoding: str
    key: str


def choose(profile: Profile, enc_type: str) -> Cipher | None:
    """Return the cipher of ``enc_type``, None for clear text. Raises LocalProtocolError 1006 for an unknown one."""
    kind = enc_type.strip().upper()
    if kind in PLAIN:
        return None
    # Chosen once a profile: the profile's own __dict__ keeps it, `Record` looks at its fields alone.
    known: dict[str, Cipher] = profile.__dict__.setdefault("_ciphers", {})
    found = known.get(kind)
    if found is None:
        found = known[kind] = _choose(profile, kind)
    return found


def _choose(profile: Profile, kind: str) -> Cipher:
    if kind == "AES":
        size = int(profile.aes_key_bytes)
        name, repeat, block = f"AES-{size * 8}-", 1, 16
        mode, iv, padding = profile.aes_mode, profile.aes_iv, profile.aes_padding
        encoding, key = profile.aes_encoding, profile.aes_key
    elif kind == "SM4":
        name, size, repeat, block = "SM4-", 16, 1, 16
        mode, iv, padding = profile.sm4_mode, profile.sm4_iv, profile.sm4_padding
        encoding, key = profile.sm4_encoding, profile.sm4_key
    elif kind == "DES":
        size, repeat = (8, 3) if profile.des_kind == "des" else (24, 1)
        name, block = "DES-EDE3-", 8
        mode, iv, padding = profile.des_mode, profile.des_iv, profile.des_padding
        encoding, key = profile.des_encoding, profile.des_key
    else:
        raise LocalProtocolError(
            "1006",
            "未知加密类型，enc_type 应为 Plain、AES、DES 或 SM4",
            cause="enc_type is none of Plain, AES, DES, SM4",
        )
    return Cipher(
        name=name + mode.upper(),
        key_bytes=size,
        repeat=repeat,
        iv=iv_bytes(iv) if mode == "cbc" else b"",
        block=block,
        padding=padding,
        encoding=encoding,
        key=key,
    )


def encode(data: bytes, encoding: str) -> str:
    """Return ciphertext as text: ``HEX`` upper case, ``hex`` lower case, ``base64`` without line breaks."""
    if encoding == "HEX":
        return data.hex().upper()
    if encoding == "hex":
        return data.hex()
    return binascii.b2a_base64(data, newline=False).decode()


def decode(text: str, encoding: str) -> bytes:
    """Return the bytes of ciphertext; hex in either case. Raises ValueError."""
    return binascii.a2b_base64(text.encode("ascii")) if encoding == "base64" else bytes.fromhex(text)


def pad(data: bytes, block: int, padding: str) -> bytes:
    """Fill to whole blocks: PKCS#7 (always at least one byte) or zero bytes (none when it fits)."""
    if padding == "pkcs7":
        more = block - len(data) % block
        return data + bytes((more,)) * more
    return data + bytes(-len(data) % block)


def unpad(data: bytes, block: int, padding: str) -> bytes:
    """Undo `pad`. Raises ValueError for damaged PKCS#7."""
    if padding == "zero":
        return data.rstrip(b"\0")
    more = data[-1] if data else 0
    if not 1 <= more <= block or data[-more:] != bytes((more,)) * more:
        raise ValueError("padding")
    return data[:-more]


def key_of(cipher: Cipher, key: str, app_id: str) -> bytes:
    """Return the cipher's key, ``cipher.key_bytes * cipher.repeat`` long, from the application's secret ``key``."""

    def fit(data: bytes) -> bytes:
        return data[: cipher.key_bytes].ljust(cipher.key_bytes, b"\0")

    secret = key.encode("utf-8", "surrogatepass")
    if cipher.key == "direct":
        return fit(secret) * cipher.repeat
    outer = fit(app_id.encode("utf-8", "surrogatepass"))
    if cipher.key == "app_id":
        return outer * cipher.repeat
    derived = engine.encrypt(cipher.name, outer * cipher.repeat, cipher.iv, pad(secret, cipher.block, cipher.padding))
    if cipher.key == "derived":
        derived = encode(derived, cipher.encoding).encode("ascii")
    return fit(derived) * cipher.repeat


def encrypt(cipher: Cipher, key: bytes, text: str) -> str:
    """Encrypt ``text`` (UTF-8)."""
    data = pad(text.encode("utf-8", "surrogatepass"), cipher.block, cipher.padding)
    return encode(engine.encrypt(cipher.name, key, cipher.iv, data), cipher.encoding)


def decrypt(cipher: Cipher, key: bytes, text: str) -> str:
    """Decrypt to text: UTF-8, else GB18030. Raises RemoteProtocolError 9007, without saying what was inside."""
    try:
        data = decode(text, cipher.encoding)
    except ValueError:
        raise RemoteProtocolError("9007", cause=f"biz_content is not {cipher.encoding}") from None
    if not data or len(data) % cipher.block:
        raise RemoteProtocolError("9007", cause=f"biz_content is {len(data)} bytes, no whole blocks of {cipher.block}")
    try:
        clear = unpad(engine.decrypt(cipher.name, key, cipher.iv, data), cipher.block, cipher.padding)
    except ValueError:
        raise RemoteProtocolError("9007", cause=f"{cipher.name}: the padding is damaged (wrong key or mode?)") from None
    for charset in ("utf-8", "gb18030"):
        try:
            return clear.decode(charset)
        except UnicodeDecodeError:
            continue
    raise RemoteProtocolError("9007", cause=f"{cipher.name}: what was decrypted is not text (wrong key or mode?)")
