"""What the platform saw: the last calls in memory, and one log line a call.

Raw bytes stay in memory alone; what pages and tests see of them is made when somebody looks
(`vcchk.sandbox.call_views`), never on the way of a call. Nothing of a person is ever written to the log.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from vcchk.sandbox.call_views import log_line
from vcchk.sandbox.clock import Clock
from vcchk.sandbox.seen_call import SeenCall
from vcchk.specification import kinds

MAX_CALLS = 5000
"""How many calls are remembered."""
MAX_BYTES = 64 << 20
"""Bytes of all bodies and texts together; the oldest calls are forgotten before it is more."""


class Calls:
    """The ring of calls, newest last."""

    def __init__(self, clock: Clock, write: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._ring: deque[SeenCall] = deque()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._weight = 0
        self.write = write

    def note(self, **facts: Any) -> SeenCall:
        """Remember a call and write its log line."""
        seen = SeenCall(next(self._numbers), self._clock.now(), **facts)
        self._keep(seen)
        if self.write is not None:
            self.write(_printable(log_line(seen)))
            for line in seen.diagnosis.lines if seen.diagnosis else ():
                self.write("  " + _printable(line))
        return seen

    def _keep(self, seen: SeenCall) -> None:
        with self._lock:
            if len(self._ring) == MAX_CALLS:
                self._weight -= self._ring.popleft().weight
            self._ring.append(seen)
            self._weight += seen.weight
            while self._weight > MAX_BYTES and len(self._ring) > 1:
                self._weight -= self._ring.popleft().weight

    def last(self, count: int = 100, method: str = "", since: int = 0) -> list[SeenCall]:
        """Return the newest calls, oldest first; ``since``: only those with a greater number."""
        wanted = kinds.bare(method) if method else ""
        rows = [s for s in self._all() if s.number > since and wanted in ("", kinds.bare(s.method))]
        return rows[-count:] if count else []

    def get(self, number: int) -> SeenCall | None:
        """Return a call by its number."""
        return next((s for s in self._all() if s.number == number), None)

    def clear(self) -> None:
        """Forget all; numbers go on."""
        with self._lock:
            self._ring.clear()
            self._weight = 0

    def _all(self) -> list[SeenCall]:
        with self._lock:
            return list(self._ring)


def _printable(line: str) -> str:
    """One line stays one, and nothing in it steers a terminal."""
    return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)


class LineWriter:
    """Writes log lines to a file (appended, UTF-8) or to stderr; a lost line never stops a call."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.Lock()
        self._stream = open(path, "a", encoding="utf-8", buffering=1) if path else sys.stderr  # noqa: SIM115

    def __call__(self, line: str) -> None:
        if self._stream is None:  # a windowed program has no stderr
            return
        try:
            with self._lock:
                self._stream.write(line + "\n")
        except (OSError, ValueError):
            pass
