"""The build's steps, run one after another or in lanes: what a person sees of them, and how one fails."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from . import lock

TICK_SECONDS = 10.0  # a step longer than this shows that it is alive


class BuildError(Exception):
    """A step that cannot go on. The text says what is wrong and what the person can do about it."""


class BuildStep(NamedTuple):
    """One line of the build: `work` returns a short note ("already there", "24 modules"), or raises BuildError."""

    title: str
    work: Callable[[], str | None]


def line(text: str = "") -> None:
    """One line on stdout, at once: a build's log is read while it grows."""
    print(text, flush=True)


def _say_that_another_runs() -> None:
    line("Another build is running in this tree; waiting for it.")


def run(steps: list[BuildStep]) -> None:
    """Run the steps in order, each with its number, note and seconds. Raises what a step raises."""
    with lock.held(_say_that_another_runs):
        _run(steps)


def run_lanes(first: list[BuildStep], lanes: list[list[BuildStep]]) -> None:
    """Run the steps of `first`, then all lanes at once, each lane's steps in order; a line for each step that ends.

    Steps of different lanes must not write the same files. A failed step ends its lane and keeps the others from
    beginning another step; what it raised is raised when they have stopped.
    """
    lanes = [lane for lane in lanes if lane]
    if len(lanes) < 2:
        run([*first, *(step for lane in lanes for step in lane)])
        return
    total = len(first) + sum(map(len, lanes))
    with lock.held(_say_that_another_runs):
        _run(first, total)
        _Lanes(len(first), total).run(lanes)


class _Lanes:
    """The lanes of one `run_lanes`, each in a thread of its own."""

    def __init__(self, begun: int, total: int) -> None:
        self._number, self._total = begun, total
        self._lock = threading.Lock()
        self._under_way: dict[str, float] = {}
        self._failures: list[BaseException] = []
        self._out = sys.stdout  # a step may turn sys.stdout elsewhere for a while, for all threads
        self._last_line_at = time.monotonic()

    def run(self, lanes: list[list[BuildStep]]) -> None:
        threads = [threading.Thread(target=self._lane, args=(lane,), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
                self._tick()
        if self._failures:
            raise self._failures[0]

    def _lane(self, steps: list[BuildStep]) -> None:
        for step in steps:
            if self._failures:
                return
            with self._lock:
                began = self._under_way[step.title] = time.monotonic()
            try:
                note = step.work() or "done"
            except BaseException as failure:
                self._failures.append(failure)
                note = "failed"
            with self._lock:
                del self._under_way[step.title]
                self._number += 1
                self._say(f"[{self._number}/{self._total}] {step.title} … {note}, {time.monotonic() - began:.1f} s")

    def _tick(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._last_line_at >= TICK_SECONDS and self._under_way:
                self._say("  under way: " + "; ".join(f"{t} ({now - b:.0f} s)" for t, b in self._under_way.items()))

    def _say(self, text: str) -> None:
        self._last_line_at = time.monotonic()
        self._out.write(text + "\n")
        self._out.flush()


def _run(steps: list[BuildStep], total: int = 0) -> None:
    total = total or len(steps)
    for number, step in enumerate(steps, 1):
        _say(f"[{number}/{total}] {step.title} … ")
        began = time.monotonic()
        done = threading.Event()
        ticker = threading.Thread(target=_tick, args=(done, began), daemon=True)
        ticker.start()
        try:
            note = step.work()
        except BaseException:
            _say("failed\n")
            raise
        finally:
            done.set()
            ticker.join()
        took = time.monotonic() - began
        _say(f"{note or 'done'}, {took:.1f} s\n")


def _tick(done: threading.Event, began: float) -> None:
    while not done.wait(TICK_SECONDS):
        _say(f"({time.monotonic() - began:.0f} s) ")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
