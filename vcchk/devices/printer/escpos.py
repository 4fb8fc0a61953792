"""ESC/POS receipt and label printers (Epson and compatibles).

After Epson "ESC/POS Command Reference": QR by GS ( k functions 165, 167, 169, 180, 181; pictures by GS v 0 (1-bit =
black); DLE EOT n status, whose fixed bits 12h (mask 93h) tell a status byte from anything else. Chinese in the
printer's font is FS & + GBK + FS . (r): recalled, not checked against a printer. In ``text = font`` the printer has
no places, so QR, name and number stand under each other, centred.
"""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.bitmap import Bitmap
from vcchk.devices.options import Option
from vcchk.devices.printer import gbk
from vcchk.devices.printer.label import Label, Picture, Qr, State, Text, always_laid_out, bits
from vcchk.devices.step import Step, printable

is_laid_out = always_laid_out
BAUD = 9600
SIZES = (48, 24)
OPTIONS = (
    Option(name="feed", default=3, help="打印后走纸的行数", high=30),
    Option(name="cut", default=False, help="打印后是否切纸"),
)
NO_ANSWER = None
can_print = gbk.can_print
measure = gbk.measure

INITIALISE = b"\x1b@"
CENTRE = b"\x1ba\x01"
LEVELS = {"L": 0x30, "M": 0x31, "Q": 0x32, "H": 0x33}
BAND_ROWS = 128
"""Rows of one GS v 0 command: cheap printers have buffers of few KB."""

STATUS_NUMBERS = (1, 2, 4)
FIXED, FIXED_MASK = 0x12, 0x93
STATUS_BITS: dict[int, tuple[tuple[int, str], ...]] = {
    1: ((0x08, "offline"),),
    2: ((0x04, "head_open"), (0x20, "paper_out"), (0x40, "device_fault")),
    4: ((0x60, "paper_out"),),
}
NEAR_END = 0x0C
# "Offline" only says that there is a cause; the cause itself is told first.
_LAST = ("device_fault", "offline")


def _function(number: int, data: bytes) -> bytes:
    size = len(data) + 2
    return b"\x1d(k" + bytes([size & 0xFF, size >> 8, 0x31, number]) + data


def qr(text: str, module: int, level: str) -> bytes:
    """Return the commands that print ``text`` as a model 2 QR code, ``module`` 1 to 16 dots a module."""
    return b"".join(
        (
            _function(0x41, b"\x32\x00"),
            _function(0x43, bytes([min(max(module, 1), 16)])),
            _function(0x45, bytes([LEVELS[level]])),
            _function(0x50, b"\x30" + text.encode()),
            _function(0x51, b"\x30"),
        )
    )


def raster(picture: Bitmap) -> bytes:
    """Return GS v 0 commands for a picture."""
    parts = []
    for top in range(0, picture.height, BAND_ROWS):
        rows = picture.rows[top * picture.stride : (top + BAND_ROWS) * picture.stride]
        height = len(rows) // picture.stride
        parts.append(b"\x1dv0\0" + picture.stride.to_bytes(2, "little") + height.to_bytes(2, "little") + rows)
    return b"".join(parts)


def _element(element: Qr | Text | Picture) -> bytes:
    if isinstance(element, Qr):
        return qr(element.text, element.module, element.level) + b"\n"
    if isinstance(element, Picture):
        return raster(element.bitmap)
    times = element.size // 24 - 1
    size = b"\x1d!" + bytes([times << 4 | times])
    return size + b"\x1c&" + element.text.encode("gbk") + b"\x1c.\n"


def job(label: Label, values: dict[str, Any]) -> bytes:
    """Return the bytes that print ``label``, ``copies`` times."""
    page = INITIALISE + CENTRE + b"".join(map(_element, label.elements))
    page += b"\x1bd" + bytes([values["feed"]])
    if values["cut"]:
        page += b"\x1dVB\0"
    return page * label.copies


def queries() -> tuple[Step, ...]:
    """Return the status questions: printer, off-line cause, paper sensors."""
    return tuple(Step(send=bytes([0x10, 0x04, n]), complete=lambda reply: len(reply) >= 1) for n in STATUS_NUMBERS)


def state(replies: list[bytes]) -> State:
    """Return what the answers to `queries` say. Raises DeviceError ``bad_reply`` for bytes that are no status."""
    faults: list[str] = []
    notes: tuple[str, ...] = ()
    for number, reply in zip(STATUS_NUMBERS, replies, strict=True):
        byte = reply[-1]
        if byte & FIXED_MASK != FIXED:
            raise DeviceError("bad_reply", cause=f"DLE EOT {number} answered {printable(reply)}")
        faults += bits(byte, STATUS_BITS[number])
        if number == 4 and byte & NEAR_END:
            notes = ("纸将用完",)
    faults.sort(key=lambda name: _LAST.index(name) + 1 if name in _LAST else 0)
    return State(faults=tuple(dict.fromkeys(faults)), notes=notes)
