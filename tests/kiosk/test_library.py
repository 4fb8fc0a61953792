"""What cannot be loaded is told before the system does, and says which way to go."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tests.builds import built
from tests.kiosk.process import DIST, hospital
from vcchk.kiosk.library import Library, LibraryError, sentence_of
from vcchk.settings import places

ELF32 = b"\x7fELF\x01\x01\x01" + bytes(60)
PE32 = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0\x4c\x01" + bytes(40)


def refused(path: Path) -> str:
    with pytest.raises(LibraryError) as raised:
        Library(str(path))
    return str(raised.value)


def test_missing(tmp_path):
    assert "请检查 --dll 的路径" in refused(tmp_path / "none.so")
    assert "请检查 --dll 的路径" in refused(tmp_path)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (ELF32, "是 32 位的，本程序是 64 位的"),
        (PE32, "不是本系统的动态库：请用 libVirtualCardChk.so"),
        (b"", "不是本系统的动态库"),
        (b"MZ", "不是本系统的动态库"),
        (b"\x7fELF\x02" + bytes(60), "加载失败"),
    ],
)
def test_wrong_files(tmp_path, head, sentence):
    path = tmp_path / "VirtualCardChk.dll"
    path.write_bytes(head)
    assert sentence in refused(path)


def test_the_windows_library_here():
    target = built("win32")
    assert "请用 libVirtualCardChk.so" in refused(target.dist / target.dll)


def test_another_library():
    maps = Path("/proc/self/maps").read_text().splitlines()
    libc = next(line.split()[-1] for line in maps if "/libc.so" in line or "/libc-" in line)
    assert ctypes.CDLL(libc)
    assert "没有函数 VirtualCardTrans、EhealthID_Print、SetEcQrcode、Set_QRflow_Mode" in refused(Path(libc))


def test_a_built_program_loads_the_library_of_its_own_folder_alone(tmp_path, monkeypatch):
    library = hospital(tmp_path / "other")
    monkeypatch.setattr(places, "_home", str(DIST))
    assert f"{library.with_name('vcchk')} kiosk" in refused(library)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(9005, "未配置该设备"), (7101, "打印机缺纸"), (3003, "正在被占用"), (4711, "未知错误")],
)
def test_numbers_have_sentences(number, sentence):
    assert sentence in sentence_of(number)
    assert sentence_of(number).endswith(f"[{number:04d}]")
