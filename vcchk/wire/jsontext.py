"""JSON that keeps what a parser would lose: the order of members and number literals exactly as written.

Numbers (and true, false, null where text is wanted) are `Literal`: text that is written without quotes.
"""

from __future__ import annotations

# The C module under json: json itself draws in re and enum, a tenth of a cold start.
from _json import encode_basestring, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DEPTH = 64
"""Brackets within brackets: the scanner recurses on the stack. The documents' deepest message has four (card_list)."""


class Literal(str):
    """JSON text that is written as it stands: a number's literal, or a nested value's compact text."""

    __slots__ = ()


class JsonError(Exception):
    """Text that is not JSON. ``reason``: Chinese; ``position``: 1-based, in characters, 0 when none."""

    def __init__(self, reason: str, position: int = 0) -> None:
        self.reason = reason
        self.position = position
        super().__init__(reason)


def _check_depth(text: str) -> None:
    """Raise JsonError when brackets outside strings nest deeper than `MAX_DEPTH`."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    import re

    depth = 0
    # A string, closed or not, in one possessive step (no backtracking on hostile input), else one bracket.
    for token in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', text, re.DOTALL):
        sign = token[0]
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonError(f"嵌套超过 {MAX_DEPTH} 层", token.start() + 1)
        elif sign in "]}":
            depth -= 1


def _refuse_constant(name: str) -> Any:
    raise JsonError(f"{name} 不是 JSON 的值")


class _MemberTwice(Exception):
    """An object has two members of one name."""


def _made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these members. Raises _MemberTwice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _MemberTwice
    return made


class _Repeated:
    """Makes objects all the same, and remembers the names that came twice; one a parse."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                self.names.append(name)
            seen.add(name)
        return dict(pairs)


class _Rules:
    """What the scanner asks about (the attributes of json.JSONDecoder)."""

    strict = False
    object_hook = None
    parse_float = parse_int = Literal
    parse_constant = staticmethod(_refuse_constant)

    def __init__(self, object_pairs_hook: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> None:
        self.object_pairs_hook = object_pairs_hook


_scan = make_scanner(_Rules(_made))  # type: ignore[arg-type]
"""One for all threads, as `json` has one: to make a scanner costs more than to read an ordinary message."""


def _scanned(text: str) -> tuple[Any, list[str], int]:
    """Return (value, names of members that came twice, where the value ends)."""
    try:
        value, end = _scan(text, 0)
        return value, [], end
    except _MemberTwice:
        repeated = _Repeated()
        value, end = make_scanner(_Rules(repeated))(text, 0)  # type: ignore[arg-type]
        return value, repeated.names, end


def _explained(text: str) -> JsonError:
    """Return why ``text``, which the scanner has refused, is not JSON."""
    from vcchk.wire import json_slips  # for what is wrong alone, and no part of a call that is not

    return JsonError(*json_slips.explain(text))


def parse(text: str) -> tuple[Any, list[str]]:
    """Return (value, names of members that came twice; the last one wins). Numbers become `Literal`.

    Control characters inside strings are tolerated, also a BOM before and blanks and NULs behind. Raises JsonError.
    """
    value, twice, rest = parse_first(text)
    if rest:
        raise JsonError("JSON 之后还有多余内容", len(text.rstrip(_AROUND)) - len(rest) + 1)
    return value, twice


_AROUND = " \t\r\n\0\ufeff"


def parse_first(text: str) -> tuple[Any, list[str], str]:
    """Return what `parse` does, and the text that stands behind the value, "" for none. Raises JsonError."""
    text = text.strip(_AROUND)
    _check_depth(text)
    try:
        value, twice, end = _scanned(text)
    except (StopIteration, ValueError, SystemError):
        # SystemError: the scanner's own errors are json.decoder's, and without that module it sets none.
        raise _explained(text) from None
    return value, twice, text[end:].lstrip(_AROUND)


def as_written(text: str) -> dict[str, Literal]:
    """Return an object's members as they stand in ``text``, which `parse` has accepted: name → the value's own text."""
    text = text.strip(_AROUND)
    scan = make_scanner(_Rules(dict))  # type: ignore[arg-type]
    found: dict[str, Literal] = {}
    position = _next(text, 1)
    while text[position] != "}":
        name, position = scan(text, position)
        begin = _next(text, _next(text, position) + 1)  # behind the colon
        _, position = scan(text, begin)
        found[name] = Literal(text[begin:position])
        position = _next(text, position)
        if text[position] == ",":
            position = _next(text, position + 1)
    return found


def _next(text: str, position: int) -> int:
    """Return the position of the next character that is no blank."""
    while text[position] in " \t\r\n":
        position += 1
    return position


_LITERALS = {True: "true", False: "false", None: "null"}


def quote(text: str) -> str:
    """Return a JSON string: characters as themselves, only quotes, backslashes, control characters escaped.

    A lone surrogate, which no encoding can carry, stays a ``\\uXXXX`` escape.
    """
    return _without_surrogates(encode_basestring(text))


def _without_surrogates(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join([f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text])
    return text


def compact(value: Any) -> str:
    """Return the JSON text of ``value``, separators ``,`` and ``:``; takes what `parse` gives, and int and float."""
    return _without_surrogates(_written(value))


_TEXTS = {str}
_encode_texts = make_encoder(None, str, encode_basestring, None, ":", ",", False, False, False)
"""Writes what has no `Literal` and nothing nested, in C: (object, 0) → its text in parts."""


def _written(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict:
        if set(map(type, value.values())) <= _TEXTS:  # most messages
            return "".join(_encode_texts(value, 0))
        members = [
            f"{encode_basestring(name)}:{encode_basestring(item) if type(item) is str else _written(item)}"
            for name, item in value.items()
        ]
        return "{" + ",".join(members) + "}"
    if kind is Literal:
        return str(value)
    if kind is list or kind is tuple:
        return "[" + ",".join([_written(item) for item in value]) + "]"
    if value is None or kind is bool:
        return _LITERALS[value]
    import json

    return json.dumps(value, ensure_ascii=False)


def scalar(value: Any) -> str:
    """Return a member's value as envelope text: strings as they are, anything else as its `Literal` JSON text."""
    return value if isinstance(value, str) else Literal(compact(value))
