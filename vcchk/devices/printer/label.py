"""A label as data: what stands where, in dots. Made by `layout`, turned into a printer's language by the drivers."""

from __future__ import annotations

from dataclasses import dataclass, field

from vcchk.devices.bitmap import Bitmap


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
    elements: tuple[Qr | Text | Picture, ...]


@dataclass(frozen=True, kw_only=True)
class State:
    """What a printer says of itself. ``faults``: names of DEVICE_CODES, what to mend first in front.

    ``busy``: still printing. ``notes``: English remarks for the log (paper near its end).
    """

    faults: tuple[str, ...] = ()
    busy: bool = False
    notes: tuple[str, ...] = ()


def bits(byte: int, table: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """Return the names of the bits of ``table`` (mask, name) that are set in ``byte``, each once, in its order."""
    return tuple(dict.fromkeys(name for mask, name in table if byte & mask))
