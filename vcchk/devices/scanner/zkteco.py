"""ZKTeco (熵基) QR readers.

After ZKTeco "QR Code Reader User Manual", command mode: 54h triggers, 50h ends the session; nothing is answered.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TRIGGER = b"\x54"
STOP = b"\x50"
WAKE = b""
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
