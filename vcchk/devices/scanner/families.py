"""The scanners that are known, a row a family: what makes one read, what ends that, what it sends besides codes.

The bytes are from the manual that stands above each row. Everything is sent and read at 9600 8N1 unless the row or the
INI says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vcchk.devices import driver
from vcchk.devices.options import Option
from vcchk.devices.scanner import newland_ucs, ssi
from vcchk.devices.scanner.stream import Stream, exact
from vcchk.devices.step import Probe, Step


@dataclass(frozen=True, kw_only=True)
class ScannerFamily:
    """One family of scanners.

    ``BAUD``: the usual rate in bits a second. ``trigger`` starts a reading and ``stop`` ends it (b"": the scanner reads
    by itself); ``wake`` goes before the trigger, 50 ms ahead. ``stream()`` makes the reader that takes answers out of
    what arrives. ``retrigger_seconds``: the scanner's own session is over by then, so the trigger is sent again.
    ``probes``: questions by which ``vcchk scan --find`` knows the family.
    """

    title: str
    BAUD: int = 9600
    trigger: bytes = b""
    stop: bytes = b""
    wake: bytes = b""
    stream: Callable[[], Stream] = Stream
    retrigger_seconds: float = 5.0
    probes: tuple[Probe, ...] = ()
    OPTIONS: tuple[Option, ...] = ()


def _probe(send: bytes, head: bytes) -> Probe:
    """Return the question ``send``, whose answer holds ``head``."""
    return Probe(step=Step(send=send, complete=lambda reply: head in reply))


# REQUEST_REVISION is answered by REPLY_REVISION, whose first byte, its length, differs between models.
_SSI_PROBE = _probe(ssi.packet(ssi.REQUEST_REVISION), bytes([ssi.REPLY_REVISION, ssi.SCANNER]))

FAMILIES: dict[str, ScannerFamily] = {
    # Continuous, presentation or hand-triggered: nothing is sent to it.
    "continuous": ScannerFamily(title="常亮或手动，不发命令", retrigger_seconds=0.0),
    # Newland "User Guide", "Serial Trigger Command": SOH T EOT and SOH P EOT; ACK (06h) or NAK (15h) where answers are
    # switched on.
    "newland": ScannerFamily(
        title="新大陆",
        trigger=b"\x01T\x04",
        stop=b"\x01P\x04",
        stream=lambda: Stream(exact((b"\x06",), (b"\x15",))),
    ),
    "newland-ucs": ScannerFamily(
        title="新大陆 UCS、商米",
        trigger=newland_ucs.command(b"SCNTRG1"),
        stop=newland_ucs.command(b"SCNTRG0"),
        stream=lambda: Stream(newland_ucs.split),
        probes=(_probe(newland_ucs.command(b"QRYSYS"), newland_ucs.REPLY_HEAD),),  # (r)
    ),
    # Honeywell "User Guide", "Trigger Commands": SYN T CR activates, SYN U CR deactivates; nothing is answered.
    # "Query Commands": SYN M CR 232BAD? asks for the baud rate that is set.
    "honeywell": ScannerFamily(
        title="霍尼韦尔", trigger=b"\x16T\r", stop=b"\x16U\r", probes=(_probe(b"\x16M\r232BAD?.", b"232BAD"),)
    ),
    # Grow "GM65 Bar Code Reader Module User Manual", "Command triggered mode": 01h in zone 0002h starts a reading, 00h
    # ends it; AB CD stands for "no CRC". "Find baud rate": reads two bytes of zone 002Ah.
    "gm65": ScannerFamily(
        title="格罗 GM65",
        trigger=bytes.fromhex("7E 00 08 01 00 02 01 AB CD"),
        stop=bytes.fromhex("7E 00 08 01 00 02 00 AB CD"),
        stream=lambda: Stream(exact((bytes.fromhex("02 00 00 01 00 33 31"),))),
        probes=(_probe(bytes.fromhex("7E 00 07 01 00 2A 02 D8 0F"), bytes.fromhex("02 00 00 02")),),
    ),
    "ssi": ScannerFamily(
        title="斑马/Symbol、格罗 GM72",
        trigger=ssi.packet(ssi.START_SESSION),
        stop=ssi.packet(ssi.STOP_SESSION),
        wake=b"\0",
        stream=ssi.SsiStream,
        probes=(_SSI_PROBE, _SSI_PROBE),  # the first wakes a scanner that sleeps
    ),
    # Datalogic "Product Reference Guide", "Host commands" (Gryphon, Magellan): nothing is answered.
    "datalogic": ScannerFamily(title="得利捷", trigger=b"T", stop=b"X"),
    # ZKTeco "QR Code Reader User Manual", command mode: 54h and 50h; nothing is answered.
    "zkteco": ScannerFamily(title="熵基", trigger=b"\x54", stop=b"\x50"),
}


def load(name: str, position: str = "") -> ScannerFamily:
    """Return a family by its name in the INI. Raises DeviceError ``absent`` or ``bad_argument``."""
    return FAMILIES[driver.known("scanner", name, FAMILIES, position)]
