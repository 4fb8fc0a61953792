"""Honeywell scanners (Xenon, Voyager, 霍尼韦尔).

After Honeywell "User Guide", chapter "Trigger Commands": SYN T CR activates, SYN U CR deactivates; nothing is answered.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.options import Option

TRIGGER = b"\x16T\r"
STOP = b"\x16U\r"
WAKE = b""
OPTIONS: tuple[Option, ...] = ()
RETRIGGER_SECONDS = 5.0


def stream() -> Stream:
    """Return the reader of its bytes: codes alone."""
    return Stream()
