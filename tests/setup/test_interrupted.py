"""A setup that a power cut ended while the library's name was without a file, and what the next start of vcchk does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from native.buildkit import wine
from native.buildkit.targets import Target
from tests.builds import runnable
from tests.copies import link_or_copy
from tests.setup.releases import small
from vcchk.doctor import machine
from vcchk.doctor.finding import FAIL
from vcchk.settings import Settings, places
from vcchk.setup import files, interrupted, release, site
from vcchk.setup.failure import SetupError
from vcchk.setup.interrupted import ASIDE
from vcchk.setup.site import STAGED, Site

LIBRARY = "libVirtualCardChk.so"


def cut_off(his: Path, library: str) -> bytes:
    """Leave the folder as between the two renames of a library in use; returns the bytes that stood there."""
    data = (his / library).read_bytes()
    (his / ASIDE).mkdir()
    (his / STAGED).mkdir()
    (his / library).rename(his / ASIDE / library)
    (his / STAGED / library).write_bytes(b"the new one")
    return data


@pytest.fixture
def his(tmp_path: Path) -> Path:
    folder = tmp_path / "HIS"
    folder.mkdir()
    Site(str(folder)).install(release.read_source(str(small(tmp_path / "release", "1.0.0"))))
    return folder


def test_the_library_has_its_name_again(his: Path) -> None:
    data = cut_off(his, LIBRARY)
    site.mend(str(his))
    assert (his / LIBRARY).read_bytes() == data
    assert not interrupted.is_interrupted(str(his))
    assert Site(str(his)).status().damaged == ()


def test_doctor_names_the_reason_and_a_setup_under_way_is_left_alone(
    his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(his, LIBRARY)
    with files.locked(str(his)):
        site.mend(str(his))
    assert interrupted.is_interrupted(str(his))
    monkeypatch.setattr(places, "home", lambda: str(his))
    (found,) = machine.files(Settings())
    assert (found.level, found.text) == (FAIL, "上次 vcchk setup 没有做完（或正在进行）")
    assert f"vcchk setup install --to {his}" in found.advice


@pytest.mark.parametrize("target", [pytest.param(name, id=name) for name in ("linux", "win32")])
def test_any_command_of_the_folder_s_own_vcchk_mends_it(tmp_path: Path, target: str) -> None:
    row: Target = runnable(target)
    his = tmp_path / "HIS 窗口"
    his.mkdir()
    for name in (row.dll, row.exe, row.runtime.name):
        for path in [row.dist / name, *(row.dist / name).rglob("*")]:
            copied = his / path.relative_to(row.dist)
            copied.mkdir() if path.is_dir() else link_or_copy(str(path), str(copied))
    data = cut_off(his, row.dll)
    command = [*(wine.prefixed() if row.windows else []), str(his / row.exe), "--version"]
    environment = os.environ | (wine.environment() if row.windows else {})
    subprocess.run(command, env=environment, capture_output=True, timeout=120, stdin=subprocess.DEVNULL, check=True)
    assert (his / row.dll).read_bytes() == data
    assert not (his / ASIDE).exists()


def test_a_library_put_there_by_hand_meanwhile_stays(his: Path) -> None:
    cut_off(his, LIBRARY)
    (his / LIBRARY).write_bytes(b"another maker's")
    site.mend(str(his))
    assert (his / LIBRARY).read_bytes() == b"another maker's"
    assert not interrupted.is_interrupted(str(his))


def test_a_new_library_that_an_antivirus_took_gives_the_name_back(his: Path) -> None:
    data = cut_off(his, LIBRARY)
    (his / STAGED / LIBRARY).unlink()
    site.mend(str(his))
    assert (his / LIBRARY).read_bytes() == data
    assert Site(str(his)).status().damaged == ()


@pytest.mark.parametrize("is_taken", [False, True], ids=["staged", "taken by an antivirus"])
def test_a_first_install_gives_the_name_back_to_the_library_that_had_it(tmp_path: Path, *, is_taken: bool) -> None:
    his = tmp_path / "HIS"
    his.mkdir()
    (his / LIBRARY).write_bytes(b"another maker's")
    Site(str(his)).install(release.read_source(str(small(tmp_path / "release", "1.0.0"))))
    (his / ASIDE).mkdir()
    (his / STAGED).mkdir()
    (his / LIBRARY).rename(his / STAGED / LIBRARY)
    if is_taken:
        (his / STAGED / LIBRARY).unlink()
    site.mend(str(his))
    assert (his / LIBRARY).read_bytes() == b"another maker's"
    assert not interrupted.is_interrupted(str(his))


def test_what_could_not_be_undone_at_once_is_undone_by_the_next_vcchk(
    his: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace
    refused = {str(his / STAGED / LIBRARY), str(his / ASIDE / "vcchk")}

    def refusing(source: str, target: str) -> None:
        if source in refused:
            raise PermissionError(13, "in use", source)
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refusing)
        with pytest.raises(SetupError, match="也没能全部改回"):
            Site(str(his)).upgrade(release.read_source(str(small(tmp_path / "next", "1.0.1"))))
    site.mend(str(his))
    found = Site(str(his)).status()
    assert (found.version, found.damaged, found.previous) == ("1.0.0", (), "")
