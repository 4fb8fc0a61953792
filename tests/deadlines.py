"""Deadlines of the package, seen from outside: a call that has one ends by it, on a busy machine too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

MARGIN = 3
"""The machines of a test run are shared; what ignores its deadline outlasts it many times."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The block has a deadline of so many seconds; fails when it took three times as long."""
    begin = time.monotonic()
    yield
    took = time.monotonic() - begin
    assert took < seconds * MARGIN, f"{took:.2f} s, with a deadline of {seconds} s"
