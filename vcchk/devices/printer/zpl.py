"""ZPL II label printers (Zebra and compatibles).

After Zebra "Programming Guide, ZPL II": ^CI28 (UTF-8), ^FO, ^BQN with ``<level>A,`` before the data (without it three
characters of the data are eaten), ^FH_ for hexadecimal escapes, ^GFA pictures (1-bit = black), ^PQ. Most printers
have no Chinese font, so whatever is not ASCII is drawn. ``~HS`` answers three STX … ETX CR LF strings; Zebra says it is
not answered when the media is out: silence is a fault. The busy fields (string 1 field 5, string 2 field 9) and the
temperature fields are marked (r): recalled, not checked against a printer.
"""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.options import Option
from vcchk.devices.printer.label import Label, Picture, Qr, State, Text, always_laid_out
from vcchk.devices.step import Step, printable

is_laid_out = always_laid_out
BAUD = 9600
SIZES = tuple(range(48, 15, -4))  # font 0 scales freely
OPTIONS = (Option(name="darkness", default=-1, help="浓度 0 到 30；-1 用打印机自己的设置", low=-1, high=30),)
STATUS_QUERY = b"~HS"
STATUS_STRINGS = 3
NO_ANSWER = "打印机没有应答：可能缺纸，或未开机、连线松动"

# (string, field) counted from 0: the fault when the field is 1.
STATUS_FIELDS: tuple[tuple[int, int, str], ...] = (
    (1, 2, "head_open"),
    (0, 1, "paper_out"),
    (1, 3, "ribbon_out"),
    (0, 11, "overheated"),  # (r)
    (0, 2, "paused"),
    (0, 5, "busy"),  # receive buffer full
)
# Fields that count what is still to be printed (r).
BUSY_FIELDS: tuple[tuple[int, int], ...] = ((0, 4), (1, 8))


def can_print(text: str) -> bool:
    """Tell whether font 0 has every character: ASCII only."""
    return text.isascii() and text.isprintable()


def measure(text: str, size: int) -> int:
    """Return an upper bound of the width in dots: font 0 is proportional, its widest capitals are 0.8 em."""
    return len(text) * size * 8 // 10


def escaped(text: str) -> str:
    """Return ``text`` for a ^FH_ field: _, ^, ~ and control characters as _XX of their UTF-8 bytes."""
    return "".join(
        "".join(f"_{byte:02X}" for byte in c.encode()) if c in "_^~" or not c.isprintable() else c for c in text
    )


def _element(element: Qr | Text | Picture) -> str:
    origin = f"^FO{element.x},{element.y}"
    if isinstance(element, Qr):
        # ^BQ moves the code 10 dots down in all firmwares (guide, "^BQ", note on ^FO).
        origin = f"^FO{element.x},{max(0, element.y - 10)}"
        return f"{origin}^BQN,2,{element.module}^FH_^FD{element.level}A,{escaped(element.text)}^FS"
    if isinstance(element, Picture):
        picture = element.bitmap
        size = len(picture.rows)
        return f"{origin}^GFA,{size},{size},{picture.stride},{picture.rows.hex().upper()}^FS"
    return f"{origin}^A0N,{element.size},{element.size}^FH_^FD{escaped(element.text)}^FS"


def job(label: Label, values: dict[str, Any]) -> bytes:
    """Return the bytes that print ``label``, UTF-8."""
    head = f"^XA^CI28^PW{label.width}^LL{label.height}"
    if values["darkness"] >= 0:
        head = f"~SD{values['darkness']:02d}" + head
    return (head + "".join(map(_element, label.elements)) + f"^PQ{label.copies}^XZ").encode()


def queries() -> tuple[Step, ...]:
    """Return the status questions."""
    return (Step(send=STATUS_QUERY, complete=lambda reply: reply.count(b"\x03") >= STATUS_STRINGS),)


def state(replies: list[bytes]) -> State:
    """Return what the answers to `queries` say. Raises DeviceError ``bad_reply``."""
    strings = [part.rpartition(b"\x02")[2].decode("ascii", "replace") for part in replies[0].split(b"\x03")[:-1]]
    fields = [string.split(",") for string in strings[:STATUS_STRINGS]]
    if [len(f) for f in fields[:2]] != [12, 11]:
        raise DeviceError("bad_reply", cause=f"~HS answered {printable(replies[0])}")
    faults = tuple(dict.fromkeys(name for s, n, name in STATUS_FIELDS if fields[s][n].strip() == "1"))
    return State(faults=faults, busy=any(fields[s][n].strip("0 ") != "" for s, n in BUSY_FIELDS))
