"""A label as data: what stands where, in dots. Made by `layout`, turned into a printer's language by the drivers."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.bitmap import Bitmap


@dataclass(frozen=True, kw_only=True)
class Content:
    """What stands on a label: the QR code's text, the card's number and the person's name."""

    code: str = field(repr=False)
    card: str = field(repr=False)
    name: str = field(repr=False)

    def cleaned(self) -> Content:
        """Return the three without blanks around them, the name on one line.

        Raises DeviceError ``bad_argument`` for what is left of control characters: to most printers a line end within
        a text is the end of a command, and what follows is the next one.
        """
        name = " ".join(self.name.split())
        return Content(code=_plain(self.code, "二维码内容"), card=_plain(self.card, "卡号"), name=_plain(name, "姓名"))


def _plain(text: str, title: str) -> str:
    text = text.strip()
    for character in text:
        # Cc: control characters; Cs: halves of a character; Zl, Zp: U+2028 and U+2029.
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            sentence = f"{title}中有不能打印的控制字符（U+{ord(character):04X}），请检查 HIS 传入的内容"
            raise DeviceError("bad_argument", sentence, cause=f"U+{ord(character):04X} in a label's text")
    return text


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in dots, from the label's upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def overlaps(self, other: Box) -> bool:
        """Tell whether the two share any dot."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, kw_only=True)
class Qr:
    """A QR code that the printer makes itself: ``module`` dots a module, error correction ``level`` L, M, Q or H."""

    x: int
    y: int
    module: int
    level: str
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Text:
    """One line in the printer's own font, ``size`` dots high."""

    x: int
    y: int
    size: int
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Dots to set."""

    x: int
    y: int
    bitmap: Bitmap


@dataclass(frozen=True, kw_only=True)
class Label:
    """One label. ``width`` and ``height`` in dots of ``dpi``; millimetres where a language asks for them."""

    width: int
    height: int
    width_mm: float
    height_mm: float
    gap_mm: float
    dpi: int
    copies: int
    content: Content
    elements: tuple[Qr | Text | Picture, ...]


@dataclass(frozen=True, kw_only=True)
class State:
    """What a printer says of itself. ``faults``: names of DEVICE_CODES, what to mend first in front.

    ``busy``: still printing. ``notes``: remarks for the log in Chinese (纸将用完).
    """

    faults: tuple[str, ...] = ()
    busy: bool = False
    notes: tuple[str, ...] = ()


def always_laid_out(values: dict[str, Any]) -> bool:
    """The answer of a language that is made from the label's elements."""
    return True


def bits(byte: int, table: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """Return the names of the bits of ``table`` (mask, name) that are set in ``byte``, each once, in its order."""
    return tuple(dict.fromkeys(name for mask, name in table if byte & mask))
