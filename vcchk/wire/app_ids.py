"""What the ids of applications look like: a hint at their platform's maker, never a refusal.

From some twenty public ids. Without `re`, since this runs in the first call of a process.
"""

from __future__ import annotations

VENDOR = "vendor"
"""The card platform's maker: 12 characters, an IPv4 address in hex, four zeros, 8 hex digits."""
SMALL = "small"
"""18 small letters and digits: two other makers."""
GUID = "guid"
HEX = "hex"
"""32 hex digits in capitals: the national platforms."""

_CAPITALS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SMALL = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
_HEX = frozenset("0123456789ABCDEF")


def form_of(app_id: str) -> str:
    """Return one of the words above, "" for an id of no known form."""
    size = len(app_id)
    if size == 32 and _CAPITALS.issuperset(app_id):
        if app_id[20:24] == "0000" and _HEX.issuperset(app_id[12:]):
            return VENDOR
        return HEX if _HEX.issuperset(app_id) else ""
    if size == 18 and _SMALL.issuperset(app_id):
        return SMALL
    parts = app_id.upper().split("-")
    if [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(_HEX.issuperset(part) for part in parts):
        return GUID
    return ""


_FIRST_PROFILES = {SMALL: "gotool", GUID: "sichuan"}


def first_profile(app_id: str) -> str:
    """Return the name of the profile to begin a search with, "" for an id that hints at none."""
    return _FIRST_PROFILES.get(form_of(app_id), "")
