"""One point in time that no part of a call may outlast: the network has one deadline for the whole call."""

from __future__ import annotations

from time import monotonic


class Deadline:
    """``seconds`` from now on the monotonic clock, so that setting the machine's time cannot move it."""

    __slots__ = ("at",)

    def __init__(self, seconds: float) -> None:
        self.at = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that remain, 0.0 when none do."""
        left = self.at - monotonic()
        return left if left > 0.0 else 0.0

    @property
    def expired(self) -> bool:
        """True once no time remains."""
        return monotonic() >= self.at

    def sooner(self, seconds: float) -> Deadline:
        """Return the earlier of this deadline and ``seconds`` from now: a limit for one step of the whole."""
        other = Deadline(seconds)
        return self if self.at <= other.at else other
