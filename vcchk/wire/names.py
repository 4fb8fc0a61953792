"""What the envelope's fields are called on the wire, and which other names are understood in replies.

Inside vcchk a field has document A's name (``app_id`` … ``ret_msg``) whatever the profile.
"""

from __future__ import annotations

from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import pairs

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
_DIGEST_NAMES = {"sign": "digest", "sign_type": "digest_type"}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _wire_names(profile: Profile) -> dict[str, str]:
    found = {name: name for name in ENVELOPE}
    if profile.sign_names == "digest":
        found.update(_DIGEST_NAMES)
    if profile.naming == "camel":
        found = {name: _camel(wire) for name, wire in found.items()}
    return found | pairs(profile.names) | pairs(profile.reply_names)


def to_wire(profile: Profile) -> Mapping[str, str]:
    """Return document A's name → the name on the wire."""
    # Made once a profile: the profile's own __dict__ keeps it, `Record` looks at its fields alone.
    found: dict[str, str] | None = profile.__dict__.get("_to_wire")
    if found is None:
        found = profile.__dict__["_to_wire"] = _wire_names(profile)
    return found


def from_wire(profile: Profile) -> Mapping[str, str]:
    """Return the name on the wire → document A's name."""
    found: dict[str, str] | None = profile.__dict__.get("_from_wire")
    if found is None:
        found = {wire: name for name, wire in to_wire(profile).items()}
        if profile.clear_name:
            found[profile.clear_name] = "biz_content"
        profile.__dict__["_from_wire"] = found
    return found


def _reply_aliases() -> dict[str, str]:
    card = BUILTIN["xiamen"]
    spellings = [
        card.replace(sign_names=sign, naming=naming) for sign in ("sign", "digest") for naming in ("snake", "camel")
    ]
    found = {wire: name for profile in (*spellings, *BUILTIN.values()) for wire, name in from_wire(profile).items()}
    # Words of everyday JSON: `CODE_ALIASES` and `TEXT_ALIASES` have two, and ``data`` may hold a whole reply.
    return {wire: name for wire, name in found.items() if wire not in ("code", "message", "data")}


REPLY_ALIASES: dict[str, str] = _reply_aliases()
"""Names seen in replies of these platform families, whatever the profile says of requests."""


def in_replies(profile: Profile) -> Mapping[str, str]:
    """Return the name on the wire → document A's name, for replies: every family's, the profile's own first."""
    found: dict[str, str] | None = profile.__dict__.get("_in_replies")
    if found is None:
        found = profile.__dict__["_in_replies"] = {**REPLY_ALIASES, **from_wire(profile)}
    return found


# Names of ret_code and ret_msg elsewhere, best first; tried only when the reply has none of the above.
CODE_ALIASES = ("code", "return_code", "returnCode", "result_code", "resultCode", "errcode", "status")
TEXT_ALIASES = ("msg", "message", "return_msg", "returnMsg", "result_msg", "resultMsg", "errmsg")
