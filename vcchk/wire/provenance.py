"""Whether a reply is the platform's own, or comes from something in front of it. No I/O.

A load balancer or an API gateway answers in JSON as well, ``{"code":504,"msg":"…"}``, while the platform behind it may
have carried the call out. Only a reply of the platform itself may end a writing call.
"""

from __future__ import annotations

from vcchk.wire import names
from vcchk.wire.families import BUILTIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from vcchk.wire.profile import Profile

EVERYDAY = frozenset({"code", "message", "msg", "data", "status", "success", "timestamp", "type", "version"})
"""Members that the error objects of web frameworks have, too: alone they do not show who wrote a reply."""


def is_the_platforms(
    profile: Profile, *, is_verified: bool, status: int, members: Collection[str], first_contact: bool
) -> bool:
    """Tell whether a reply is the platform's.

    It is when its signature verified. Without that, the HTTP ``status`` must be below 500 and the ``members``, by their
    names on the wire, an envelope of ``profile``; during ``first_contact``, while nothing of the site has verified,
    the whole envelope of any family counts: the profile may be the wrong one.
    """
    if is_verified:
        return True
    if status >= 500:
        return False
    if _has_envelope(profile, members):
        return True
    return first_contact and any(has_whole_envelope(family, members) for family in BUILTIN.values())


def has_own_code(profile: Profile, members: Collection[str]) -> bool:
    """Tell whether a reply has the return code under the profile's own name, not under an alias."""
    return _code_name(profile) in members


def may_name_a_patient(members: Collection[str], code: str) -> bool:
    """Tell whether a reply's text may be about a patient: that of a gateway or framework is not.

    Whether the reply counts is another question: a front end that passes a platform's words on gives them its own
    status, and a site's profile may still be the wrong one. So any family's own name of the return code is a
    platform's, and under a name that everybody uses only a code of HTTP's (4xx, 5xx), or none, is a gateway's.
    """
    if any(has_own_code(family, members) for family in BUILTIN.values() if _code_name(family) not in EVERYDAY):
        return True
    return code != "" and not is_http_failure(code)


def is_http_failure(code: str) -> bool:
    """Tell whether a return code is a failure's status of HTTP, 400 to 599: front ends repeat it in their JSON."""
    return len(code) == 3 and code.isdigit() and code[0] in "45"


def _code_name(profile: Profile) -> str:
    return names.to_wire(profile)["ret_code"]


def _others(profile: Profile, members: Collection[str]) -> set[str]:
    """Return the members of the profile's envelope besides the return code."""
    to_wire = names.to_wire(profile)
    envelope = {wire for name, wire in to_wire.items() if name != "ret_code"}
    if profile.reply == "data":
        envelope.add("data")
    return envelope.intersection(members)


def _has_envelope(profile: Profile, members: Collection[str]) -> bool:
    """Tell whether a reply has the profile's return code and two more of its members, one of which no framework has."""
    others = _others(profile, members)
    return has_own_code(profile, members) and len(others) >= 2 and not others <= EVERYDAY


def has_whole_envelope(family: Profile, members: Collection[str]) -> bool:
    """Tell whether a reply has code and text under the family's own names, and two more members that no framework has.

    No family's reply has every member always: a refusal lacks biz_content, some leave app_id or method out.
    """
    text_name = names.to_wire(family)["ret_msg"]
    others = _others(family, members) - EVERYDAY - {text_name}
    return has_own_code(family, members) and text_name in members and len(others) >= 2
