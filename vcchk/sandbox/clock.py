"""The platform's clock: real time plus a shift, or stopped, so that a test need not wait for an expiry."""

from __future__ import annotations

import time

EARLIEST, LATEST = 0.0, 4102444800.0
"""Seconds since 1970 that the clock may show: until the year 2100."""


class Clock:
    """Seconds since 1970 as the sandbox sees them. ``shift``: seconds added to real time; ``stopped``: the moment at
    which it stands still, None while it runs."""

    def __init__(self) -> None:
        self.shift = 0.0
        self.stopped: float | None = None

    def now(self) -> float:
        """Return seconds since 1970."""
        stopped = self.stopped
        return time.time() + self.shift if stopped is None else stopped

    def stamp(self) -> str:
        """Return the time as yyyyMMddHHmmss (document A 3.2), 14 digits, local time."""
        return text(self.now())

    def set(self, seconds: float) -> None:
        """Show this moment now."""
        self.shift = seconds - time.time()
        if self.stopped is not None:
            self.stopped = seconds

    def set_shift(self, shift: float) -> None:
        """Show real time plus ``shift`` seconds now."""
        self.shift = shift
        if self.stopped is not None:
            self.stopped = time.time() + shift

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds at once."""
        self.shift += seconds
        if self.stopped is not None:
            self.stopped += seconds

    def stop(self) -> None:
        """Stand still."""
        self.stopped = self.now()

    def start(self) -> None:
        """Run on from where it stands."""
        if self.stopped is not None:
            self.shift, self.stopped = self.stopped - time.time(), None

    def become(self, other: Clock) -> None:
        """Take over another clock's state. Raises ValueError when that is outside `EARLIEST` to `LATEST`."""
        if not (EARLIEST <= other.now() <= LATEST and abs(other.shift) <= LATEST):
            raise ValueError(other.now())
        self.shift, self.stopped = other.shift, other.stopped


def text(seconds: float, form: str = "%Y%m%d%H%M%S") -> str:
    """Return seconds since 1970 as local time in ``form``."""
    return time.strftime(form, time.localtime(seconds))


def moment(stamp: str) -> float:
    """Return the seconds since 1970 of a yyyyMMddHHmmss in local time; raises ValueError."""
    return time.mktime(time.strptime(stamp, "%Y%m%d%H%M%S"))
