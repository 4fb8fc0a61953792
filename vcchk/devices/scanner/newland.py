"""Newland (新大陆) scanners, single-character commands.

After Newland "User Guide", chapter "Serial Trigger Command": SOH T EOT starts a session, SOH P EOT ends it; a scanner
that answers commands does so with ACK (06h) or NAK (15h).
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream, exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = b"\x01T\x04"
STOP = b"\x01P\x04"
WAKE = b""
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: ACK and NAK taken out."""
    return Stream(exact((b"\x06",), (b"\x15",)))
