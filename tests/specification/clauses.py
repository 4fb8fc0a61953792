"""The clauses of both documents, read from their texts: every numbered heading, table row, sample and figure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.specification import printed

HEADING, ROW, SAMPLE, FIGURE = "heading", "row", "sample", "figure"
_BOOKMARK = re.compile(r"\[bookmark: [^\]]*\]")
_TITLE_A = re.compile(r"\[bookmark: _Toc|^附录|^HIS系统注册|^院内系统读卡")
_TITLE_B = re.compile(r"(?:附录\s?\d|\d+(?:\.\d+)*)\s?\S")
_NUMBER_B = re.compile(r"附录\s?\d|\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Clause:
    """``place``: the heading that it stands under, as it is printed. ``line``: of the document's text, from 1."""

    document: str
    kind: str
    place: str
    line: int
    cells: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """What is printed, in one line."""
        return " ".join(" ".join(self.cells).split())


def clauses(document: str) -> list[Clause]:
    """Return a document's clauses in its order."""
    lines = printed.text(document).split("\n")
    return _of_a(lines) if document == "A" else _of_b(lines)


_FIRST_CELLS = ("\t", " \t")
"""How a row begins; with a blank where Word had no empty line before it."""


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(" \t") and not line.strip().startswith("附录")


def _of_a(lines: list[str]) -> list[Clause]:
    """Document A: headings have Word's bookmark ``_Toc``; a row is a group of lines, a cell begins with a tab."""
    found: list[Clause] = []
    place, number = "", 0
    while number < len(lines):
        raw = lines[number]
        line = _BOOKMARK.sub("", raw)
        at = number + 1
        if raw.startswith(_FIRST_CELLS):
            group = [line]
            while number + 1 < len(lines) and _goes_on(lines[number + 1]):
                number += 1
                group.append(_BOOKMARK.sub("", lines[number]))
            cells = tuple(" ".join(cell.split()) for cell in "\n".join(group).split("\n\t"))
            found.append(Clause("A", ROW, place, at, tuple(cell.strip() for cell in cells)))
        elif line.strip().startswith(("image", "act ")):
            break  # behind the last table: the words of the drawings, which Word keeps as pictures
        elif "[image:" in line:
            found.append(Clause("A", FIGURE, place, at, (place,)))
        elif line.startswith("{"):
            found.append(Clause("A", SAMPLE, place, at, (line.strip(),)))
        elif _TITLE_A.search(raw) and line.strip():
            place = " ".join(line.split())
            found.append(Clause("A", HEADING, place, at, (place,)))
        number += 1
    return found


_TABLE_OF_CONTENTS_B = 88
_FIGURES_B = ("2.1.2.1", "2.1.2.2", "2.1.2.3", "2.1.2.4", "2.2.2.1", "2.2.2.2", "2.2.2.3", "2.3.2.1", "2.3.2.2")
"""The text of document B has lost its figures; these sections consist of one each, as document A's do."""


def _of_b(lines: list[str]) -> list[Clause]:
    """Document B: headings begin with their number; a row begins with a line that has a tab, and may go on."""
    found: list[Clause] = []
    place, is_version_table = "", True
    for at, line in enumerate(lines, 1):
        if at <= _TABLE_OF_CONTENTS_B and not (is_version_table and line.startswith(("v1.", "V1."))):
            continue
        is_version_table = False if at > _TABLE_OF_CONTENTS_B else is_version_table
        if line.startswith(("{", "例：")):
            found.append(Clause("B", SAMPLE, place, at, (line.strip(),)))
        elif "\t" not in line and _TITLE_B.match(line) and _is_title(line):
            place = " ".join(line.split())
            found.append(Clause("B", HEADING, place, at, (place,)))
            if _NUMBER_B.match(place)[0] in _FIGURES_B:  # type: ignore[index]
                found.append(Clause("B", FIGURE, place, at, (place,)))
        elif _is_row(line, place):
            found.append(Clause("B", ROW, place, at, tuple(" ".join(cell.split()) for cell in line.split("\t"))))
    return found


def _is_title(line: str) -> bool:
    """A number and a title; not an item of a list (``1. ``) and not a value of one (``3 医疗卫生机构窗口申请``)."""
    is_numbered = re.match(r"(?:\d+(?:\.\d+)+|[1-4]) \S|附录|\d\.\d\S", line) is not None
    return is_numbered and not re.match(r"\d\. |0|A1|1 APP|[1-4] (?:医|批)", line)


def _is_row(line: str, place: str) -> bool:
    """A line that begins a row: it has a first cell, or the three empty ones of 2.9; what goes on has neither."""
    if "\t" not in line or not line.strip():
        return False
    first = line.split("\t")[0].strip()
    return bool(first) or (place.startswith("2.9") and line.startswith("\t\t"))
