"""Fonts of the system, character by character: which file can draw this one, never a box for a missing one.

The characters a font has are read from its own ``cmap`` table (OpenType specification, "cmap", formats 4 and 12),
since Pillow draws a box where it finds none and does not say so.
"""

from __future__ import annotations

import math
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from vcchk.base.errors import DeviceError

# File name (lower case): face inside a collection. In order of preference: the common face first, then those that
# hold what it lacks (SimSun-ExtB: the rare characters beyond the basic plane).
WINDOWS_FONTS: tuple[tuple[str, int], ...] = (
    ("simsun.ttc", 0),
    ("simsunb.ttf", 0),
    ("simsunextg.ttf", 0),
    ("msyh.ttc", 0),
    ("msyh.ttf", 0),
    ("simhei.ttf", 0),
    ("simfang.ttf", 0),
    ("mingliub.ttc", 0),
    ("arial.ttf", 0),
)
LINUX_FONTS: tuple[tuple[str, int], ...] = (
    ("notosanscjk-regular.ttc", 2),
    ("notosanscjksc-regular.otf", 0),
    ("notoserifcjk-regular.ttc", 2),
    ("wqy-zenhei.ttc", 0),
    ("wqy-microhei.ttc", 0),
    ("droidsansfallbackfull.ttf", 0),
    ("droidsansfallback.ttf", 0),
    ("uming.ttc", 0),
    ("hanamina.ttf", 0),
    ("hanaminb.ttf", 0),
    ("dejavusans.ttf", 0),
)
LINUX_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


@dataclass(frozen=True, kw_only=True)
class Face:
    """One font: a file and the number of the face in it."""

    path: str
    index: int = 0


def _windows_faces() -> Iterator[Face]:
    folders = (
        os.path.join(os.environ.get("WINDIR") or r"C:\Windows", "Fonts"),
        os.path.join(os.environ.get("LOCALAPPDATA", ""), "Microsoft", "Windows", "Fonts"),
    )
    for name, index in WINDOWS_FONTS:
        for folder in folders:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield Face(path=path, index=index)


def _linux_faces() -> Iterator[Face]:
    files: dict[str, str] = {}
    for folder in LINUX_FOLDERS:
        for where, _, names in os.walk(os.path.expanduser(folder)):
            for name in names:
                files.setdefault(name.lower(), os.path.join(where, name))
    for name, index in LINUX_FONTS:
        if name in files:
            yield Face(path=files[name], index=index)


def system_faces() -> list[Face]:
    """Return the fonts of this machine that are known to draw Chinese names, best first."""
    return list(_windows_faces() if sys.platform == "win32" else _linux_faces())


