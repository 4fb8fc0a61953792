"""Black-and-white pictures as plain bytes: what printers take, what the file screen and the preview write as PNG."""

from __future__ import annotations

from dataclasses import dataclass

from vcchk.base.errors import DeviceError

QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004, 5.3.8)."""


@dataclass(frozen=True, kw_only=True)
class Bitmap:
    """A picture of black and white dots.

    ``rows``: ``height`` rows of ``stride`` bytes, 1 = black, most significant bit left, padding bits 0.
    """

    width: int
    height: int
    rows: bytes

    @property
    def stride(self) -> int:
        """Bytes of one row."""
        return (self.width + 7) // 8

    def inverted(self) -> bytes:
        """Return the rows with 0 = black and 1-bits as padding (TSPL)."""
        return bytes(byte ^ 0xFF for byte in self.rows)


def blank(width: int, height: int) -> Bitmap:
    """Return a white picture."""
    return Bitmap(width=width, height=height, rows=bytes((width + 7) // 8 * height))


def modules(text: str, level: str) -> list[list[int]]:
    """Return a QR code's modules, 1 = dark, without quiet zone; never a Micro QR, which many scanners refuse.

    ``level``: L, M, Q or H (error correction). Raises DeviceError ``too_large`` or ``bad_argument`` (empty text).
    """
    import segno

    if not text:
        raise DeviceError("bad_argument", "二维码内容为空", cause="empty QR text")
    try:
        code = segno.make_qr(text, error=level, boost_error=False)
    except ValueError as error:
        raise DeviceError("too_large", "二维码内容过长", cause=f"{len(text)} characters") from error
    return [[1 if module else 0 for module in row] for row in code.matrix]


def enlarge(matrix: list[list[int]], scale: int, border: int = 0, side: int = 0) -> Bitmap:
    """Return modules as a picture, ``scale`` dots a module, ``border`` white modules around, centred in ``side``."""
    inner = (len(matrix) + 2 * border) * scale
    full = max(side, inner)
    offset = (full - inner) // 2 + border * scale
    stride = (full + 7) // 8
    empty = bytes(stride)
    lines = [empty] * offset
    for row in matrix:
        bits = "0" * offset + "".join(str(module) * scale for module in row)
        line = int(bits.ljust(stride * 8, "0"), 2).to_bytes(stride, "big")
        lines += [line] * scale
    lines += [empty] * (full - len(lines))
    return Bitmap(width=full, height=full, rows=b"".join(lines))


def png(picture: Bitmap) -> bytes:
    """Return the picture as a PNG file: 1-bit greyscale (W3C PNG, 11.2)."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    stride = picture.stride
    white = picture.inverted()
    lines = b"".join(b"\0" + white[n : n + stride] for n in range(0, len(white), stride))
    header = picture.width.to_bytes(4, "big") + picture.height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
