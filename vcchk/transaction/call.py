"""What one transaction is made of: who asks, what is known under way, what goes back."""

from __future__ import annotations

import time

from vcchk.base.record import Record
from vcchk.records import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Caller(Record):
    """What the answer must fit into. ``fits(text)``: None, or the size in bytes that does not fit.

    ``capacity``: bytes of OutData with the NUL; ``setting``: the key of [abi] that says so.
    """

    fits: Callable[[str], int | None]
    capacity: int
    setting: str = "out_capacity"


class Answer(Record):
    """What goes back: the return code and OutData's text. ``verbatim``: without the code in brackets behind it."""

    code: str
    text: str
    verbatim: bool


class Outcome(Record):
    """The platform's answer. ``code``: "00" or what the HIS is told; ``biz_text``: the flat reply in clear."""

    _secret = ("biz_text", "biz")
    code: str
    message: str = ""
    biz_text: str = ""
    biz: Mapping[str, Any] = {}


class Call:
    """One transaction under way: what is known of it so far, for the log and the journal."""

    def __init__(self) -> None:
        self.method = ""
        self.serial: tuple[str, str] | None = None
        self.writing = False
        self.row = journal.NOT_RECORDED
        self.stages: dict[str, float] = {}
        self.notes: dict[str, object] = {}
        self._begin = self._mark = time.perf_counter()

    def stage(self, name: str) -> None:
        """End the stage ``name``: its milliseconds are those since the stage before it ended."""
        now = time.perf_counter()
        self.stages[name] = self.stages.get(name, 0.0) + (now - self._mark) * 1000
        self._mark = now

    def measured(self, stages: Mapping[str, float]) -> None:
        """Take over stages that the gateway has measured itself."""
        for name, took in stages.items():
            self.stages[name] = self.stages.get(name, 0.0) + took
        self._mark = time.perf_counter()

    @property
    def total(self) -> float:
        """Milliseconds since the call began."""
        return (time.perf_counter() - self._begin) * 1000
