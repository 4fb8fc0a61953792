"""The canonical text and its digest (docs/wire.md, rules 2 and 3)."""

from __future__ import annotations

from vcchk.base.errors import LocalProtocolError
from vcchk.crypto import engine
from vcchk.wire import jsontext, names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vcchk.wire.profile import Profile

_HASHES = {"MD5": "MD5", "SM3": "SM3", "SHA256": "SHA-256", "SHA-256": "SHA-256"}


def hash_name(profile: Profile, sign_type: str) -> str:
    """Return the engine's digest for a message. Raises LocalProtocolError 1007 for an unknown ``sign_type``."""
    if profile.hash != "auto":
        return profile.hash
    found = _HASHES.get(sign_type.strip().upper())
    if found is None:
        raise LocalProtocolError(
            "1007", "未知签名类型，sign_type 应为 MD5 或 SM3", cause="sign_type is none of MD5, SM3, SHA-256"
        )
    return found


def _ordered(profile: Profile, items: Iterable[str]) -> list[str]:
    if profile.order == "ordinal":
        return sorted(items)
    if profile.order == "caseless":
        return sorted(items, key=lambda name: (name.lower(), name))
    to_wire = names.to_wire(profile)
    given = [part.strip() for part in profile.order_list.split(",")]
    rank = {to_wire.get(name, name): place for place, name in enumerate(given)}
    return sorted(items, key=lambda name: (rank.get(name, len(rank)), name))


def suffix(profile: Profile, key: str) -> str:
    """Return what follows the canonical text: ``key=K`` and the like with K replaced by ``key``."""
    return profile.key_suffix[:-1] + key


def encode(canonical: str, charset: str) -> bytes:
    """Return the canonical text's bytes. What ``gbk`` lacks takes GB18030's four bytes; never raises."""
    return canonical.encode("gb18030", "replace") if charset == "gbk" else canonical.encode("utf-8", "surrogatepass")


def _null(value: str) -> str:
    return "" if value == "null" and isinstance(value, jsontext.Literal) else value


def _joined(profile: Profile, items: Mapping[str, str]) -> str:
    order = _ordered(profile, items)
    if profile.empty == "keep":
        return "&".join([f"{name}={_null(items[name])}" for name in order])
    wanted = [f"{name}={value}" for name in order if (value := items[name]) and (value != "null" or _null(value))]
    return "&".join(wanted)


def text(profile: Profile, wire: Mapping[str, str], biz_name: str, biz_text: str, key: str) -> str:
    """Return the text to be signed. ``wire``: the members without the signature, biz_content as it is sent;
    ``biz_name``: which member that is; ``biz_text``: the same in clear.
    """
    return _SIGNED[profile.signed](profile, wire, biz_name, biz_text) + suffix(profile, key)


def _clear(profile: Profile, wire: Mapping[str, str], biz_name: str, biz_text: str) -> str:
    return _joined(profile, {**wire, biz_name: biz_text} if biz_name else wire)


def _cipher(profile: Profile, wire: Mapping[str, str], biz_name: str, biz_text: str) -> str:
    return _joined(profile, wire)


def _business(profile: Profile, wire: Mapping[str, str], biz_name: str, biz_text: str) -> str:
    try:
        biz = jsontext.parse(biz_text)[0] if biz_text else {}
    except jsontext.JsonError:
        return biz_text
    if not isinstance(biz, dict):
        return biz_text
    return _joined(profile, {name: jsontext.scalar(value) for name, value in biz.items()})


def _whole(profile: Profile, wire: Mapping[str, str], biz_name: str, biz_text: str) -> str:
    return jsontext.compact(dict(wire))


_SIGNED: dict[str, Callable[[Profile, Mapping[str, str], str, str], str]] = {
    "clear": _clear,
    "cipher": _cipher,
    "business": _business,
    "text": _whole,
}


def sign(profile: Profile, digest: str, wire: Mapping[str, str], biz_name: str, biz_text: str, key: str) -> str:
    """Return the signature in the profile's case."""
    made = engine.digest(digest, encode(text(profile, wire, biz_name, biz_text, key), profile.charset)).hex()
    return made.upper() if profile.hash_case == "upper" else made
