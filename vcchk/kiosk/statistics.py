"""监测分析统计: the uses of cards by operator, treatment and office, as the sandbox recorded them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = "statistics"
# what is counted: whether its code stands beside its name
WANTED = {"operator": False, "treatment": True, "office": True, "way": False}


def tables(answer: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """Return (what is counted, uses) by the title of each of `WANTED`, the most frequent first."""
    found = {}
    for name, has_code in WANTED.items():
        table = answer["by"][name]
        rows = [(f"{row['code']} {row['name']}" if has_code else row["name"], row["uses"]) for row in table["rows"]]
        found[table["title"]] = rows
    return found
