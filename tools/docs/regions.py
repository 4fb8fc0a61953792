"""Marked regions of sources: the lines between ``[docs NAME]`` and ``[/docs]``, whatever the language's remarks are."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BEGIN = re.compile(r"\[docs (\S+)\]")
_END = "[/docs]"

LANGUAGES: dict[str, tuple[str, str]] = {
    "delphi": ("docs/examples/firstcall.dpr", "pascal"),
    "powerbuilder": ("docs/examples/n_virtualcard.sru", "powerbuilder"),
    "csharp": ("docs/examples/firstcall.cs", "csharp"),
    "vb6": ("docs/examples/FirstCall.bas", "vb"),
    "c": ("docs/examples/firstcall.c", "c"),
    "python": ("docs/examples/firstcall.py", "python"),
    "node": ("docs/examples/firstcall.js", "js"),
}
"""Name in a marker → (source, language of its fence)."""

REGIONS = ("declare", "verify", "others")


def regions(path: str) -> dict[str, str]:
    """Return name → text of a source's regions, without their common indent. Raises ValueError for a broken mark."""
    found: dict[str, str] = {}
    name = ""
    lines: list[str] = []
    for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1):
        begin = _BEGIN.search(line)
        if begin and name:
            raise ValueError(f"{path}:{number}: [docs {name}] is not ended")
        if begin:
            name, lines = begin[1], []
        elif _END in line:
            if not name or name in found:
                raise ValueError(f"{path}:{number}: {_END} without a region of its own")
            found[name], name = textwrap.dedent("\n".join(lines)).strip("\n"), ""
        elif name:
            lines.append(line)
    if name:
        raise ValueError(f"{path}: [docs {name}] is not ended")
    return found
