"""What really happened in one visit, step by step: what its sequence diagram is made of. Nothing personal goes in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PERSON, TERMINAL, ARCHIVE, DEVICE, LIBRARY, PLATFORM = "person", "terminal", "archive", "device", "library", "platform"
ACTORS = {
    PERSON: "患者",
    TERMINAL: "终端 / HIS",
    ARCHIVE: "院内档案",
    DEVICE: "读卡 / 扫码 / 屏",
    LIBRARY: "VirtualCardChk",
    PLATFORM: "平台",
}

SCANS = "触发扫码枪，等待读码"
"""Before the platform is asked."""
SHOWS = "扩展屏显示授权二维码"
"""After it has answered."""


@dataclass
class TraceStep:
    """One arrow. ``began``: seconds since 1970; ``ms``: how long it took (None: a moment); ``answer``: what came back,
    "" for nothing. ``method`` and ``serial``: of a transaction; ``numbers``: of its own calls in the sandbox's traffic.
    ``device``: `SCANS` or `SHOWS`, at a device meanwhile. ``times``: how often in a row."""

    source: str
    target: str
    label: str
    began: float
    ms: float | None = None
    answer: str = ""
    is_good: bool = True
    method: str = ""
    serial: str = ""
    numbers: tuple[int, ...] = ()
    device: str = ""
    times: int = 1


class Trace:
    """The steps of one visit, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: list[TraceStep] = []

    def note(self, source: str, target: str, label: str, *, before: TraceStep | None = None) -> None:
        """Keep a step that took no time worth telling; ``before`` the one by which it was noticed."""
        step = TraceStep(source, target, label, time.time())
        with self._lock:
            place = next((n for n, one in enumerate(self._steps) if one is before), len(self._steps))
            self._steps.insert(place, step)

    @contextmanager
    def timed(self, target: str, label: str, method: str = "", serial: str = "") -> Iterator[TraceStep]:
        """Keep a step of the terminal's and how long it took; the block fills in ``answer`` and ``is_good``."""
        step = TraceStep(TERMINAL, target, label, time.time(), method=method, serial=serial)
        began = time.perf_counter()
        with self._lock:
            self._steps.append(step)
        try:
            yield step
        finally:
            step.ms = (time.perf_counter() - began) * 1000

    def last(self) -> TraceStep:
        """Return the newest step."""
        with self._lock:
            return self._steps[-1]

    @property
    def has_calls(self) -> bool:
        """Whether the library was called: before that there is nothing to draw."""
        return any(step.target == LIBRARY for step in self.steps())

    def steps(self) -> list[TraceStep]:
        """Return the steps so far."""
        with self._lock:
            return list(self._steps)
