"""Files of others in a HIS's folder: lists, libraries and what else has one of our names stays or comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builds import built
from tests.setup.releases import small, write_sums
from tests.setup.test_site import his, make, snapshot, version_of
from vcchk.setup import checks, release
from vcchk.setup.failure import REFUSED, SetupError
from vcchk.setup.site import Site

LIBRARY = "libVirtualCardChk.so"
__all__ = ["his"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no list",
        b"\xff\xfe" + "散列".encode("utf-16-le"),
        "乱".encode("gbk"),
        b"0" * 64 + b"  HIS.exe\n",
        b"0" * 64 + b"  libVirtualCardChk.so\n",
    ],
)
def test_a_list_of_somebody_else_comes_back(tmp_path: Path, his: Path, content: bytes) -> None:
    (his / "SHA256SUMS").write_bytes(content)
    (his / "sbom.cdx.json").write_bytes(b"{}")
    before = snapshot(his)
    done = Site(str(his)).install(make(tmp_path, "1.0.0"))
    assert Site(str(his)).status().damaged == ()
    assert any("原 SHA256SUMS 保留为 SHA256SUMS_old_2" in note for note in done.notes)
    Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
    assert Site(str(his)).rollback().version == "1.0.0"
    Site(str(his)).remove()
    assert snapshot(his) == before | {"VirtualCardChk.ini": b"; 1.0.0\n"}


def test_a_list_that_cannot_be_read_is_said_to_be_that(tmp_path: Path, his: Path) -> None:
    (his / "SHA256SUMS").mkdir()
    before = snapshot(his)
    with pytest.raises(SetupError, match=r"读不出 .*SHA256SUMS（.*），请检查权限；不是 vcchk 的就先改名") as caught:
        Site(str(his)).install(make(tmp_path, "1.0.0"))
    assert caught.value.code == REFUSED
    assert snapshot(his) == before


def test_a_list_that_the_site_made_over_its_whole_folder_costs_it_no_file(tmp_path: Path, his: Path) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    (his / "HIS.exe").write_bytes(b"of the HIS")
    (tmp_path / "beside.txt").write_bytes(b"of nobody")
    listed = subprocess.run(
        "find . -type f ! -name SHA256SUMS | xargs -d '\\n' sha256sum",
        shell=True,
        cwd=his,
        capture_output=True,
        check=True,
    ).stdout
    (his / "SHA256SUMS").write_bytes(listed + listed.split()[0] + b"  ../beside.txt\n")
    Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
    assert (his / "HIS.exe").is_file()
    assert version_of(his) == "1.0.1"
    (his / "SHA256SUMS").write_bytes(listed + listed.split()[0] + b"  ../beside.txt\n")
    Site(str(his)).remove()
    assert snapshot(his).keys() == {"README.txt", "HIS.exe", "VirtualCardChk.ini"}
    assert (tmp_path / "beside.txt").is_file()


def test_a_library_that_a_vendor_put_over_ours_stays(tmp_path: Path, his: Path) -> None:
    (his / LIBRARY).write_bytes(b"\x7fELF\x02 first")
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    (his / LIBRARY).unlink()
    (his / LIBRARY).write_bytes(b"\x7fELF\x02 second")
    Site(str(his)).install(make(tmp_path, "1.0.1"))  # on the same day
    kept = [path.name for path in his.glob("libVirtualCardChk_old_*")]
    assert len(kept) == 2
    assert set(Site(str(his)).status().old_libraries) == set(kept)
    (his / "libVirtualCardChk_old_说明.so").write_bytes(b"a note")
    Site(str(his)).remove()
    assert (his / LIBRARY).read_bytes() == b"\x7fELF\x02 second", "the one that stood there last"
    Site(str(his)).install(make(tmp_path / "again", "1.0.0"))
    (his / LIBRARY).unlink()
    (his / LIBRARY).write_bytes(b"\x7fELF\x02 third")
    Site(str(his)).remove()
    assert (his / LIBRARY).read_bytes() == b"\x7fELF\x02 third"
    assert not (his / "vcchk").exists()


@pytest.mark.parametrize("content", [b"", b"MZ", b"plain text", b"MZ" + b"\0" * 5000])
def test_an_old_library_that_is_no_library_is_kept_all_the_same(tmp_path: Path, his: Path, content: bytes) -> None:
    (his / LIBRARY).write_bytes(content)
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    Site(str(his)).remove()
    assert (his / LIBRARY).read_bytes() == content


@pytest.mark.parametrize("name", ["vcchk", LIBRARY, "VirtualCardChk.example.ini"])
def test_a_folder_of_one_of_our_names_comes_back(tmp_path: Path, his: Path, name: str) -> None:
    (his / name).mkdir()
    (his / name / "theirs.txt").write_bytes(b"of the site")
    before = snapshot(his)
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
    Site(str(his)).remove()
    assert snapshot(his) == before | {"VirtualCardChk.ini": b"; 1.0.0\n"}
    assert sorted(path.name for path in his.iterdir()) == sorted([name, "README.txt", "VirtualCardChk.ini"])


def test_an_old_library_of_the_other_kind_tells_what_the_his_is(tmp_path: Path) -> None:
    win32, win64 = built("win32"), built("win64")
    source = release.read_source(str(win32.dist))
    folder = tmp_path / "HIS"
    folder.mkdir()
    shutil.copy(win64.dist / win64.dll, folder)
    with pytest.raises(SetupError, match=r"VirtualCardChk.dll）是 64 位的.*win64 发布包"):
        checks.programs_fit(str(folder), source)
    shutil.copy(win32.dist / win32.exe, folder / "HIS.exe")
    assert checks.programs_fit(str(folder), source) == [], "a program that fits counts more"


def test_a_list_that_was_cut_is_no_release(tmp_path: Path) -> None:
    folder = small(tmp_path / "release", "1.0.0")
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines(keepends=True)
    for name in ("desktop.ini", "Thumbs.db"):
        (folder / "vcchk_runtime-1.0.0" / name).write_bytes(b"x")
    release.read_source(str(folder))
    (folder / "SHA256SUMS").write_text("".join(line for line in lines if "data.pem" not in line), "utf-8")
    with pytest.raises(SetupError, match=r"SHA256SUMS 不完整，没有列出 vcchk_runtime-1.0.0/package/data.pem"):
        release.read_source(str(folder))


def test_a_list_in_the_forms_that_tools_write(tmp_path: Path) -> None:
    folder = small(tmp_path / "release", "1.0.0")
    text = (folder / "SHA256SUMS").read_text("utf-8")
    (folder / "SHA256SUMS").write_bytes(b"\xef\xbb\xbf" + text.upper().replace("  ", " *./").encode())
    assert release.read(str(folder)) is None, "names keep their case"
    rows = (line.split("  ") for line in text.splitlines())
    (folder / "SHA256SUMS").write_bytes(
        b"\xef\xbb\xbf" + "".join(f"{digest.upper()} *./{name}\r\n" for digest, name in rows).encode()
    )
    assert release.read_source(str(folder)).version == "1.0.0"


def test_copied_by_hand_without_a_list(tmp_path: Path, his: Path) -> None:
    source = make(tmp_path, "1.0.0")
    shutil.copy(source.path(LIBRARY), his)
    found = Site(str(his)).status()
    assert (found.version, found.unlisted_library, found.foreign_library) == ("", LIBRARY, "")
    Site(str(his)).install(source)
    assert Site(str(his)).status().version == "1.0.0"
    assert not list(his.glob("*_old_*"))


def test_a_package_from_a_disc_or_unpacked_under_a_strict_umask(tmp_path: Path, his: Path) -> None:
    folder = small(tmp_path / "release", "1.0.0")
    for path in folder.rglob("*"):
        path.chmod(0o500 if path.is_dir() or path.name == "vcchk" else 0o400)
    shutil.rmtree(his)
    his.mkdir(mode=0o755)
    command = [sys.executable, "-m", "vcchk", "setup", "install", "--from", str(folder), "--to", str(his)]
    subprocess.run(command, check=True, timeout=60, umask=0o077, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for path in his.rglob("*"):
        wanted = 0o755 if path.is_dir() or path.name == "vcchk" else 0o644
        assert path.stat().st_mode & 0o777 == wanted, path


def test_too_long_a_path_is_reported_before(tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MAX_PATH", len(str(his)) + 40)
    before = snapshot(his)
    with pytest.raises(SetupError, match=r"路径太长.*请把 HIS 放到更短的路径下") as caught:
        Site(str(his)).install(make(tmp_path, "1.0.0"))
    assert caught.value.code == REFUSED
    assert snapshot(his) == before


def test_a_previous_version_that_is_damaged_is_not_gone_back_to(tmp_path: Path, his: Path) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
    before = snapshot(his)
    for name in ("vcchk_runtime-1.0.0/core.zip", "vcchk_previous/vcchk"):
        whole = (his / name).read_bytes()
        (his / name).write_bytes(b"cut")
        with pytest.raises(SetupError, match="不完整"):
            Site(str(his)).rollback()
        (his / name).write_bytes(whole)
    assert snapshot(his) == before
    assert Site(str(his)).rollback().version == "1.0.0"


def test_the_same_version_built_anew_is_put_back_when_a_name_is_refused(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    before = snapshot(his)
    folder = small(tmp_path / "anew", "1.0.0")
    (folder / "vcchk_runtime-1.0.0" / "core.zip").write_bytes(b"another build")
    (folder / "vcchk").write_bytes(b"vcchk 1.0.0 another build")
    source = release.read_source(str(write_sums(folder)))
    real = os.replace

    def refusing(old: str, new: str) -> None:
        if new == str(his / LIBRARY) and old.endswith(LIBRARY):
            raise PermissionError(13, "Permission denied", new)
        real(old, new)

    monkeypatch.setattr(os, "replace", refusing)
    with pytest.raises(SetupError, match="已全部改回"):
        Site(str(his)).install(source)
    assert snapshot(his).items() >= before.items()
    monkeypatch.undo()
    Site(str(his)).install(source)
    assert (his / "vcchk_runtime-1.0.0" / "core.zip").read_bytes() == b"another build"
    assert Site(str(his)).status().previous == ""
