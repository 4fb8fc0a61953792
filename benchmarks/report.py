"""The results as a table, as JSON, and as a chart."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

from native.buildkit import places

from .rows import Row

BEGIN = "<!-- figures: written by `python3 build_dll.py bench --record` -->"
END = "<!-- end of figures -->"
DOCUMENT = places.ROOT / "docs" / "performance.md"


def result(row: Row, rounds: list[tuple[float, ...]]) -> dict[str, Any]:
    """Return a row's figures: the medians of its sides, their combination, whether the limit holds."""
    sides = [statistics.median(side) for side in zip(*rounds, strict=True)]
    value = row.combine(*sides)
    return {
        "name": row.name,
        "title": row.title,
        "sides": dict(zip(row.sides, (round(side, 4) for side in sides), strict=True)),
        "value": round(value, 4),
        "unit": row.unit,
        "limit": row.limit,
        "most": row.most,
        "held": row.holds(value),
        "rounds": [[round(one, 4) for one in each] for each in rounds],
    }


def machine() -> dict[str, Any]:
    """Return what the figures were taken on; nothing that names the machine."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def table(results: list[dict[str, Any]], where: dict[str, Any], command: str) -> str:
    """Return the table in Markdown, with machine, date and command above it."""
    lines = [
        f"{where['date']}, {where['cores']} × {where['processor']}, {where['system']}, load average before the run "
        f"{where['load_before']}; `{command}`.",
        "",
        "| figure | sides, medians | result | to reach | |",
        "|---|---|---|---|---|",
    ]
    for row in results:
        sides = ", ".join(f"{name} {_short(value)}" for name, value in row["sides"].items())
        mark = "≤" if row["most"] else "≥"
        held = "yes" if row["held"] else "**not reached**"
        lines.append(
            f"| {row['title']} | {sides} | {_short(row['value'])} {row['unit']} | {mark} {row['limit']:g} | {held} |"
        )
    return "\n".join(lines) + "\n"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def record(results: list[dict[str, Any]], where: dict[str, Any], command: str) -> None:
    """Put the table into docs/performance.md, the JSON and the chart beside it."""
    text = DOCUMENT.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{table(results, where, command)}\n{END}{tail}", "utf-8")
    write(results, where, DOCUMENT.parent)


def write(results: list[dict[str, Any]], where: dict[str, Any], folder: Path) -> None:
    """Write performance.json and performance.png into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"machine": where, "rows": results}
    (folder / "performance.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
    chart(results, folder / "performance.png")


WIDTH, BAR, LEFT, TOP = 1000, 34, 560, 46
GOOD, BAD, LINE = (64, 145, 108), (196, 78, 82), (60, 60, 60)


def chart(results: list[dict[str, Any]], path: Path) -> None:
    """Draw each row's share of its limit; a bar beyond the line has not reached it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, TOP + BAR * len(results) + 20), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14)
    full = LEFT + (WIDTH - LEFT) * 0.62
    draw.text((20, 12), "Share of the limit used (left of the line: reached)", fill=LINE, font=font)
    for number, row in enumerate(results):
        top = TOP + number * BAR
        share = row["value"] / row["limit"] if row["most"] else row["limit"] / row["value"]
        end = min(WIDTH - 80, LEFT + max(0.0, share) * (full - LEFT))
        title = row["title"].replace("×", "x").replace("≥", ">=")
        title = title if len(title) <= 74 else title[:71] + "..."
        draw.text((20, top + 6), title, fill=LINE, font=font)
        draw.rectangle((LEFT, top + 4, max(LEFT + 2, end), top + BAR - 8), fill=GOOD if row["held"] else BAD)
        shown = f"{_short(row['value'])} {row['unit'].replace('×', 'x')}"
        draw.text((max(LEFT + 2, end) + 6, top + 6), shown, fill=LINE, font=font)
    draw.line((full, TOP - 4, full, TOP + BAR * len(results)), fill=LINE, width=2)
    image.save(path)
