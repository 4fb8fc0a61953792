"""The platform's clock: real time plus a shift, so that a test need not wait for an expiry."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970 as the sandbox sees them."""

    def __init__(self) -> None:
        self.shift = 0.0

    def now(self) -> float:
        """Return seconds since 1970, shift included."""
        return time.time() + self.shift

    def stamp(self) -> str:
        """Return the time as yyyyMMddHHmmss (document A 3.2), 14 digits, local time."""
        return text(self.now())


def text(seconds: float, form: str = "%Y%m%d%H%M%S") -> str:
    """Return seconds since 1970 as local time in ``form``."""
    return time.strftime(form, time.localtime(seconds))
