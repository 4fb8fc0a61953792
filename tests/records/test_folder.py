"""Whose the state folder is on Linux: ours alone when we make it, its maker's otherwise. (Windows: test_windows.py.)"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vcchk.records.folder import make_folder
from vcchk.records.journal import Journal
from vcchk.records.log import Log
from vcchk.records.sealing import FILE as SEAL_KEY
from vcchk.settings import parse_settings
from vcchk.transaction.reply_habits import SIGNS, ReplyHabits


@pytest.fixture(params=[0o022, 0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Return what is in the folder and below, with modes, the folder itself as "."."""
    paths = [folder, *folder.rglob("*")]
    return {path.relative_to(folder).as_posix(): oct(path.stat().st_mode & 0o7777)[2:] for path in paths}


def write_everything(folder: Path) -> Journal:
    """Return the journal, which must stay open: SQLite removes two of its files at the end."""
    settings = parse_settings(f"[log]\nfolder = {folder}\n")
    log = Log(settings)
    log.info("x")
    journal = Journal(str(folder), settings, log)
    assert journal.keep_reply(journal.begin("m", None, "1", "", "h"), "reply")
    ReplyHabits(str(folder)).remember("site", SIGNS)
    return journal


def test_a_folder_that_we_make_is_ours_alone_level_by_level(tmp_path: Path, umask: int) -> None:
    journal = write_everything(tmp_path / "a" / "b" / "state")
    found = modes(tmp_path / "a")
    assert journal.fault == ""
    folders = {name: mode for name, mode in found.items() if (tmp_path / "a" / name).is_dir()}
    assert folders == dict.fromkeys((".", "b", "b/state", "b/state/log", "b/state/verified"), "700")
    assert {mode for name, mode in found.items() if (tmp_path / "a" / name).is_file()} == {"600"}
    assert {"b/state/journal.sqlite3", "b/state/journal.sqlite3-wal", f"b/state/{SEAL_KEY}"} <= set(found)


@pytest.mark.parametrize(
    ("mode", "files", "secret"),
    [
        (0o700, "600", "600"),
        (0o755, "644", "600"),
        (0o770, "660", "660"),
        (0o2775, "664", "660"),
        (0o777, "666", "660"),
    ],
)
def test_in_a_folder_that_is_there_everything_follows_it(
    tmp_path: Path, umask: int, mode: int, files: str, secret: str
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    journal = write_everything(tmp_path / "state")
    found = modes(tmp_path / "state")
    assert journal.fault == ""
    for name, permissions in found.items():
        if (tmp_path / "state" / name).is_dir():
            assert permissions == oct(mode)[2:], name
        else:
            assert permissions == (secret if name == SEAL_KEY else files), name


def test_what_is_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            make_folder(str(path))
