"""biz_content's ciphers by profile: key, IV, padding, encoding, charset. Text in, text out.

DES is weak, and ECB shows equal blocks; both are what the platform's messages use.
"""

from __future__ import annotations

import binascii

from vcchk.base import encoding
from vcchk.base.encoding import GB18030, UTF8
from vcchk.base.errors import LocalProtocolError, RemoteProtocolError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.wire.profile import encoded, iv_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.base.encoding import Decoded
    from vcchk.wire.profile import Profile

_BYTES_PER_BROKEN_ONE = 8
"""Text has fewer broken bytes than one in so many, even with fields cut in half; what a wrong key makes has more."""

PLAIN = ("", "PLAIN")


class Cipher(Record):
    """One cipher as a profile wants it. ``key_bytes``: what is taken of the key; ``repeat``: single DES as EDE3."""

    _secret = ("secret",)
    name: str
    key_bytes: int
    repeat: int
    iv: bytes
    block: int
    padding: str
    encoding: str
    key: str
    reply_key: str
    charset: str
    secret: str


def choose(profile: Profile, enc_type: str) -> Cipher | None:
    """Return the cipher of ``enc_type`` (``SM4``, also as ``SM4/ECB/PKCS5Padding``), None for clear text.

    Raises LocalProtocolError 1006 for an unknown one.
    """
    kind = enc_type.partition("/")[0].strip().upper()
    if kind in PLAIN:
        return None
    # Chosen once a profile: the profile's own __dict__ keeps it, `Record` looks at its fields alone.
    known: dict[str, Cipher] = profile.__dict__.setdefault("_ciphers", {})
    found = known.get(kind)
    if found is None:
        found = known[kind] = _choose(profile, kind)
    return found


_PRINTED_MD5 = "（文档 B 4.6 至 4.8 的单元格印成了 MD5，是笔误：MD5 是签名类型，应填在 sign_type 中）"


def _choose(profile: Profile, kind: str) -> Cipher:
    sizes = {
        # name up to the mode, bytes of key, times that they are repeated, bytes of a block
        "AES": (f"AES-{int(profile.aes_key_bytes) * 8}-", int(profile.aes_key_bytes), 1, 16),
        "SM4": ("SM4-", 16, 1, 16),
        "DES": ("DES-EDE3-", 8, 3, 8) if profile.des_kind == "des" else ("DES-EDE3-", 24, 1, 8),
    }
    if kind not in sizes:
        raise LocalProtocolError(
            "1006",
            f"未知加密类型，enc_type 应为 Plain、AES、DES 或 SM4{_PRINTED_MD5 if kind == 'MD5' else ''}",
            cause="enc_type is none of Plain, AES, DES, SM4",
        )
    name, size, repeat, block = sizes[kind]
    mode, iv, padding, encoding, key, charset = (
        getattr(profile, f"{kind.lower()}_{part}") for part in ("mode", "iv", "padding", "encoding", "key", "charset")
    )
    reply_key = profile.sm4_reply_key if kind == "SM4" else "same"
    return Cipher(
        name=name + mode.upper(),
        key_bytes=size,
        repeat=repeat,
        iv=iv_bytes(iv) if mode == "cbc" else b"",
        block=block,
        padding=padding,
        encoding=encoding,
        key=key,
        reply_key=key if reply_key == "same" else reply_key,
        charset=charset,
        secret=profile.cipher_secret,
    )


def encode(data: bytes, encoding: str) -> str:
    """Return ciphertext as text: ``HEX`` upper case, ``hex`` lower case, ``base64`` in one line, ``base64/76`` in lines
    of 76 characters with a line feed between them (RFC 2045, as Java's BASE64Encoder writes it)."""
    if encoding == "HEX":
        return data.hex().upper()
    if encoding == "hex":
        return data.hex()
    line = binascii.b2a_base64(data, newline=False).decode()
    if encoding == "base64":
        return line
    return "\n".join([line[start : start + 76] for start in range(0, len(line), 76)])


def decode(text: str, encoding: str) -> bytes:
    """Return the bytes of ciphertext; hex in either case, base64 in one line or several. Raises ValueError."""
    if not encoding.startswith("base64"):
        return bytes.fromhex(text)
    # A form or a URL on the way turns + into a space; base64 itself has none.
    return binascii.a2b_base64(text.replace(" ", "+").encode("ascii"))


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


def key_of(cipher: Cipher, key: str, app_id: str, *, reply: bool = False) -> bytes:
    """Return the cipher's key, ``cipher.key_bytes * cipher.repeat`` long, from the application's secret ``key``.

    Raises LocalProtocolError 9006 when the secret should be hex digits and is not.
    """

    def fit(data: bytes) -> bytes:
        return data[: cipher.key_bytes].ljust(cipher.key_bytes, b"\0")

    rule = cipher.reply_key if reply else cipher.key
    key = cipher.secret or key
    secret = key.encode("utf-8", "surrogatepass")
    if rule == "direct":
        return fit(secret) * cipher.repeat
    if rule == "hex_text":
        return fit(secret.hex().upper().encode()) * cipher.repeat
    if rule == "hex":
        try:
            return fit(bytes.fromhex(key)) * cipher.repeat
        except ValueError:
            raise LocalProtocolError(
                "9006", "报文加密失败，此报文规则要求密钥为十六进制数字", cause="the key is not hex"
            ) from None
    outer = fit(app_id.encode("utf-8", "surrogatepass"))
    if rule == "app_id":
        return outer * cipher.repeat
    derived = engine.encrypt(cipher.name, outer * cipher.repeat, cipher.iv, pad(secret, cipher.block, cipher.padding))
    if rule == "derived":
        derived = encode(derived, cipher.encoding).encode("ascii")
    return fit(derived) * cipher.repeat


def encrypt(cipher: Cipher, key: bytes, text: str) -> str:
    """Encrypt ``text``, in the cipher's charset."""
    padded = pad(encoded(text, cipher.charset), cipher.block, cipher.padding)
    return encode(engine.encrypt(cipher.name, key, cipher.iv, padded), cipher.encoding)


def decrypt(cipher: Cipher, key: bytes, text: str, *, last: str = "") -> Decoded:
    """Decrypt to text; ``last``: the encoding of the message round it.

    Raises RemoteProtocolError 9007, without saying what was inside.
    """
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
    # A profile that says GBK was set for it; UTF-8 is what every profile has that says nothing.
    if cipher.charset == "gbk":
        opened = encoding.decode(clear, configured=GB18030)
    else:
        opened = encoding.decode(clear, declared=last or UTF8, last=last or UTF8)
    if opened.bad_count * _BYTES_PER_BROKEN_ONE > len(clear):
        raise RemoteProtocolError("9007", cause=f"{cipher.name}: what was decrypted is not text (wrong key or mode?)")
    return opened
