"""The canonical text and its signature (docs/wire.md, rules 2 and 3)."""

from __future__ import annotations

import binascii

from vcchk.base.errors import LocalProtocolError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.wire import jsontext, names
from vcchk.wire.profile import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vcchk.wire.profile import Profile


class Signature:
    """What became of a message's signature, as text (an `enum.Enum` would cost a first call 3 ms of import)."""

    HELD = "held"
    MISSING = "missing"
    WRONG = "wrong"
    UNCHECKED = "unchecked"
    """There was no key to check it with."""


class Unsigned(Record):
    """A message without its signature. ``wire``: its members, biz_content as it is sent.

    ``biz_name``: which member that is, "" when the business fields stand flat; ``biz_text``: the same in clear.
    """

    _secret = ("wire", "biz_text")
    wire: Mapping[str, str]
    biz_name: str
    biz_text: str


_HASHES = {"MD5": "MD5", "SM3": "SM3", "SHA256": "SHA-256", "SHA-256": "SHA-256", "SM2": "SM2"}


def hash_name(profile: Profile, sign_type: str) -> str:
    """Return the engine's digest for a message, or ``SM2``. Raises LocalProtocolError 1007 for an unknown type."""
    if profile.hash != "auto":
        return profile.hash
    found = _HASHES.get(sign_type.strip().upper())
    if found is None:
        raise LocalProtocolError(
            "1007", "未知签名类型，sign_type 应为 MD5 或 SM3", cause="sign_type is none of MD5, SM3, SHA-256, SM2"
        )
    return found


def _ordered(profile: Profile, items: Iterable[str]) -> list[str]:
    if profile.order == "ordinal":
        return sorted(items)
    if profile.order == "caseless":
        return sorted(items, key=lambda name: (name.lower(), name))
    to_wire = names.to_wire(profile)
    listed = [part.strip() for part in profile.order_list.split(",")]
    rank = {to_wire.get(name, name): index for index, name in enumerate(listed)}
    return sorted(items, key=lambda name: (rank.get(name, len(rank)), name))


def suffix(profile: Profile, key: str) -> str:
    """Return what follows the canonical text: ``key=K`` and the like with K replaced by ``key``."""
    return profile.key_suffix[:-1] + key


def _joined(profile: Profile, items: Mapping[str, str]) -> str:
    order = _ordered(profile, items)
    if profile.empty != "keep_null" and "null" in items.values():
        items = {name: "" if _is_null(value) else value for name, value in items.items()}
    if profile.empty == "skip":
        return "&".join([f"{name}={value}" for name in order if (value := items[name])])
    return "&".join([f"{name}={items[name]}" for name in order])


def _is_null(value: str) -> bool:
    return value == "null" and isinstance(value, jsontext.Literal)


def text(profile: Profile, message: Unsigned, key: str) -> str:
    """Return the text to be signed."""
    if profile.unsigned:
        left_out = [part.strip() for part in profile.unsigned.split(",")]
        message = message.replace(wire={name: value for name, value in message.wire.items() if name not in left_out})
    return _SIGNED[profile.signed](profile, message) + suffix(profile, key)


def _clear(profile: Profile, message: Unsigned) -> str:
    if not message.biz_name:
        return _joined(profile, message.wire)
    signed = message.biz_text
    if profile.biz_signed == "canonical" and signed:
        from vcchk.wire.canonical import canonical

        signed = canonical(signed)
    items = dict(message.wire)
    items.pop(message.biz_name, None)
    items[profile.clear_name or message.biz_name] = signed
    return _joined(profile, items)


def _cipher(profile: Profile, message: Unsigned) -> str:
    return _joined(profile, message.wire)


def _business(profile: Profile, message: Unsigned) -> str:
    try:
        biz = jsontext.parse(message.biz_text)[0] if message.biz_text else {}
    except jsontext.JsonError:
        return message.biz_text
    if not isinstance(biz, dict):
        return message.biz_text
    return _joined(profile, {name: jsontext.scalar(value) for name, value in biz.items()})


def _whole(profile: Profile, message: Unsigned) -> str:
    return jsontext.compact(dict(message.wire))


_SIGNED: dict[str, Callable[[Profile, Unsigned], str]] = {
    "clear": _clear,
    "cipher": _cipher,
    "business": _business,
    "text": _whole,
}


def sign(profile: Profile, digest: str, message: Unsigned, key: str) -> str:
    """Return the signature: hex in the profile's case, of ``SM2`` base64.

    Raises LocalProtocolError 9002 for SM2 without a private key.
    """
    signed = encoded(text(profile, message, key), profile.charset)
    if digest == "SM2":
        from vcchk.crypto import sm2

        if not profile.sm2_private_key:
            raise LocalProtocolError(
                "9002", "没有 SM2 私钥，无法签名：请设置 [profile:…] sm2_private_key", cause="no SM2 private key"
            )
        signature = sm2.sign(bytes.fromhex(profile.sm2_private_key), signed)
        return binascii.b2a_base64(signature, newline=False).decode()
    hexadecimal = engine.digest(digest, signed).hex()
    return hexadecimal.upper() if profile.hash_case == "upper" else hexadecimal


def holds(profile: Profile, digest: str, message: Unsigned, key: str, received: str, *, any_case: bool) -> bool | None:
    """Tell whether ``received`` is the message's signature; None when there is no key to check it with."""
    if digest != "SM2":
        wanted = sign(profile, digest, message, key)
        return received == wanted or (any_case and received.upper() == wanted.upper())
    if not profile.sm2_public_key:
        return None
    from vcchk.crypto import sm2

    try:
        signature = binascii.a2b_base64(received.encode("ascii"))
    except ValueError:
        return False
    signed = encoded(text(profile, message, key), profile.charset)
    return sm2.verify(bytes.fromhex(profile.sm2_public_key[-128:]), signed, signature)
