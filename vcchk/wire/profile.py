"""Wire profiles: what a city's platform does differently, one field a row of the variant table (docs/wire.md).

The built-in ones are rows of `vcchk.wire.families`. A site's own is an INI section ``[profile:NAME]`` whose ``base``
names a built-in one; its keys are the field names of `Profile`.
"""

from __future__ import annotations

from vcchk.base.record import Record

FIXED_ORDER = "app_id,biz_content,sign_type,enc_type,method,term_id,timestamp,version"


class Profile(Record):
    """How messages are made. The defaults are the profile ``xiamen``; `CHOICES` says what each may hold."""

    _secret = ("cipher_secret", "sm2_private_key")
    name: str = "xiamen"

    # The signature
    key_suffix: str = "key=K"
    """What follows the canonical text; K stands for the key."""
    order: str = "ordinal"
    order_list: str = FIXED_ORDER
    """For ``order = fixed``: names in document A's words; fields that it lacks follow in ordinal order."""
    signed: str = "clear"
    """What is signed: the fields with biz_content in clear, with its ciphertext, the business fields alone, or the
    message's JSON text without ``sign``."""
    biz_signed: str = "as_is"
    """The business data in the signature: the very text that is encrypted, or its canonical form (`canonical`)."""
    empty: str = "skip"
    unsigned: str = ""
    """Names on the wire, comma-separated, that are left out of the signature."""
    hash: str = "auto"
    """``auto``: the message's sign_type says which."""
    hash_case: str = "upper"
    charset: str = "utf-8"
    """Of the canonical text."""
    sm2_private_key: str = ""
    """Ours, 64 hex digits; for signatures of type SM2."""
    sm2_public_key: str = ""
    """The platform's, 128 hex digits with or without ``04`` before them."""

    # The ciphers
    cipher_secret: str = ""
    """What the ciphers' keys are made of; empty: the application's key, which also signs."""
    aes_mode: str = "cbc"
    aes_key_bytes: str = "16"
    aes_iv: str = "text:0102030405060708"
    aes_padding: str = "pkcs7"
    aes_encoding: str = "HEX"
    aes_key: str = "direct"
    aes_charset: str = "utf-8"
    des_kind: str = "des"
    des_mode: str = "cbc"
    des_iv: str = "hex:0102030405060708"
    des_padding: str = "pkcs7"
    des_encoding: str = "HEX"
    des_key: str = "direct"
    des_charset: str = "utf-8"
    sm4_mode: str = "ecb"
    sm4_iv: str = "text:0102030405060708"
    sm4_padding: str = "pkcs7"
    sm4_encoding: str = "HEX"
    sm4_key: str = "direct"
    sm4_charset: str = "utf-8"
    sm4_reply_key: str = "same"
    """``same``, or another value of ``sm4_key`` for replies."""

    # The envelope
    sign_names: str = "sign"
    naming: str = "snake"
    names: str = ""
    """Names that follow neither, ``document A's name = name on the wire``, comma-separated."""
    reply_names: str = ""
    """The same for replies alone."""
    clear_name: str = ""
    """What biz_content is called where it is in clear: in the signature, and on the wire when nothing is encrypted."""
    biz_form: str = "text"
    """biz_content in clear on the wire: JSON text in a string, or the JSON object itself."""
    members: str = ""
    """Members that every request has besides, ``name = JSON``; ``{encrypted}`` stands for 1 or 0."""
    sign_type: str = "caller"
    enc_type: str = "caller"
    """``caller``: as the HIS writes it; anything else takes its place, like ``AES/ECB/PKCS5Padding``."""
    timestamp: str = "caller"
    reply: str = "biz_content"
    """Where the reply's business fields are: in biz_content, in ``data``, or flat beside ret_code."""
    success: str = "0000"
    content_type: str = "application/json"
    path: str = ""
    """Appended to (or replacing the file name of) the URL; ``{method}`` stands for the method's name. Or a path for
    each method, ``method = path``, comma-separated."""


_MODES = ("cbc", "ecb")
_PADDINGS = ("pkcs7", "zero")
_ENCODINGS = ("HEX", "hex", "base64", "base64/76")
_CHARSETS = ("utf-8", "gbk")
# How the cipher's key comes from the key: as it is; K' = cipher(key, with app_id as the key), its first characters in
# the cipher's encoding or its first bytes; app_id itself; the key read as hex digits; the first characters of its HEX.
_KEYS = ("direct", "derived", "derived_bytes", "app_id", "hex", "hex_text")

CHOICES: dict[str, tuple[str, ...]] = {
    "order": ("ordinal", "caseless", "fixed"),
    "signed": ("clear", "cipher", "business", "text"),
    "biz_signed": ("as_is", "canonical"),
    "empty": ("skip", "keep", "keep_null"),
    "hash": ("auto", "MD5", "SM3", "SHA-256", "SM2"),
    "hash_case": ("upper", "lower"),
    "charset": _CHARSETS,
    "aes_mode": _MODES,
    "aes_key_bytes": ("16", "32"),
    "aes_padding": _PADDINGS,
    "aes_encoding": _ENCODINGS,
    "aes_key": _KEYS,
    "aes_charset": _CHARSETS,
    "des_kind": ("des", "3des"),
    "des_mode": _MODES,
    "des_padding": _PADDINGS,
    "des_encoding": _ENCODINGS,
    "des_key": _KEYS,
    "des_charset": _CHARSETS,
    "sm4_mode": _MODES,
    "sm4_padding": _PADDINGS,
    "sm4_encoding": _ENCODINGS,
    "sm4_key": _KEYS,
    "sm4_charset": _CHARSETS,
    "sm4_reply_key": ("same", *_KEYS),
    "sign_names": ("sign", "digest"),
    "naming": ("snake", "camel"),
    "biz_form": ("text", "object"),
    "reply": ("biz_content", "data", "flat"),
    "content_type": ("application/json", "text/xml", "form"),
    "timestamp": ("caller", "14", "17", "epoch_ms"),
}

IV_BYTES = {"aes_iv": 16, "des_iv": 8, "sm4_iv": 16}
PAIRS = ("names", "reply_names", "members")
"""Fields that hold ``name = value``, comma-separated."""


def iv_bytes(text: str) -> bytes:
    """Return the bytes of an IV written as ``text:…`` (ASCII) or ``hex:…``. Raises ValueError."""
    kind, _, rest = text.partition(":")
    if kind == "text":
        return rest.encode("ascii")
    if kind == "hex":
        return bytes.fromhex(rest)
    raise ValueError(text)


def encoded(text: str, charset: str) -> bytes:
    """Return a text in one of a profile's charsets, to be signed or encrypted; never raises.

    What GBK lacks becomes ``?``, as Java's encoder does it: GB18030's four bytes would match no platform.
    """
    return text.encode("gbk", "replace") if charset == "gbk" else text.encode("utf-8", "surrogatepass")


def pairs(text: str) -> dict[str, str]:
    """Return ``a = b, c = d`` as a dictionary. Raises ValueError for a part without ``=`` or without a name."""
    found: dict[str, str] = {}
    for part in text.split(","):
        if not part.strip():
            continue
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise ValueError(part)
        found[name.strip()] = value.strip()
    return found