def _read(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    data = file.read(count)
    if len(data) != count:
        raise ValueError("font file ends early")
    return data


def _format4(table: bytes) -> list[tuple[int, int]]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    offsets = struct.unpack_from(f">{count}H", table, 16 + 6 * count)
    ranges = []
    for segment in range(count):
        start, end = starts[segment], min(ends[segment], 0xFFFE)
        if not offsets[segment]:
            # Glyph 0 is "missing": at most one character of a segment maps to it.
            hole = -deltas[segment] & 0xFFFF
            ranges += (
                [(start, min(end, hole - 1)), (max(start, hole + 1), end)] if start <= hole <= end else [(start, end)]
            )
            continue
        base = 16 + 6 * count + 2 * segment + offsets[segment]
        for code in range(start, end + 1):
            at = base + 2 * (code - start)
            if at + 2 <= len(table) and table[at : at + 2] != b"\0\0":
                ranges.append((code, code))
    return [(start, end) for start, end in ranges if start <= end]


def _format12(table: bytes) -> list[tuple[int, int]]:
    count = struct.unpack_from(">I", table, 12)[0]
    groups = (struct.unpack_from(">III", table, 16 + 12 * n) for n in range(count))
    return [(start + (not glyph), end) for start, end, glyph in groups if start + (not glyph) <= end]


_READERS = {4: _format4, 12: _format12}


def coverage(face: Face) -> list[tuple[int, int]]:
    """Return the sorted code point ranges that ``face`` can draw. Raises ValueError or OSError for a bad file."""
    with open(face.path, "rb") as file:
        start = 0
        if _read(file, 0, 4) == b"ttcf":
            start = struct.unpack(">I", _read(file, 12 + 4 * face.index, 4))[0]
        tables = struct.unpack(">H", _read(file, start + 4, 2))[0]
        directory = _read(file, start + 12, 16 * tables)
        for n in range(0, len(directory), 16):
            if directory[n : n + 4] == b"cmap":
                offset, size = struct.unpack(">II", directory[n + 8 : n + 16])
                cmap = _read(file, offset, size)
                break
        else:
            raise ValueError("no cmap table")
    ranges: set[tuple[int, int]] = set()
    for n in range(struct.unpack_from(">H", cmap, 2)[0]):
        at = struct.unpack_from(">I", cmap, 8 + 8 * n)[0]
        reader = _READERS.get(struct.unpack_from(">H", cmap, at)[0])
        if reader is not None:
            ranges.update(reader(cmap[at:]))
    return sorted(ranges)


class Fonts:
    """Draws and measures text with the first font that has each character.

    ``preferred``: a font file of the site's own, tried first. Files are opened when first needed.
    """

    def __init__(self, preferred: str = "", faces: list[Face] | None = None) -> None:
        self._faces = ([Face(path=preferred)] if preferred else []) + (system_faces() if faces is None else faces)
        self._ranges: dict[Face, list[tuple[int, int]]] = {}
        self._chosen: dict[str, Face] = {}
        self._advances: dict[tuple[str, int], int] = {}
        self._loaded: dict[tuple[Face, int], Any] = {}

    def _has(self, face: Face, character: str) -> bool:
        from bisect import bisect_right

        ranges = self._ranges.get(face)
        if ranges is None:
            try:
                ranges = coverage(face)
            except (OSError, ValueError, struct.error):
                ranges = []  # a damaged or locked font is passed over; the next one may do
            self._ranges[face] = ranges
        code = ord(character)
        n = bisect_right(ranges, (code, 0x110000)) - 1
        return any(start <= code <= end for start, end in ranges[max(0, n - 1) : n + 1])

    def face(self, character: str) -> Face:
        """Return the font for one character. Raises DeviceError ``font_missing``."""
        if character not in self._chosen:
            for face in self._faces:
                if self._has(face, character):
                    self._chosen[character] = face
                    break
            else:
                raise DeviceError("font_missing", cause=f"no font has U+{ord(character):04X}")
        return self._chosen[character]

    def runs(self, text: str) -> list[tuple[Face, str]]:
        """Return ``text`` cut where the font changes."""
        cut: list[tuple[Face, str]] = []
        for character in text:
            face = self.face(character)
            if cut and cut[-1][0] == face:
                cut[-1] = (face, cut[-1][1] + character)
            else:
                cut.append((face, character))
        return cut

    def load(self, face: Face, size: int) -> Any:
        """Return Pillow's font object of ``size`` dots an em."""
        from PIL import ImageFont

        font = self._loaded.get((face, size))
        if font is None:
            basic = ImageFont.Layout.BASIC
            font = ImageFont.truetype(face.path, size, index=face.index, layout_engine=basic)
            self._loaded[face, size] = font
        return font

    def width(self, text: str, size: int) -> int:
        """Return the width of ``text`` in dots."""
        return sum(self._advance(character, size) for character in text)

    def _advance(self, character: str, size: int) -> int:
        advance = self._advances.get((character, size))
        if advance is None:
            advance = math.ceil(self.load(self.face(character), size).getlength(character))
            self._advances[character, size] = advance
        return advance

    def draw(self, draw: Any, x: int, baseline: int, text: str, size: int) -> None:
        """Draw one line onto a Pillow ImageDraw, ``x`` left, all fonts on one ``baseline``."""
        for face, run in self.runs(text):
            draw.text((x, baseline), run, font=self.load(face, size), fill=1, anchor="ls")
            x += self.width(run, size)
