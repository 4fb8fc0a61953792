"""Private names for Windows DLLs: edits of finished .dll, .pyd and .exe files, byte for byte.

A HIS may have loaded another ``python311.dll`` or ``libcrypto-3.dll``; Windows then binds an import of that base
name to the module that is there already. Our copies therefore carry names of their own, of the same length, patched
where the import tables hold them (docs/hosts.md, facts 4 and 15). The patch voids python.org's signatures, so the dead
certificate is cut off and the checksum mended (fact 19). Layout: Microsoft PE/COFF specification, sections "Optional
Header", "The .idata Section", "Delay-Load Import Tables", "The Attribute Certificate Table".
"""

from __future__ import annotations

import struct
from pathlib import Path

PRIVATE_NAMES: dict[str, str] = {
    "python311.dll": "vcchkp311.dll",
    "libcrypto-3.dll": "vcccrypto-3.dll",
    "libssl-3.dll": "vccssl-3.dll",
    "libffi-8.dll": "vccffi-8.dll",
    "sqlite3.dll": "vccsql3.dll",
    "vcruntime140.dll": "vccruntime14.dll",
    "vcruntime140_1.dll": "vccruntime14_1.dll",
    "api-ms-win-core-path-l1-1-0.dll": "vcc-ms-win-core-path-l1-1-0.dll",
}
"""File name (lower case, as Windows compares) to our name; both of one length."""

_NO_SEH = 0x0400  # IMAGE_DLLCHARACTERISTICS_NO_SEH
_DIRECTORY_IMPORT = 1
_DIRECTORY_CERTIFICATE = 4
_DIRECTORY_DELAY_IMPORT = 13


