"""The canonical form of business data, which several families sign instead of the text that they encrypt.

At every depth: names in byte order, null and empty text left out, numbers as strings (a platform's own signed message
has ``"12.50"`` for the 12.50 that it encrypts). The number's literal stays: Java's parser keeps ``12.50``.
"""

from __future__ import annotations

from vcchk.wire import jsontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def canonical(biz_text: str) -> str:
    """Return the canonical JSON text; text that is no JSON stays as it is."""
    try:
        value = jsontext.parse(biz_text)[0]
    except jsontext.JsonError:
        return biz_text
    return jsontext.compact(_canonical(value))


def _canonical(value: Any) -> Any:
    if type(value) is dict:
        return {name: _canonical(value[name]) for name in sorted(value) if value[name] not in (None, "")}
    if type(value) is list:
        # The vendor's copies disagree on "" inside a list (dropped, kept, an index error): kept.
        return [_canonical(item) for item in value]
    return str(value) if isinstance(value, jsontext.Literal) else value


def differences(biz_text: str) -> str:
    """Return what in business data makes their canonical form another text (Chinese), "" when it is the same.

    With such data a signature by ``biz_signed`` = as_is is another than one by canonical.
    """
    try:
        value = jsontext.parse(biz_text)[0]
    except jsontext.JsonError:
        return ""
    found = _differing(value)
    return "、".join(name for name in (_NUMBER, _EMPTY, _UNSORTED) if name in found)


_NUMBER, _EMPTY, _UNSORTED = "数字", "空值", "未按名称排序的成员"


def _differing(value: Any) -> set[str]:
    if type(value) is dict:
        found = {_EMPTY} if any(member in (None, "") for member in value.values()) else set()
        if list(value) != sorted(value):
            found.add(_UNSORTED)
        return found.union(*map(_differing, value.values()))
    if type(value) is list:
        return set().union(*map(_differing, value))
    return {_NUMBER} if isinstance(value, jsontext.Literal) else set()
