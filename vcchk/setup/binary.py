"""What a program file says about itself: 32 or 64 bit, and which functions a library exports.

Layout: Microsoft PE/COFF specification ("Optional Header", "The .edata Section"); ELF-64 Object File Format, page 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_BYTES = 64 << 20
"""A larger file is not looked at: no HIS program and no library of this kind is so large."""
_CLR_DIRECTORY = 14
_CLR_32BIT_REQUIRED = 2


@dataclass(frozen=True)
class Binary:
    """What a program file says about itself.

    ``bits``: 32 or 64; 0 for a .NET program that runs as either. ``exports``: names, of a Windows library alone.
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
        return Binary(self._bits, frozenset(self._exports()))

    def _exports(self) -> list[str]:
        table = self._u32(self._directories)
        if not table:
            return []
        at = self._offset(table)
        count, names = self._u32(at + 24), self._offset(self._u32(at + 32))
        starts = (self._offset(self._u32(names + 4 * number)) for number in range(min(count, 65536)))
        return [self._data[start : self._data.index(0, start)].decode("ascii", "replace") for start in starts]
