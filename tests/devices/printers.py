"""Reading back what the printers' byte makers wrote: small decoders of the test's own, and labels to make."""

from __future__ import annotations

import re

from PIL import Image

from vcchk.devices import options
from vcchk.devices.printer import Printer, drivers
from vcchk.settings import PrinterSettings

CODE = "253C62B5978E905C5EF59A063386F65588A17ACD312DD77A:1:0"
CARD = "M0012345678"
NAMES = ("张三", "阿卜杜热合曼·买买提依明·吐尔逊江", "㼆𠮷", "欧阳娜娜" * 8, 'O\'Neil "A" ^~_\\')


def job(name: str, code: str = CODE, card: str = CARD, person: str = "张三", **keys: object) -> bytes:
    """Return the bytes that driver ``name`` prints for a card."""
    section = PrinterSettings(driver=name, **keys)
    driver = drivers.load(name)
    values, warnings = options.read(driver.OPTIONS, section)
    assert not warnings
    return driver.job(Printer(section).label(code, card, person, driver), values)


def picture(width: int, height: int, rows: bytes, *, black: int = 1) -> Image.Image:
    """Return 1-bit rows as a picture, with a white edge."""
    image = Image.frombytes("1", (width, height), rows if black == 0 else bytes(b ^ 0xFF for b in rows))
    framed = Image.new("L", (width + 40, height + 40), 255)
    framed.paste(image.convert("L"), (20, 20))
    return framed


def tspl_picture(data: bytes) -> Image.Image:
    """Draw the one BITMAP of a TSPL job (manual: width in bytes, height in dots, 0-bits black)."""
    match = re.search(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,", data)
    assert match
    stride, height = int(match[3]), int(match[4])
    rows = data[match.end() : match.end() + stride * height]
    assert data[match.end() + stride * height :] == b"\r\nPRINT 1,1\r\n"
    return picture(stride * 8, height, rows, black=0)


def escpos_picture(data: bytes) -> Image.Image:
    """Draw the GS v 0 bands of an ESC/POS job, one under the other."""
    assert data.startswith(b"\x1b@\x1ba\x01")
    at, rows, stride = 5, b"", 0
    while data[at : at + 4] == b"\x1dv0\0":
        stride = int.from_bytes(data[at + 4 : at + 6], "little")
        size = stride * int.from_bytes(data[at + 6 : at + 8], "little")
        rows += data[at + 8 : at + 8 + size]
        at += 8 + size
    assert data[at:] == b"\x1bd\x03"
    return picture(stride * 8, len(rows) // stride, rows)


def cpcl_picture(data: bytes) -> Image.Image:
    """Draw the one EG of a CPCL job."""
    lines = data.decode("ascii").split("\r\n")
    word, stride, height, x, y, rows = lines[2].split(" ")
    assert (word, x, y) == ("EG", "0", "0")
    assert lines[3:] == ["FORM", "PRINT", ""]
    return picture(int(stride) * 8, int(height), bytes.fromhex(rows))
