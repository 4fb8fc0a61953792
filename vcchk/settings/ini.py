"""Reading VirtualCardChk.ini: bytes in any encoding a hospital's editor writes → sections of text.

Own code for a page of rules because `configparser` interpolates ``%`` and costs 15 ms of a cold start.
"""

from __future__ import annotations

Sections = dict[str, dict[str, str]]


def decode(data: bytes) -> str:
    """Decode an INI file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (never raises)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def parse(text: str) -> tuple[Sections, list[str]]:
    """Return (sections, warnings). Section and key names are lower-cased, except that of a profile.

    A line is ``[section]``, ``key = value``, or a remark led by ``;`` or ``#``. A value is the text after the first
    ``=``, stripped, once unquoted; ``;`` inside a value belongs to it. What is none of these is a warning.
    """
    sections: Sections = {}
    warnings: list[str] = []
    current: dict[str, str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in ";#":
            continue
        if line[0] == "[":
            end = line.find("]")
            if end < 0:
                warnings.append(f"第 {number} 行：缺少 ]")
                current = None
                continue
            kind, colon, rest = line[1:end].strip().partition(":")
            name = kind.strip().lower() + (":" + rest.strip() if colon else "")
            current = sections.setdefault(name, {})
            continue
        key, equals, value = line.partition("=")
        if not equals:
            warnings.append(f"第 {number} 行：既不是 [节]，也不是 键=值")
            continue
        if current is None:
            warnings.append(f"第 {number} 行：设置项不在任何 [节] 之内")
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        current[key.strip().lower()] = value
    return sections, warnings
