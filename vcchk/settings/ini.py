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


def parse(text: str) -> tuple[list[Entry], list[tuple[int, str]]]:
    """Return (entries, warnings as line number and Chinese text).

    Section and key names are lower-cased, except that of a profile. A line is ``[section]``, ``key = value``, or a
    remark led by ``;`` or ``#``. A value is the text after the first ``=``, stripped, once unquoted; ``;`` inside a
    value belongs to it. What is none of these is a warning.
    """
    entries: list[Entry] = []
    warnings: list[tuple[int, str]] = []
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in ";#":
            continue
        if line[0] == "[":
            section = section_name(line)
            if section:
                entries.append((section, "", "", number))
            else:
                warnings.append((number, "缺少 ]"))
            continue
        key, equals, value = line.partition("=")
        if not equals:
            warnings.append((number, "既不是 [节]，也不是 键=值"))
        elif not section:
            warnings.append((number, "设置项不在任何 [节] 之内"))
        else:
            entries.append((section, key.strip().lower(), _unquoted(value.strip()), number))
    return entries, warnings


def section_name(line: str) -> str:
    """Return the name between the brackets, "" when the second one is missing or nothing is between them."""
    end = line.find("]")
    if end < 0:
        return ""
    kind, colon, rest = line[1:end].strip().partition(":")
    return kind.strip().lower() + (":" + rest.strip() if colon else "")


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
