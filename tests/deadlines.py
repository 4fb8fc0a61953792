"""Time in tests: what must come is waited for, patiently; what has a deadline is held to it, on a busy machine too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 60.0
"""Seconds to wait for what must come. Nothing is measured by it: only what never comes outlasts it."""
MARGIN = 3
"""The machines of a test run are shared; what ignores its deadline outlasts it many times."""


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for a condition; fails naming it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.01)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The block has a deadline of so many seconds; fails when it took three times as long.

    What it waits for must take longer still, or never come, else nothing is seen.
    """
    begin = time.monotonic()
    yield
    took = time.monotonic() - begin
    assert took < seconds * MARGIN, f"{took:.2f} s, with a deadline of {seconds} s"
