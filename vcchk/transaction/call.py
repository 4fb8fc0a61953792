"""What one transaction is made of: the HIS's buffer, the platform's reply, and what is known of it under way."""

from __future__ import annotations

import time

from vcchk.base.record import Record
from vcchk.records import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vcchk.wire.codec import Opened, Raw
    from vcchk.wire.profile import Profile


class OutputBuffer(Record):
    """The HIS's OutData. ``excess(text)``: None when the text fits, else its size in bytes.

    ``capacity``: bytes with the NUL; ``setting``: the key of [abi] that says so.
    """

    excess: Callable[[str], int | None]
    capacity: int
    setting: str = "out_capacity"


class PlatformReply(Record):
    """A reply that could be read. ``sender``: wire profile and host; ``status``: HTTP's.

    ``asked_at``: when its request was sent, in seconds of `time.monotonic`.
    """

    profile: Profile
    sender: str
    status: int
    raw: Raw
    opened: Opened
    asked_at: float


class OngoingCall:
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

    def add_stages(self, stages: Mapping[str, float]) -> None:
        """Add the milliseconds that the gateway has measured itself."""
        for name, milliseconds in stages.items():
            self.stages[name] = self.stages.get(name, 0.0) + milliseconds
        self._mark = time.perf_counter()

    @property
    def total(self) -> float:
        """Milliseconds since the call began."""
        return (time.perf_counter() - self._begin) * 1000
