"""Reading VirtualCardChk.ini: bytes in any encoding a hospital's editor writes → lines of section, key, value.

Own code for a page of rules because `configparser` interpolates ``%`` and costs 15 ms of a cold start.
"""

from __future__ import annotations

from vcchk.base import encoding

Entry = tuple[str, str, str, int]
"""(section, key, value, line number from 1); the key is "" for the line of the section itself."""


def decode(data: bytes) -> str:
    """Decode an INI file: UTF-16 with BOM, UTF-8 with BOM or without, GB18030; never raises."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return encoding.decode(data).text


_SIGNS = str.maketrans("［【］】＠：", "[[]]@:")
"""What a Chinese input method types for the signs of a section's line."""
_INVISIBLE = str.maketrans("", "", "\0\ufeff\u200b")
"""A byte order mark where two files were joined, and the NULs of PowerShell's ``>>``, which appends UTF-16."""
_QUOTES = ('""', "''", "“”")


def parse(text: str) -> tuple[list[Entry], list[tuple[int, str]]]:
    """Return (entries, warnings as line number and Chinese text).

    Section and key names are lower-cased, except that of a profile. A line is ``[section]``, ``key = value``, or a
    remark led by ``;`` or ``#``; their signs may be full-width. A value is the text after the first ``=``, stripped,
    once unquoted; ``;`` inside a value belongs to it. What is none of these is a warning.
    """
    entries: list[Entry] = []
    warnings: list[tuple[int, str]] = []
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = cleaned(raw)
        if not line or line[0] in ";#；＃":
            continue
        if is_heading(line):
            section, rest = heading(line)
            if section:
                entries.append((section, "", "", number))
            else:
                warnings.append((number, "缺少 ]"))
            if rest and rest[0] not in ";#；＃":
                warnings.append((number, "] 后面的内容没有起作用，请另起一行"))
            continue
        pair = key_and_value(line)
        if pair is None:
            warnings.append((number, "既不是 [节]，也不是 键=值"))
        elif not section:
            warnings.append((number, "设置项不在任何 [节] 之内"))
        elif not pair[0]:
            warnings.append((number, "= 前面缺少设置项的名称"))
        else:
            entries.append((section, *pair, number))
    return entries, warnings


def cleaned(raw: str) -> str:
    """Return a line without what cannot be seen at its ends, nor marks and NULs inside it."""
    return raw.translate(_INVISIBLE).strip()


def is_heading(line: str) -> bool:
    """Tell whether a cleaned line begins a section."""
    return line[:1] in ("[", "［", "【")


def heading(line: str) -> tuple[str, str]:
    """Return (name between the brackets, text behind them); "" when the second one or the name is missing."""
    inside, _, rest = line.translate(_SIGNS)[1:].partition("]")
    if "]" not in line.translate(_SIGNS):
        return "", ""
    kind, colon, name = inside.strip().partition(":")
    return kind.strip().lower() + (":" + name.strip() if colon else ""), rest.strip()


def key_and_value(line: str) -> tuple[str, str] | None:
    """Return a cleaned line's key and value; None when it has neither ``=`` nor, in its place, ``:``."""
    for signs in ("=＝", ":："):
        found = [line.find(sign) for sign in signs if sign in line]
        if found:
            return line[: min(found)].strip().lower(), _unquoted(line[min(found) + 1 :].strip())
    return None


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] + value[-1] in _QUOTES
    return value[1:-1] if quoted else value
