"""Datalogic scanners (Gryphon, Magellan).

After Datalogic "Product Reference Guide", "Host commands": T triggers, X ends the session; nothing is answered.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TRIGGER = b"T"
STOP = b"X"
WAKE = b""
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
