"""Wire profiles: what a city's platform does differently, one field a row of the variant table (docs/wire.md).

A profile is built in or an INI section ``[profile:NAME]`` whose ``base`` names a built-in one; its keys are the field
names of `Profile`.
"""

from __future__ import annotations

from vcchk.base.errors import LocalProtocolError
from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIXED_ORDER = "app_id,biz_content,sign_type,enc_type,method,term_id,timestamp,version"


class Profile(Record):
    """How messages are made. The defaults are the profile ``xiamen``; `CHOICES` and `RULES` say what each may hold."""

    name: str = "xiamen"
    key_suffix: str = "key=K"
    """What follows the canonical text; K stands for the key."""
    order: str = "ordinal"
    order_list: str = FIXED_ORDER
    """For ``order = fixed``: names in document A's words; fields that it lacks follow in ordinal order."""
    signed: str = "clear"
    """What is signed: the fields with biz_content in clear, with its ciphertext, the business fields alone, or the
    message's JSON text without ``sign``."""
    empty: str = "skip"
    hash: str = "auto"
    """``auto``: the message's sign_type says which."""
    hash_case: str = "upper"
    charset: str = "utf-8"
    """Of the canonical text."""
    aes_mode: str = "cbc"
    aes_key_bytes: str = "16"
    aes_iv: str = "text:0102030405060708"
    aes_padding: str = "pkcs7"
    aes_encoding: str = "HEX"
    aes_key: str = "direct"
    des_kind: str = "des"
    des_mode: str = "cbc"
    des_iv: str = "hex:0102030405060708"
    des_padding: str = "pkcs7"
    des_encoding: str = "HEX"
    des_key: str = "direct"
    sm4_mode: str = "ecb"
    sm4_iv: str = "text:0102030405060708"
    sm4_padding: str = "pkcs7"
    sm4_encoding: str = "HEX"
    sm4_key: str = "direct"
    sign_names: str = "sign"
    naming: str = "snake"
    reply: str = "biz_content"
    """Where the reply's business fields are: in biz_content, in ``data``, or flat beside ret_code."""
    success: str = "0000"
    content_type: str = "application/json"
    path: str = ""
    """Appended to (or replacing the file name of) the URL; ``{method}`` stands for the method's name."""
    timestamp: str = "caller"


_MODES = ("cbc", "ecb")
_PADDINGS = ("pkcs7", "zero")
_ENCODINGS = ("HEX", "hex", "base64")
# How the cipher's key comes from the key: as it is; K' = cipher(key, with app_id as the key), its first characters in
# the cipher's encoding or its first bytes; app_id itself.
_KEYS = ("direct", "derived", "derived_bytes", "app_id")

CHOICES: dict[str, tuple[str, ...]] = {
    "order": ("ordinal", "caseless", "fixed"),
    "signed": ("clear", "cipher", "business", "text"),
    "empty": ("skip", "keep"),
    "hash": ("auto", "MD5", "SM3", "SHA-256"),
    "hash_case": ("upper", "lower"),
    "charset": ("utf-8", "gbk"),
    "aes_mode": _MODES,
    "aes_key_bytes": ("16", "32"),
    "aes_padding": _PADDINGS,
    "aes_encoding": _ENCODINGS,
    "aes_key": _KEYS,
    "des_kind": ("des", "3des"),
    "des_mode": _MODES,
    "des_padding": _PADDINGS,
    "des_encoding": _ENCODINGS,
    "des_key": _KEYS,
    "sm4_mode": _MODES,
    "sm4_padding": _PADDINGS,
    "sm4_encoding": _ENCODINGS,
    "sm4_key": _KEYS,
    "sign_names": ("sign", "digest"),
    "naming": ("snake", "camel"),
    "reply": ("biz_content", "data", "flat"),
    "content_type": ("application/json", "text/xml", "form"),
    "timestamp": ("caller", "14", "17", "epoch_ms"),
}

IV_BYTES = {"aes_iv": 16, "des_iv": 8, "sm4_iv": 16}


def iv_bytes(text: str) -> bytes:
    """Return the bytes of an IV written as ``text:…`` (ASCII) or ``hex:…``. Raises ValueError."""
    kind, _, rest = text.partition(":")
    if kind == "text":
        return rest.encode("ascii")
    if kind == "hex":
        return bytes.fromhex(rest)
    raise ValueError(text)


BUILTIN: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(),
        Profile(
            name="sichuan",
            sign_names="digest",
            order="fixed",
            key_suffix="&app_secret=K",
            hash="SM3",
            timestamp="epoch_ms",
            success="10",
            path="business.do",
        ),
        Profile(name="ehui", order="caseless", key_suffix="&key=K"),
        Profile(
            name="gotool",
            signed="cipher",
            key_suffix="K",
            hash_case="lower",
            aes_mode="ecb",
            aes_key_bytes="32",
            aes_encoding="base64",
            sm4_encoding="hex",
            empty="keep",
        ),
    )
}


def _wrong(name: str, key: str, value: str, allowed: str) -> LocalProtocolError:
    return LocalProtocolError(
        "9002", f"VirtualCardChk.ini 的 [profile:{name}] 中 {key} = {value} 无效，可用：{allowed}", cause="bad profile"
    )


def _problem(key: str, value: str) -> str:
    """Return the values that ``key`` may hold when ``value`` is none of them, else an empty text."""
    if key in CHOICES:
        return "" if value in CHOICES[key] else "、".join(CHOICES[key])
    if key in IV_BYTES:
        size = IV_BYTES[key]
        try:
            fits = len(iv_bytes(value)) == size
        except ValueError:
            fits = False
        return "" if fits else f"text: 加 {size} 个字符，或 hex: 加 {size * 2} 位十六进制"
    if key == "key_suffix":
        return "" if value.endswith("K") else "key=K、&key=K、K、&app_secret=K（K 代表密钥）"
    if key == "success":
        return "" if value else "0000、10、200、0"
    return ""


def resolve(name: str, sections: Mapping[str, Mapping[str, str]]) -> Profile:
    """Return the profile ``name``: the section of that name from the INI, else the built-in one.

    ``sections``: the raw ``[profile:NAME]`` sections by NAME. Raises LocalProtocolError 9002, with a Chinese sentence,
    for an unknown name, base, key or value.
    """
    section = sections.get(name)
    if section is None:
        found = BUILTIN.get(name)
        if found is None:
            known = "、".join([*BUILTIN, *sections])
            raise LocalProtocolError(
                "9002",
                f"VirtualCardChk.ini 的 [wire] profile = {name} 没有定义，可用：{known}",
                cause="unknown profile",
            )
        return found
    base = BUILTIN.get(section.get("base", "xiamen"))
    if base is None:
        raise _wrong(name, "base", section["base"], "、".join(BUILTIN))
    changes = {}
    for key, value in section.items():
        if key == "base":
            continue
        if key == "name" or key not in Profile._fields:
            raise LocalProtocolError(
                "9002", f"VirtualCardChk.ini 的 [profile:{name}] 中没有 {key} 这一项", cause="unknown profile key"
            )
        allowed = _problem(key, value)
        if allowed:
            raise _wrong(name, key, value, allowed)
        changes[key] = value
    return base.replace(name=name, **changes)
