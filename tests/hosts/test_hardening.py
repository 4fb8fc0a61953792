"""What Windows' loader is told by every shipped file, and that the shim has a stack protector."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pefile
import pytest

from native import pe
from tests.builds import runnable

OWN = ("VirtualCardChk.dll", "vcchk_core.dll", pe.PRIVATE_NAMES["api-ms-win-core-path-l1-1-0.dll"])

HIGH_ENTROPY, RELOCATABLE, NX, NO_SEH = 0x0020, 0x0040, 0x0100, 0x0400
WRITABLE, EXECUTABLE = 0x80000000, 0x20000000
STRIPPED = 0x0001
LOAD_CONFIG = 10
MANIFEST = pefile.RESOURCE_TYPE["RT_MANIFEST"]


def images(name: str) -> list[tuple[Path, pefile.PE]]:
    """Every PE file of the built folder, those inside Pillow's and Cryptodome's folders included."""
    found = [path for path in sorted(runnable(name).dist.rglob("*")) if path.suffix in (".dll", ".pyd", ".exe")]
    assert len(found) > 20
    return [(path, pefile.PE(str(path), fast_load=True)) for path in found]


@pytest.mark.parametrize("name", ["win32", "win64"])
def test_every_file_may_be_moved_and_keeps_data_and_code_apart(name: str) -> None:
    for path, image in images(name):
        flags = image.OPTIONAL_HEADER.DllCharacteristics
        assert flags & RELOCATABLE, path.name
        assert flags & NX, path.name
        assert not image.FILE_HEADER.Characteristics & STRIPPED, f"{path.name}: relocations were cut off"
        if name == "win64":
            assert flags & HIGH_ENTROPY, path.name
        for section in image.sections:
            both = WRITABLE | EXECUTABLE
            assert section.Characteristics & both != both, (path.name, section.Name)


def test_own_files_declare_that_they_have_no_handlers() -> None:
    """SafeSEH is not to be had from this compiler; a file without any handler can say so instead."""
    own = {path.name: image for path, image in images("win32") if path.name in OWN}
    assert own.keys() == set(OWN)
    for name, image in own.items():
        assert image.OPTIONAL_HEADER.DllCharacteristics & NO_SEH, name
        # What installs a handler writes fs:[0]: 64 89 .. 25/05/0d/15/1d/35/3d 00 00 00 00, or 64 a3 00 00 00 00.
        code = b"".join(section.get_data() for section in image.sections if section.Characteristics & EXECUTABLE)
        assert b"\x64\xa3\x00\x00\x00\x00" not in code, name
        for register in b"\x05\x0d\x15\x1d\x25\x2d\x35\x3d":
            assert bytes((0x64, 0x89, register, 0, 0, 0, 0)) not in code, name


def test_the_others_list_their_handlers_or_declare_none() -> None:
    for path, image in images("win32"):
        if path.name in OWN or path.suffix == ".exe":
            continue
        assert (
            image.OPTIONAL_HEADER.DllCharacteristics & NO_SEH or image.OPTIONAL_HEADER.DATA_DIRECTORY[LOAD_CONFIG].Size
        )


def test_the_shim_has_a_stack_protector() -> None:
    """Its failure function (`int 29h`, __fastfail) is there and is called from more than one place."""
    path = runnable("win32").dist / "VirtualCardChk.dll"
    image = pefile.PE(str(path), fast_load=True)
    section = next(section for section in image.sections if section.Characteristics & EXECUTABLE)
    code = section.get_data()
    ends = code.index(b"\xcd\x29")
    starts = {at for at in range(max(ends - 24, 0), ends) if code[at : at + 3] == b"\x55\x89\xe5" or code[at] == 0xB9}
    callers = sum(
        at + 5 + int.from_bytes(code[at + 1 : at + 5], "little", signed=True) in starts
        for at in range(len(code) - 5)
        if code[at] == 0xE8
    )
    assert callers >= 3, "nobody calls the failure function"


@pytest.mark.parametrize("name", ["win32", "win64"])
def test_windows_does_not_put_what_vcchk_writes_elsewhere(name: str) -> None:
    """A 32-bit program that does not say at which level it runs writes into a folder of the user's own instead."""
    image = pefile.PE(str(runnable(name).dist / "vcchk.exe"))
    (manifest,) = (entry for entry in image.DIRECTORY_ENTRY_RESOURCE.entries if entry.id == MANIFEST)
    data = manifest.directory.entries[0].directory.entries[0].data.struct
    text = image.get_data(data.OffsetToData, data.Size).decode("ascii")
    (level,) = ElementTree.fromstring(text).iter("{urn:schemas-microsoft-com:asm.v3}requestedExecutionLevel")
    assert level.attrib == {"level": "asInvoker", "uiAccess": "false"}
