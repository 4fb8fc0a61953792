r"""TSPL / TSPL2 label printers (TSC, 佳博 Gprinter, 汉印 and most Chinese makes).

After TSC "TSPL/TSPL2 Programming Language": SIZE, GAP, DIRECTION, CLS, TEXT, QRCODE, BITMAP (0-bit = black), PRINT,
each line ended by CR LF; Chinese in GBK with the font TSS24.BF2; a quotation mark inside text is ``\["]``. Status:
``1B 21 3F`` is answered at once, also while printing or in error, with one byte (chapter "Status Polling and
Immediate Commands").
"""

from __future__ import annotations

from typing import Any

from vcchk.devices.options import Option
from vcchk.devices.printer import gbk
from vcchk.devices.printer.label import Label, Picture, Qr, State, Text, always_laid_out, bits
from vcchk.devices.step import Step

is_laid_out = always_laid_out
BAUD = 9600
SIZES = (48, 24)  # TSS24.BF2, twice and once
OPTIONS = (
    Option(name="direction", default=1, help="出纸方向：0 或 1", high=1),
    Option(name="density", default=-1, help="浓度 0 到 15；-1 用打印机自己的设置", low=-1, high=15),
    Option(name="speed", default=0, help="速度（英寸/秒）；0 用打印机自己的设置", high=18),
)
NO_ANSWER = None
measure = gbk.measure

STATUS_QUERY = b"\x1b!?"
# (bit, fault); bit 5 is "printing".
STATUS_BITS: tuple[tuple[int, str], ...] = (
    (0x01, "head_open"),
    (0x40, "head_open"),  # cover
    (0x04, "paper_out"),
    (0x02, "paper_jam"),
    (0x08, "ribbon_out"),
    (0x80, "overheated"),
    (0x10, "paused"),
)
PRINTING = 0x20


def can_print(text: str) -> bool:
    r"""Tell whether the printer prints ``text`` as it is: GBK, and none of TSPL's own escapes, which begin ``\[``."""
    return gbk.can_print(text) and b"\\[" not in text.encode("gbk")


def quoted(text: str) -> bytes:
    r"""Return ``text`` as a TSPL string, ``"`` as ``\["]``, in GBK."""
    return b'"' + text.replace('"', '\\["]').encode("gbk") + b'"'


def millimetres(value: float) -> str:
    """Return a length as TSPL writes it."""
    return f"{value:g} mm"


def _element(element: Qr | Text | Picture) -> bytes:
    if isinstance(element, Qr):
        head = f"QRCODE {element.x},{element.y},{element.level},{element.module},A,0,M2,"
        return head.encode() + quoted(element.text) + b"\r\n"
    if isinstance(element, Picture):
        picture = element.bitmap
        head = f"BITMAP {element.x},{element.y},{picture.stride},{picture.height},0,"
        return head.encode() + picture.inverted() + b"\r\n"
    times = element.size // 24
    head = f'TEXT {element.x},{element.y},"TSS24.BF2",0,{times},{times},'
    return head.encode() + quoted(element.text) + b"\r\n"


def job(label: Label, values: dict[str, Any]) -> bytes:
    """Return the bytes that print ``label``."""
    lines = [
        f"SIZE {millimetres(label.width_mm)},{millimetres(label.height_mm)}",
        f"GAP {millimetres(label.gap_mm)},0 mm",
        f"DIRECTION {values['direction']}",
    ]
    if values["density"] >= 0:
        lines.append(f"DENSITY {values['density']}")
    if values["speed"]:
        lines.append(f"SPEED {values['speed']}")
    lines.append("CLS")
    head = "".join(line + "\r\n" for line in lines).encode()
    return head + b"".join(map(_element, label.elements)) + f"PRINT 1,{label.copies}\r\n".encode()


def queries() -> tuple[Step, ...]:
    """Return the status questions."""
    return (Step(send=STATUS_QUERY, complete=lambda reply: len(reply) >= 1),)


def state(replies: list[bytes]) -> State:
    """Return what the answers to `queries` say."""
    byte = replies[0][-1]
    return State(faults=bits(byte, STATUS_BITS), busy=bool(byte & PRINTING))
