"""What the log's CALL lines add up to: calls, failures by code, times by method. For the daily summary and doctor."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vcchk.base.errors import SUCCESSES
from vcchk.records.log import PREFIX, SUFFIX

MARK = " CALL  "
_BLANKS_BEFORE_MARK = 2
"""Date, time, process: what has more words is another line, in whose text the mark stands."""


@dataclass
class Statistics:
    """Calls of a span of time. ``times``: method → milliseconds. ``last``: the last call's local time, "" for none."""

    calls: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=dict)
    last: str = ""

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return self.failures.total()

    def add(self, line: str) -> None:
        """Count a line of the log; those of other kinds, and cut ones, do not count."""
        head, mark, text = line.partition(MARK)
        parts = text.split(" ", 3)
        if not mark or head.count(" ") != _BLANKS_BEFORE_MARK or len(parts) < 3 or not parts[2].rstrip().endswith("ms"):
            return
        method, code, took = parts[:3]
        try:
            milliseconds = float(took.rstrip().removesuffix("ms"))
        except ValueError:
            return
        self.calls += 1
        self.times.setdefault(method, []).append(milliseconds)
        self.last = max(self.last, head[:19])
        if code not in SUCCESSES:
            self.failures[code] += 1


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest of the values that ``percent`` (1 to 100) of them do not exceed (nearest rank)."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[rank - 1]


def of_days(folder: str, days: Iterable[str]) -> Statistics:
    """Return what the logs of ``days`` (yyyymmdd) in ``folder`` add up to; a day without a log counts nothing."""
    found = Statistics()
    for day in days:
        try:
            with open(os.path.join(folder, f"{PREFIX}{day}{SUFFIX}"), encoding="utf-8", errors="replace") as file:
                for line in file:
                    found.add(line)
        except OSError:
            continue
    return found


def last_days(folder: str, count: int) -> list[str]:
    """Return the newest days (yyyymmdd) that have a log in ``folder``, oldest first."""
    begin, end = len(PREFIX), len(SUFFIX)
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    days = (name[begin:-end] for name in names if name.startswith(PREFIX) and name.endswith(SUFFIX))
    return sorted(day for day in days if len(day) == 8 and day.isdigit())[-count:]


def recent(folder: str) -> Statistics:
    """Return the calls of today and yesterday, and the last call of all that the logs know."""
    now = time.time()
    days = [time.strftime("%Y%m%d", time.localtime(at)) for at in (now - 86400, now)]
    found = of_days(folder, days)
    for day in reversed(last_days(folder, 40)):
        if found.last:
            break
        found.last = of_days(folder, [day]).last
    return found
