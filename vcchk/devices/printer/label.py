"""A label as data: what stands where, in dots. Made by `layout`, turned into a printer's language by the drivers."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.devices.bitmap import Bitmap


class Box(Record):
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


class Qr(Record):
    """A QR code that the printer makes itself: ``module`` dots a module, error correction ``level`` L, M, Q or H."""

    _secret = ("text",)
    x: int
    y: int
    module: int
    level: str
    text: str


class Text(Record):
    """One line in the printer's own font, ``size`` dots high."""

    _secret = ("text",)
    x: int
    y: int
    size: int
    text: str


class Picture(Record):
    """Dots to set."""

    x: int
    y: int
    bitmap: Bitmap


class Label(Record):
    """One label. ``width`` and ``height`` in dots of ``dpi``; millimetres where a language asks for them."""

    width: int
    height: int
    width_mm: float
    height_mm: float
    gap_mm: float
    dpi: int
    copies: int
    elements: tuple[Qr | Text | Picture, ...]


class State(Record):
    """What a printer says of itself. ``faults``: names of DEVICE_CODES, what to mend first in front.

    ``busy``: still printing. ``notes``: English remarks for the log (paper near its end).
    """

    faults: tuple[str, ...] = ()
    busy: bool = False
    notes: tuple[str, ...] = ()


def bits(byte: int, table: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """Return the names of the bits of ``table`` (mask, name) that are set in ``byte``, each once, in its order."""
    return tuple(dict.fromkeys(name for mask, name in table if byte & mask))
