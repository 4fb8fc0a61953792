"""A scanner that reads all the time (continuous, presentation or hand-triggered): nothing is sent to it."""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TRIGGER = b""
STOP = b""
WAKE = b""
RETRIGGER_SECONDS = 0.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
