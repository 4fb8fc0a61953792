"""ZKTeco (熵基) QR readers.

After ZKTeco "QR Code Reader User Manual", command mode: 54h triggers, 50h ends the session; nothing is answered.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = b"\x54"
STOP = b"\x50"
WAKE = b""
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
