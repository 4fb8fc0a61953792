"""A scanner that reads all the time (continuous, presentation or hand-triggered): nothing is sent to it."""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = b""
STOP = b""
WAKE = b""
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 0.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
