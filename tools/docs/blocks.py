"""The blocks that stand within hand-written documents. A new kind is one row of `BLOCKS`.

In a document:  ``<!-- generated: NAME -->`` … ``<!-- end -->``
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.docs import tables
from tools.docs.markdown import fence
from tools.docs.regions import LANGUAGES, REGIONS, ROOT, regions
from vcchk.settings import SECTIONS

_BLOCK = re.compile(r"^( *)<!-- generated: (.+?) -->\n.*?^\1<!-- end -->", re.DOTALL | re.MULTILINE)


def _example(language: str, region: str) -> str:
    path, tongue = LANGUAGES[language]
    return fence(tongue, regions(path)[region])


def _in_data(path: Path) -> str:
    return fence("json", path.read_text("utf-8"))


BLOCKS: dict[str, Callable[[], str]] = {
    **{f"example {name} {part}": partial(_example, name, part) for name in LANGUAGES for part in REGIONS},
    **{f"indata {path.stem}": partial(_in_data, path) for path in (ROOT / "docs/examples/indata").glob("*.json")},
    **{f"ini {name}": partial(tables.ini_section, name) for name in SECTIONS},
    "return codes": tables.return_codes,
    "dictionaries": tables.dictionary_counts,
    "commands": tables.commands,
}


def fill(text: str) -> str:
    """Return a document with its blocks made anew, indented as their markers. Raises KeyError for an unknown block."""
    return _BLOCK.sub(_made, text)


def _made(match: re.Match[str]) -> str:
    indent, name = match.groups()
    body = f"<!-- generated: {name} -->\n{BLOCKS[name]()}<!-- end -->"
    return textwrap.indent(body, indent)


def used(text: str) -> list[str]:
    """Return the names of a document's blocks."""
    return [match[2] for match in _BLOCK.finditer(text)]
