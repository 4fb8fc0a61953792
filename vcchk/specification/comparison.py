"""Whether two sets of business fields are about the same thing: a request and its reply, or two services' replies.

Only members of the same name are compared, and only where both sides have them. Document B's own sample shows an
ehealth_code beside an ehealth_card_id that is not its first part, so those two are never compared with each other.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.specification import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Comparison(Record):
    """What a comparison found.

    ``differs``: the member whose values differ, "" when none does. ``serial_matched``: a serial number came back.
    """

    differs: str = ""
    serial_matched: bool = False


def compare(method: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> Comparison:
    """Compare a request's business fields with its reply's: serial numbers, the card, the person."""
    named = [name for name in reply if name.startswith("out_") and name.endswith("_no")]
    serials = [name for name in named if _text(reply[name]) and _text(request.get(name))]
    for name in serials:
        if not _same_serial(_text(request[name]), _text(reply[name])):
            return Comparison(differs=name)
    names_card = kinds.names_its_card(method, request)
    if names_card and not _same_masked(_text(request.get("ehealth_card_id")), _text(reply.get("ehealth_card_id"))):
        return Comparison(differs="ehealth_card_id", serial_matched=bool(serials))
    if not may_be_same_person(request, reply):
        return Comparison(differs="id_no", serial_matched=bool(serials))
    return Comparison(serial_matched=bool(serials))


def may_be_same_person(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return False only when both name an ID number of one type and length, and the numbers differ.

    A masked character matches any; the 15 digits of an old number say nothing about the 18 of a new one.
    """
    if not one.get("id_no") or not other.get("id_no"):
        return True
    types = {_text(side.get("id_type")).lstrip("0") for side in (one, other) if _text(side.get("id_type"))}
    if len(types) == 2:
        return True
    numbers = ["".join(_text(side.get("id_no")).split()) for side in (one, other)]
    return len(numbers[0]) != len(numbers[1]) or _same_masked(*numbers)


def _text(value: object) -> str:
    """Return a JSON value as trimmed text; null, booleans and nested values are ""."""
    return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _same_serial(asked: str, answered: str) -> bool:
    """A platform that keeps serials as numbers drops the zeros before them."""
    return asked.lstrip("0") == answered.lstrip("0")


def _same_masked(one: str, other: str) -> bool:
    """Tell whether two texts may be the same: case aside, ``*`` matches any character, "" anything."""
    if not one or not other:
        return True
    if "*" not in one + other:
        return one.upper() == other.upper()
    pairs = zip(one.upper(), other.upper(), strict=False)
    return len(one) == len(other) and all(a == b or "*" in (a, b) for a, b in pairs)
