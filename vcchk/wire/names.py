"""What the envelope's fields are called on the wire, and which other names are understood in replies.

Inside vcchk a field has document A's name (``app_id`` … ``ret_msg``) whatever the profile.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcchk.wire.profile import Profile

ENVELOPE = (
    "app_id",
    "method",
    "term_id",
    "version",
    "timestamp",
    "sign_type",
    "sign",
    "enc_type",
    "biz_content",
    "ret_code",
    "ret_msg",
)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _names(sign: str, naming: str) -> dict[str, str]:
    made = {name: name for name in ENVELOPE}
    if sign == "digest":
        made["sign"], made["sign_type"] = "digest", "digest_type"
    return {name: _camel(wire) for name, wire in made.items()} if naming == "camel" else made


_TO_WIRE = {(s, n): _names(s, n) for s in ("sign", "digest") for n in ("snake", "camel")}
_FROM_WIRE = {pair: {wire: name for name, wire in made.items()} for pair, made in _TO_WIRE.items()}


def to_wire(profile: Profile) -> Mapping[str, str]:
    """Return document A's name → the name on the wire."""
    return _TO_WIRE[profile.sign_names, profile.naming]


def from_wire(profile: Profile) -> Mapping[str, str]:
    """Return the name on the wire → document A's name."""
    return _FROM_WIRE[profile.sign_names, profile.naming]


# Names seen in replies of this platform family, whatever the profile says of requests.
REPLY_ALIASES: dict[str, str] = {wire: name for made in _TO_WIRE.values() for name, wire in made.items()}

# Names of ret_code and ret_msg elsewhere, best first; tried only when the reply has none of the above.
CODE_ALIASES = ("code", "return_code", "returnCode", "result_code", "resultCode", "errcode", "status")
TEXT_ALIASES = ("msg", "message", "return_msg", "returnMsg", "result_msg", "resultMsg", "errmsg")
