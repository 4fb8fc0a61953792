"""What a program file says about itself: 32 or 64 bit, and which functions a library exports.

Layout: Microsoft PE/COFF specification ("Optional Header", "The .edata Section"); ELF-64 Object File Format, page 3.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

MAX_BYTES = 64 << 20
"""A larger file is not looked at: no HIS program and no library of this kind is so large."""
_CLR_DIRECTORY = 14
_CLR_32BIT_REQUIRED = 2


@dataclass(frozen=True)
class Binary:
    """What a program file says about itself.

    ``bits``: 32 or 64; 0 for a .NET program that runs as either. ``exports``: names, of a Windows library alone, and
    ``#7`` for a function that has a number only.
    """

    bits: int
    exports: frozenset[str] = frozenset()


def read(path: str) -> Binary | None:
    """Return what the file says, None when it is no program or cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return None
    try:
        if data[:4] == b"\x7fELF":
            return Binary({1: 32, 2: 64}[data[4]])
        if data[:2] == b"MZ":
            return _Pe(data).binary()
    except (struct.error, KeyError, IndexError, ValueError):
        pass
    return None


def contains(path: str, *marks: bytes) -> bool:
    """Tell whether one of the marks stands in a file; no folder has any. Raises OSError."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES)
    return any(mark in data for mark in marks)


class _Pe:
    def __init__(self, data: bytes) -> None:
        self._data = data
        pe = self._u32(0x3C)
        if data[pe : pe + 4] != b"PE\0\0":
            raise ValueError("no PE signature")
        section_count, option_size = self._u16(pe + 6), self._u16(pe + 20)
        option = pe + 24
        self._bits = {0x10B: 32, 0x20B: 64}[self._u16(option)]
        self._directories = option + (96 if self._bits == 32 else 112)
        self._sections = [
            struct.unpack_from("<IIII", data, option + option_size + 40 * number + 8) for number in range(section_count)
        ]

    def _u16(self, offset: int) -> int:
        return int(struct.unpack_from("<H", self._data, offset)[0])

    def _u32(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self._data, offset)[0])

    def _offset(self, address: int) -> int:
        for virtual_size, first, raw_size, raw in self._sections:
            if first <= address < first + max(virtual_size, raw_size):
                return int(raw + address - first)
        raise ValueError("an address in no section")

    def binary(self) -> Binary:
        clr = self._u32(self._directories + 8 * _CLR_DIRECTORY)
        if clr and self._bits == 32 and not self._u32(self._offset(clr) + 16) & _CLR_32BIT_REQUIRED:
            return Binary(0)
        try:
            exports = self._exports()
        except (struct.error, IndexError, ValueError):
            exports = []  # packed, or put together by hand: what Windows makes of it cannot be read here
        return Binary(self._bits, frozenset(exports))

    def _exports(self) -> list[str]:
        table = self._u32(self._directories)
        if not table:
            return []
        at = self._offset(table)
        first, count, name_count = (self._u32(at + place) for place in (16, 20, 24))
        names = self._table(at + 32, 4, name_count)
        numbered = {self._u16(place) for place in self._table(at + 36, 2, name_count)}
        nameless = [
            f"#{first + number}"
            for number, place in enumerate(self._table(at + 28, 4, count))
            if number not in numbered and self._u32(place)
        ]
        return [self._text(self._offset(self._u32(place))) for place in names] + nameless

    def _table(self, pointer: int, size: int, count: int) -> list[int]:
        """Return where the ``count`` rows of a table stand that an address at ``pointer`` leads to."""
        start = self._offset(self._u32(pointer)) if count else 0
        return [start + size * number for number in range(min(count, 65536))]

    def _text(self, start: int) -> str:
        return self._data[start : self._data.index(0, start)].decode("ascii", "replace")
