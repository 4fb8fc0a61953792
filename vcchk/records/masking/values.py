"""Masking by value: what this call's request and reply carried, and secrets, wherever they stand in a text.

The only way to find a name inside a platform's free sentence. What a call carried is kept a thread, until its end.
"""

from __future__ import annotations

from _thread import _local as thread_local

from vcchk.records.masking.fields import HIDE, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_local = thread_local()
_guarded: dict[str, str] = {}


def guard(secret: str) -> None:
    """Never write this text again in this process (the key of the INI)."""
    if len(secret) >= 4:
        _guarded[secret] = "***"


def remember(*records: Mapping[str, Any]) -> None:
    """Replace the personal values of these fields in every text of this thread, until `forget`.

    Values may be text, numbers, or nested objects and lists (card_list). Called with the envelope, the business fields
    and the reply's; costs a few microseconds.
    """
    known: dict[str, str] | None = getattr(_local, "known", None)
    if known is None:
        known = _local.known = {}
    for record in records:
        _collect(record, known, 0)


def _collect(record: Mapping[str, Any], known: dict[str, str], depth: int) -> None:
    for field, value in record.items():
        if isinstance(value, str):
            kind = kind_of(field)
            if kind and len(value) > 1:
                known[value] = kind
        elif isinstance(value, dict):
            if depth < 4:
                _collect(value, known, depth + 1)
        elif isinstance(value, (list, tuple)):
            if depth < 4:
                for item in value:
                    if isinstance(item, dict):
                        _collect(item, known, depth + 1)
        elif value is not None and not isinstance(value, bool):
            kind = kind_of(field)
            text = str(value)
            if kind and len(text) > 3:
                known[text] = kind


def forget() -> None:
    """Drop what `remember` took on this thread."""
    _local.known = None


def replace_known(text: str) -> str:
    """Return the text with what `guard` and `remember` took replaced."""
    for value, masked in _guarded.items():
        if value in text:
            text = text.replace(value, masked)
    known: dict[str, str] | None = getattr(_local, "known", None)
    if not known:
        return text
    found = []
    for value in known:  # no comprehension: this Python makes a function for each
        if value in text:
            found.append(value)
    if len(found) > 1:
        found.sort(key=len, reverse=True)  # a value inside a longer one must not tear it
    for value in found:
        masked = HIDE[known[value]](value)
        text = _replace_word(text, value, masked) if len(value) < 4 and value.isascii() else text.replace(value, masked)
    if "\\u" in text:
        import json

        for value, kind in known.items():
            if not value.isascii() and (escaped := json.dumps(value)[1:-1]) in text.lower():
                text = _replace_folded(text, escaped, HIDE[kind](value))
    return text


def _replace_word(text: str, value: str, masked: str) -> str:
    """Replace a short ASCII value ("Li") where it stands alone, never inside another word."""
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if (at and text[at - 1].isalnum() and text[at - 1].isascii()) or (
            end < len(text) and text[end].isalnum() and text[end].isascii()
        ):
            at = text.find(value, end)
            continue
        text = text[:at] + masked + text[end:]
        at = text.find(value, at + len(masked))
    return text


def _replace_folded(text: str, escaped: str, masked: str) -> str:
    """Replace a \\uXXXX form in either case of its hex digits."""
    at = text.lower().find(escaped)
    while at >= 0:
        text = text[:at] + masked + text[at + len(escaped) :]
        at = text.lower().find(escaped, at + len(masked))
    return text
