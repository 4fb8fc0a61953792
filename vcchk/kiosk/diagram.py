"""The sequence diagram of one visit as SVG: its own steps, and beside them what the sandbox saw of its transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import escape

from vcchk.kiosk.trace import ACTORS, DEVICE, LIBRARY, PLATFORM, SCANS, SHOWS, Step
from vcchk.records import masking

TRAFFIC = "traffic?count=1000"
NAMES = {"ec.query": "ec.query（医保服务）"}

_X = dict(zip(ACTORS, (70, 222, 358, 494, 630, 832), strict=True))
"""Where the lifelines stand: the names of methods are longer than what stands between the others."""
_WIDTH, _ROW, _TOP, _HALF = 904, 46, 78, 64
_GOOD, _BAD, _INK, _SOFT = "#1c8a4b", "#b83232", "#14323b", "#5b747c"


@dataclass(frozen=True)
class Line:
    """One arrow of the picture; ``is_reply``: dashed."""

    source: str
    target: str
    text: str
    is_good: bool = True
    is_reply: bool = False


def lines(steps: Sequence[Step], seen: Sequence[dict[str, Any]]) -> list[Line]:
    """Put the steps and the platform's rows together. ``seen``: the sandbox's traffic, masked."""
    drawn: list[Line] = []
    by_number = {row["number"]: row for row in seen}
    for step in _folded(steps):
        times = f"（{step.times} 次）" if step.times > 1 else ""
        drawn.append(Line(step.source, step.target, step.label + times))
        if step.device == SCANS:
            drawn.append(Line(LIBRARY, DEVICE, step.device))
        for row in [by_number[number] for number in step.numbers if number in by_number]:
            drawn.append(Line(LIBRARY, PLATFORM, NAMES.get(row["method"]) or row["method"]))
            result = f"{row['ret_code'] or row['http']}，{row['ms']} ms"
            drawn.append(Line(PLATFORM, LIBRARY, result, row["ret_code"] in ("0000", "0"), is_reply=True))
        if step.device == SHOWS and step.is_good:
            drawn.append(Line(LIBRARY, DEVICE, step.device))
        if step.answer:
            took = "" if step.ms is None else f"，{step.ms:.0f} ms"
            drawn.append(Line(step.target, step.source, step.answer + took, step.is_good, is_reply=True))
    return [replace(line, text=masking.mask_text(line.text)) for line in drawn]


def _folded(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, equal polls in a row as one: the last of them."""
    found: list[Step] = []
    for step in steps:
        before = found[-1] if found else None
        same = before and (before.label, before.answer, before.serial) == (step.label, step.answer, step.serial)
        if before and same and step.method:
            found[-1] = replace(step, times=before.times + 1, numbers=step.numbers or before.numbers)
        else:
            found.append(step)
    return found


def svg(drawn: Sequence[Line]) -> str:
    """Return the picture; every text in it is escaped."""
    height = _TOP + _ROW * len(drawn) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        ' role="img" aria-label="时序图" font-size="13" text-anchor="middle">'
    ]
    for actor, title in ACTORS.items():
        x = _X[actor]
        parts.append(
            f'<rect x="{x - _HALF}" y="14" width="{2 * _HALF}" height="36" rx="8" fill="#e5f2f4" stroke="#b8ccd1"/>'
            f'<text x="{x}" y="37" fill="{_INK}" font-weight="600">{escape(title)}</text>'
            f'<line x1="{x}" y1="50" x2="{x}" y2="{height - 8}" stroke="#d8e5e8" stroke-width="2"/>'
        )
    parts += [_arrow(line, _TOP + _ROW * number) for number, line in enumerate(drawn)]
    return "".join(parts) + "</svg>"


def _arrow(line: Line, y: int) -> str:
    begin, end = _X[line.source], _X[line.target]
    colour = (_GOOD if line.is_good else _BAD) if line.is_reply else _INK
    back = 9 if begin > end else -9
    dashed = ' stroke-dasharray="6 4"' if line.is_reply else ""
    head = f"{end},{y + 10} {end + back},{y + 5} {end + back},{y + 15}"
    text = escape(line.text)
    # Paper around the letters: lifelines run behind the labels of long arrows.
    return (
        f'<line x1="{begin}" y1="{y + 10}" x2="{end + back}" y2="{y + 10}" stroke="{colour}"{dashed}/>'
        f'<polygon points="{head}" fill="{colour}"/>'
        f'<text x="{_middle(line, begin, end)}" y="{y + 3}" fill="{colour}" stroke="#fff" stroke-width="5"'
        f' paint-order="stroke">{text}</text>'
    )


def _middle(line: Line, begin: int, end: int) -> float:
    """The middle of the arrow, moved so far that the text stays inside the picture."""
    half = sum(13 if ord(letter) > 255 else 7.2 for letter in line.text) / 2 + 6
    return min(max((begin + end) / 2, half), _WIDTH - half)