class Image:
    """One PE file's bytes in memory."""

    def __init__(self, data: bytes) -> None:
        """Parse the headers; raises ValueError when ``data`` is not a PE file."""
        self.data = bytearray(data)
        if self.data[:2] != b"MZ":
            raise ValueError("not a PE file: no MZ")
        self._pe = self._u32(0x3C)
        if self.data[self._pe : self._pe + 4] != b"PE\0\0":
            raise ValueError("not a PE file: no PE signature")
        section_count, option_size = self._u16(self._pe + 6), self._u16(self._pe + 20)
        self._option = self._pe + 24
        self.bits = {0x10B: 32, 0x20B: 64}[self._u16(self._option)]
        self._directories = self._option + (96 if self.bits == 32 else 112)
        first = self._option + option_size
        self._sections = [
            struct.unpack_from("<8sIIII", self.data, first + 40 * number) for number in range(section_count)
        ]

    def _u16(self, offset: int) -> int:
        return int(struct.unpack_from("<H", self.data, offset)[0])

    def _u32(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self.data, offset)[0])

    def _offset(self, rva: int) -> int:
        for _, virtual_size, address, raw_size, raw in self._sections:
            if address <= rva < address + max(virtual_size, raw_size):
                return int(raw + rva - address)
        raise ValueError(f"address {rva:#x} is in no section")

    def _directory(self, number: int) -> tuple[int, int]:
        at = self._directories + 8 * number
        return self._u32(at), self._u32(at + 4)

    def _text(self, offset: int) -> bytes:
        return bytes(self.data[offset : self.data.index(0, offset)])

    def _import_rows(self) -> list[tuple[int, int]]:
        """(offset of the DLL's name, offset of its list of function names) of plain and delayed imports."""
        rows = []
        for directory, size, name_at, list_at in ((_DIRECTORY_IMPORT, 20, 12, 0), (_DIRECTORY_DELAY_IMPORT, 32, 4, 16)):
            rva, _ = self._directory(directory)
            while rva:
                row = self._offset(rva)
                name = self._u32(row + name_at)
                if not name:
                    break
                functions = self._u32(row + list_at) or (self._u32(row + 16) if directory == _DIRECTORY_IMPORT else 0)
                rows.append((self._offset(name), self._offset(functions)))
                rva += size
        return rows

    def imports(self) -> dict[str, list[str]]:
        """Imported DLL name as written in the file → its functions' names (``#7`` for an ordinal)."""
        width, flag = (4, 1 << 31) if self.bits == 32 else (8, 1 << 63)
        found: dict[str, list[str]] = {}
        for name_at, at in self._import_rows():
            functions = found.setdefault(self._text(name_at).decode("ascii"), [])
            while value := int.from_bytes(self.data[at : at + width], "little"):
                if value & flag:
                    functions.append(f"#{value & 0xFFFF}")
                else:
                    functions.append(self._text(self._offset(value) + 2).decode("ascii"))
                at += width
        return found

    def exports(self) -> dict[str, tuple[int, int]]:
        """Exported name → (ordinal, address in the image)."""
        rva, _ = self._directory(0)
        if not rva:
            return {}
        at = self._offset(rva)
        base, count = self._u32(at + 16), self._u32(at + 24)
        functions, names, ordinals = (self._offset(self._u32(at + step)) for step in (28, 32, 36))
        found = {}
        for number in range(count):
            name = self._text(self._offset(self._u32(names + 4 * number))).decode("ascii")
            index = self._u16(ordinals + 2 * number)
            found[name] = (base + index, self._u32(functions + 4 * index))
        return found

    def rename_imports(self, names: dict[str, str]) -> None:
        """Write the new names over the old ones in the import tables. Raises ValueError when one is longer."""
        for name_at, _ in self._import_rows():
            old = self._text(name_at)
            new = names.get(old.decode("ascii").lower())
            if new is None:
                continue
            if len(new) > len(old):
                raise ValueError(f"{new} is longer than {old.decode('ascii')}")
            self.data[name_at : name_at + len(old)] = new.encode("ascii").ljust(len(old), b"\0")

    def strip_certificate(self) -> None:
        """Cut off the Authenticode signature; it stands at the end of the file or not at all."""
        offset, size = self._directory(_DIRECTORY_CERTIFICATE)  # the one directory that holds a file offset
        if not offset:
            return
        if offset + size != len(self.data):
            raise ValueError("the certificate is not at the file's end")
        del self.data[offset:]
        struct.pack_into("<II", self.data, self._directories + 8 * _DIRECTORY_CERTIFICATE, 0, 0)

    def set_timestamp(self, seconds: int) -> None:
        """Set the header's link time (seconds since 1970)."""
        struct.pack_into("<I", self.data, self._pe + 8, seconds)

    def set_no_seh(self) -> None:
        """Declare that no structured exception handler is in the file: Windows calls none in it then (32 bit)."""
        at = self._option + 70
        struct.pack_into("<H", self.data, at, self._u16(at) | _NO_SEH)

    def mend_checksum(self) -> None:
        """Recompute the optional header's checksum as ImageHlp's CheckSumMappedFile does."""
        at = self._option + 64
        struct.pack_into("<I", self.data, at, 0)
        padded = bytes(self.data) + b"\0" * (-len(self.data) % 2)
        total = sum(struct.unpack(f"<{len(padded) // 2}H", padded))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        struct.pack_into("<I", self.data, at, total + len(self.data))


def private_name(file_name: str) -> str:
    """Return our name for a DLL's file name, or the name unchanged."""
    return PRIVATE_NAMES.get(file_name.lower(), file_name)


def imports(path: Path) -> dict[str, list[str]]:
    """Imported DLL → function names of the file at ``path``."""
    return Image(Path(path).read_bytes()).imports()


def privatise(source: Path, target: Path, names: dict[str, str] = PRIVATE_NAMES) -> Path:
    """Copy one .dll or .pyd: imports renamed by ``names``, dead certificate cut, checksum mended."""
    image = Image(Path(source).read_bytes())
    image.rename_imports(names)
    image.strip_certificate()
    image.mend_checksum()
    Path(target).write_bytes(image.data)
    return Path(target)
