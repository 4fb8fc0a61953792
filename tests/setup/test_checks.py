"""What setup sees in a HIS's folder before it changes anything."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from native.buildkit import targets
from tests.builds import present
from tests.setup.releases import small
from vcchk.setup import binary, checks, release
from vcchk.setup.failure import REFUSED, SetupError

WIN32 = targets.TABLE["win32"]


@pytest.fixture
def win32() -> Path:
    return present("win32").dist


def test_bits_and_exports_are_read(win32: Path) -> None:
    library = binary.read(str(win32 / WIN32.dll))
    assert library is not None
    assert library.bits == 32
    assert {"VirtualCardTrans", "_VirtualCardTrans@12", "SetEcQrcode"} <= library.exports
    linux = present("linux")
    assert binary.read(str(linux.dist / linux.dll)) == binary.Binary(64)
    assert binary.read(__file__) is None


@pytest.mark.parametrize("size", [2, 64, 200, 400, 1000])
def test_a_cut_file_is_no_program_and_no_crash(win32: Path, tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.exe"
    cut.write_bytes((win32 / WIN32.exe).read_bytes()[:size])
    binary.read(str(cut))


def exports_at(data: bytes) -> int:
    """Where a library's directory of exports stands."""
    image = binary._Pe(data)
    return image._offset(image._u32(image._directories))


def test_functions_that_have_a_number_only(win32: Path, tmp_path: Path) -> None:
    """As a closed library may export them; the HIS then asks for the number."""
    data = bytearray((win32 / WIN32.dll).read_bytes())
    at = exports_at(data)
    first, count, names = struct.unpack_from("<III", data, at + 16)
    struct.pack_into("<IIII", data, at + 24, 0, struct.unpack_from("<I", data, at + 28)[0], 0, 0)
    closed = tmp_path / "VirtualCardChk.dll"
    closed.write_bytes(data)
    found = binary.read(str(closed))
    assert found == binary.Binary(32, frozenset(f"#{first + number}" for number in range(count)))
    assert count == names
    assert checks.missing_exports(str(closed), release.read_source(str(win32)))[0] == f"#{first}"


def test_a_packed_library_is_a_library(win32: Path, tmp_path: Path) -> None:
    """Its exports cannot be read, but it counts: what it is, and that it is another maker's."""
    data = bytearray((win32 / WIN32.dll).read_bytes().replace(b"vcchk", b"other"))
    struct.pack_into("<I", data, binary._Pe(data)._directories, 0x7FFFFFFF)
    closed = tmp_path / "VirtualCardChk.dll"
    closed.write_bytes(data)
    assert binary.read(str(closed)) == binary.Binary(32)
    (tmp_path / "SHA256SUMS").write_bytes((win32 / "SHA256SUMS").read_bytes())
    assert not checks.is_foreign(str(tmp_path), closed.name), "it names our runtime in UTF-16"
    closed.write_bytes(data.replace("vcchk".encode("utf-16-le"), "other".encode("utf-16-le")))
    assert checks.is_foreign(str(tmp_path), closed.name)


def test_programs_of_the_other_kind(win32: Path, tmp_path: Path) -> None:
    source = release.read_source(str(win32))
    his = tmp_path / "his"
    his.mkdir()
    shutil.copy(win32 / WIN32.exe, his / "HIS.exe")
    assert checks.programs_fit(str(his), source) == []
    other = release.Release(str(small(tmp_path / "release", "1.0.0")), {"libVirtualCardChk.so": ""})
    with pytest.raises(SetupError, match=r"HIS.exe）是 32 位的.*是 64 位的") as caught:
        checks.programs_fit(str(his), other)
    assert caught.value.code == REFUSED


def test_functions_that_the_old_library_alone_has(win32: Path, tmp_path: Path) -> None:
    source = release.read_source(str(win32))
    assert checks.missing_exports(str(win32 / WIN32.dll), source) == []
    program = tmp_path / "VirtualCardChk.dll"
    shutil.copy(win32 / WIN32.runtime.name / "vcchk_core.dll", program)
    assert checks.missing_exports(str(program), source) == ["PyInit__vcchk_core", "vcchk_core_start"]
    assert checks.foreign_library(str(tmp_path)) == "", "it names our runtime"
    program.write_bytes(b"MZ" + b"another maker's" * 100)
    assert checks.foreign_library(str(tmp_path)) == str(program)


def test_a_list_that_cannot_be_read_and_files_that_are_damaged(tmp_path: Path) -> None:
    source = small(tmp_path / "release", "1.0.0")
    sums = source / "SHA256SUMS"
    whole = sums.read_text("utf-8")
    for number, more in ((5, ""), (6, "…")):
        sums.write_text(whole + "".join(f"{'0' * 64}  gone-{n}.dll\n" for n in range(number)), "utf-8")
        with pytest.raises(SetupError, match=rf"有 {number} 个文件缺少或损坏：gone-0.dll、.*gone-4.dll{more}。"):
            release.read_source(str(source))
    sums.write_bytes(b"\xff\xfe")  # in another encoding: somebody else's
    assert release.read(str(source)) is None
    with pytest.raises(SetupError, match="里没有完整的发布包"):
        release.read_source(str(source))
    sums.unlink()
    sums.mkdir()
    with pytest.raises(SetupError, match=f"读不出 {sums}"):
        release.read(str(source))
