"""Grow (格罗) GM65 and GM861 modules.

After Grow "GM65 Bar Code Reader Module User Manual", "Command triggered mode": writing 01h to zone 0002h starts a
session, writing 00h ends it; AB CD stands for "no CRC". Answered by 02 00 00 01 00 33 31.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream, exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = bytes.fromhex("7E 00 08 01 00 02 01 AB CD")
STOP = bytes.fromhex("7E 00 08 01 00 02 00 AB CD")
WAKE = b""
ACKNOWLEDGED = bytes.fromhex("02 00 00 01 00 33 31")
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: acknowledgements taken out."""
    return Stream(exact((ACKNOWLEDGED,)))
