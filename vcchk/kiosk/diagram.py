"""The sequence diagram of one visit: its own steps, and beside them what the sandbox saw of its transactions.

Which arrows there are, and where they stand; templates/diagram_svg.html draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from vcchk.kiosk.trace import ACTORS, DEVICE, LIBRARY, PLATFORM, SCANS, SHOWS, TraceStep
from vcchk.records import masking

TRAFFIC = "traffic?count=1000"
NAMES = {"ec.query": "ec.query（医保服务）"}

_X = dict(zip(ACTORS, (70, 222, 358, 494, 630, 832), strict=True))
"""Where the lifelines stand: the names of methods are longer than what stands between the others."""
_WIDTH, _ROW, _TOP, _TIP = 904, 46, 78, 9


@dataclass(frozen=True)
class Arrow:
    """One arrow of the picture; ``is_reply``: dashed."""

    source: str
    target: str
    text: str
    is_good: bool = True
    is_reply: bool = False


def arrows(steps: Sequence[TraceStep], seen: Sequence[dict[str, Any]]) -> list[Arrow]:
    """Put the steps and the platform's rows together. ``seen``: the sandbox's traffic, masked."""
    drawn: list[Arrow] = []
    by_number = {row["number"]: row for row in seen}
    for step in _folded(steps):
        times = f"（{step.times} 次）" if step.times > 1 else ""
        drawn.append(Arrow(step.source, step.target, step.label + times))
        if step.device == SCANS:
            drawn.append(Arrow(LIBRARY, DEVICE, step.device))
        for row in [by_number[number] for number in step.numbers if number in by_number]:
            drawn.append(Arrow(LIBRARY, PLATFORM, NAMES.get(row["method"]) or row["method"]))
            result = f"{row['ret_code'] or row['http']}，{row['ms']} ms"
            drawn.append(Arrow(PLATFORM, LIBRARY, result, row["ret_code"] in ("0000", "0"), is_reply=True))
        if step.device == SHOWS and step.is_good:
            drawn.append(Arrow(LIBRARY, DEVICE, step.device))
        if step.answer:
            took = "" if step.ms is None else f"，{step.ms:.0f} ms"
            drawn.append(Arrow(step.target, step.source, step.answer + took, step.is_good, is_reply=True))
    return [replace(line, text=masking.mask_text(line.text)) for line in drawn]


def _folded(steps: Sequence[TraceStep]) -> list[TraceStep]:
    """Return the steps, equal polls in a row as one: the last of them."""
    found: list[TraceStep] = []
    for step in steps:
        before = found[-1] if found else None
        same = before and (before.label, before.answer, before.serial) == (step.label, step.answer, step.serial)
        if before and same and step.method:
            found[-1] = replace(step, times=before.times + 1, numbers=step.numbers or before.numbers)
        else:
            found.append(step)
    return found


@dataclass(frozen=True)
class DrawnArrow:
    """An arrow in the picture: from ``begin`` to ``end`` (x) at ``y``; ``head``: the points of its tip.

    ``text_x``: the middle of its label.
    """

    arrow: Arrow
    begin: int
    end: int
    y: int
    head: str
    text_x: float


@dataclass(frozen=True)
class DiagramLayout:
    """What templates/diagram_svg.html draws. ``lifelines``: (x, title) of each actor."""

    width: int
    height: int
    lifelines: tuple[tuple[int, str], ...]
    arrows: tuple[DrawnArrow, ...]


def layout(drawn: Sequence[Arrow]) -> DiagramLayout:
    """Return where everything stands."""
    return DiagramLayout(
        width=_WIDTH,
        height=_TOP + _ROW * len(drawn) + 24,
        lifelines=tuple((_X[actor], title) for actor, title in ACTORS.items()),
        arrows=tuple(_placed(arrow, _TOP + _ROW * number + 10) for number, arrow in enumerate(drawn)),
    )


def _placed(arrow: Arrow, y: int) -> DrawnArrow:
    begin, tip = _X[arrow.source], _X[arrow.target]
    end = tip + (_TIP if begin > tip else -_TIP)
    head = f"{tip},{y} {end},{y - 5} {end},{y + 5}"
    return DrawnArrow(arrow, begin, end, y, head, _middle(arrow.text, begin, tip))


def _middle(text: str, begin: int, end: int) -> float:
    """Return the middle of the arrow, moved so far that the text stays inside the picture."""
    half = sum(13 if ord(letter) > 255 else 7.2 for letter in text) / 2 + 6
    return min(max((begin + end) / 2, half), _WIDTH - half)
