"""Datalogic scanners (Gryphon, Magellan).

After Datalogic "Product Reference Guide", "Host commands": T triggers, X ends the session; nothing is answered.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = b"T"
STOP = b"X"
WAKE = b""
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
