"""What an exchange gives back to the line, and how a request came."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Outcome:
    """What goes back. ``is_dropped``: the connection is to be closed without a byte. ``length``: bytes that the head
    promises when ``body`` is cut short. ``number``: of the call noted."""

    body: bytes
    content_type: str
    status: int = 200
    is_dropped: bool = False
    length: int | None = None
    number: int = 0


@dataclass(frozen=True)
class RequestOrigin:
    """How a request came: facts for the record. ``replay_of``: the call that it repeats, 0 for a caller's own."""

    path: str = ""
    content_type: str = ""
    replay_of: int = 0


UNKNOWN = RequestOrigin()


class ExchangeEnded(Exception):
    """The exchange ends with this outcome, whatever the method would have answered."""

    def __init__(self, outcome: Outcome, cause: str) -> None:
        self.outcome = outcome
        self.cause = cause
        super().__init__(cause)
