"""What a person sees while the build works: numbered steps with seconds, and failures that say what to do."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

TICK_SECONDS = 10.0  # a step longer than this shows that it is alive


class Trouble(Exception):
    """A step that cannot go on. The text says what is wrong and what the person can do about it."""


class Step(NamedTuple):
    """One line of the build: `work` returns a short note ("already there", "24 modules"), or raises Trouble."""

    title: str
    work: Callable[[], str | None]


def line(text: str = "") -> None:
    """One line on stdout, at once: a build's log is read while it grows."""
    print(text, flush=True)


def run(steps: list[Step]) -> None:
    """Run the steps in order, each with its number, note and seconds. Raises what a step raises."""
    from . import lock

    with lock.held():
        _run(steps)


def _run(steps: list[Step]) -> None:
    for number, step in enumerate(steps, 1):
        _say(f"[{number}/{len(steps)}] {step.title} … ")
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
