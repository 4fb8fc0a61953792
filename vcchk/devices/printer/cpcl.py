"""CPCL mobile label printers (Zebra QLn, 汉印, 佳博 portable).

After Zebra "CPCL Programming Manual": session ``! offset dpi dpi height copies``, PAGE-WIDTH, EG pictures (1-bit =
black, hex), FORM, PRINT, lines ended by CR LF; status ESC h, one byte. The QR block ``B QR x y M 2 U n`` /
``MA,data`` / ``ENDQR`` and Chinese in font 24 as GBK are marked (r): recalled, not checked against a printer.
"""

from __future__ import annotations

from typing import Any

from vcchk.devices.options import Option
from vcchk.devices.printer import gbk
from vcchk.devices.printer.label import Label, Picture, Qr, State, Text, always_laid_out, bits
from vcchk.devices.step import Step

is_laid_out = always_laid_out
BAUD = 9600
SIZES = (48, 24)
OPTIONS: tuple[Option, ...] = ()
NO_ANSWER = None
can_print = gbk.can_print
measure = gbk.measure

STATUS_QUERY = b"\x1bh"
STATUS_BITS: tuple[tuple[int, str], ...] = ((0x04, "head_open"), (0x02, "paper_out"))
BUSY = 0x01
# A weak battery and a printer that has been reset still print.
NOTES: tuple[tuple[int, str], ...] = ((0x08, "电量不足"), (0x10, "打印机重新启动过"))


def _element(element: Qr | Text | Picture) -> bytes:
    if isinstance(element, Qr):
        head = f"B QR {element.x} {element.y} M 2 U {element.module}\r\n{element.level}A,"
        return head.encode() + element.text.encode() + b"\r\nENDQR\r\n"
    if isinstance(element, Picture):
        picture = element.bitmap
        head = f"EG {picture.stride} {picture.height} {element.x} {element.y} "
        return head.encode() + picture.rows.hex().upper().encode() + b"\r\n"
    times = element.size // 24
    line = f"SETMAG {times} {times}\r\nT 24 0 {element.x} {element.y} ".encode() + element.text.encode("gbk")
    return line + b"\r\nSETMAG 0 0\r\n"


def job(label: Label, values: dict[str, Any]) -> bytes:
    """Return the bytes that print ``label``."""
    head = f"! 0 {label.dpi} {label.dpi} {label.height} {label.copies}\r\nPAGE-WIDTH {label.width}\r\n"
    return head.encode() + b"".join(map(_element, label.elements)) + b"FORM\r\nPRINT\r\n"


def queries() -> tuple[Step, ...]:
    """Return the status questions."""
    return (Step(send=STATUS_QUERY, complete=lambda reply: len(reply) >= 1),)


def state(replies: list[bytes]) -> State:
    """Return what the answers to `queries` say."""
    byte = replies[0][-1]
    return State(faults=bits(byte, STATUS_BITS), busy=bool(byte & BUSY), notes=bits(byte, NOTES))
