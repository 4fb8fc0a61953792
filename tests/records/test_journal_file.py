"""The journal's file: grown from older ones, damaged, deleted, shared; texts of any size."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.records.conftest import environment
from tests.records.test_journal import REGISTER, SERIAL, logged, opened, rows
from vcchk.records import journal
from vcchk.records.journal.file import VERSION, put_aside
from vcchk.settings import Settings

Make = Callable[..., Settings]

FIRST_VERSION = """
CREATE TABLE call (
  id INTEGER PRIMARY KEY AUTOINCREMENT, begun REAL NOT NULL, method TEXT NOT NULL, serial_field TEXT NOT NULL,
  serial TEXT NOT NULL, term_id TEXT NOT NULL, person TEXT NOT NULL, host TEXT NOT NULL, program TEXT NOT NULL,
  pid INTEGER NOT NULL, closed REAL, code TEXT NOT NULL DEFAULT '', reply BLOB, reply_chars INTEGER
)
"""
OLD_ROW = (
    "INSERT INTO call (begun, method, serial_field, serial, term_id, person, host, program, pid)"
    " VALUES (1795000000, 'm', 'out_register_no', ?, '1', '', 'h', 'HIS.exe', 1)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


# --- versions ---


def test_an_older_file_is_brought_up_to_date_and_its_program_goes_on_writing(make: Make, folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / journal.FILE, isolation_level=None)) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute(FIRST_VERSION)
        old.execute(OLD_ROW, ("before",))
        made = opened(make(), folder)
        row = made.begin(REGISTER, SERIAL, "1", "", "h")
        old.execute(OLD_ROW, ("after",))
        made.close(row, "00")
        old.execute("UPDATE call SET closed=1, code='00' WHERE serial='before'")
    assert [(r["serial"], bool(r["closed"])) for r in rows(folder)] == [
        ("before", True), (SERIAL[1], True), ("after", False)
    ]  # fmt: skip
    with closing(sqlite3.connect(folder / journal.FILE)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION


def test_a_newer_file_is_written_to(make: Make, folder: Path) -> None:
    opened(make(), folder).begin(REGISTER, SERIAL, "1", "", "h")
    with closing(sqlite3.connect(folder / journal.FILE)) as db, db:
        db.execute("ALTER TABLE call ADD COLUMN what_comes INTEGER DEFAULT 7")
        db.execute(f"PRAGMA user_version={VERSION + 1}")
    made = opened(make(), folder)
    made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
    assert [bool(r["closed"]) for r in rows(folder)] == [False, True]
    with closing(sqlite3.connect(folder / journal.FILE)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION + 1


# --- damage ---

SHARING = """
import sys
from vcchk.records.journal import Journal
from vcchk.records.log import Log
from vcchk.settings import parse_settings
settings = parse_settings("[log]\\nfolder = " + sys.argv[1])
made = Journal(sys.argv[1], settings, Log(settings))
row = made.begin("m", ("out_register_no", sys.argv[2] + "-first"), "1", "", "h")
print("ready", flush=True)
sys.stdin.readline()
for i in range(40):
    made.close(made.begin("m", ("out_register_no", f"{sys.argv[2]}-{i}"), "1", "", "h"), "00")
made.close(row, "00")
"""


@pytest.mark.parametrize("damage", ["header", "pages"])
def test_two_programs_with_a_damaged_file_lose_nothing(folder: Path, damage: str) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", SHARING, str(folder), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(),
        )
        for name in ("a", "b")
    ]  # fmt: skip
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    with closing(sqlite3.connect(folder / journal.FILE)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = folder / journal.FILE
    with path.open("r+b") as file:
        file.seek(0 if damage == "header" else 4096)
        file.write(os.urandom(path.stat().st_size - file.tell()))
    for program in programs:
        program.communicate("\n", timeout=60)
    found = rows(folder)
    wanted = {f"{name}-{i}" for name in "ab" for i in (*range(40), "first")}
    assert {r["serial"] for r in found} == wanted
    assert len(found) == len(wanted)
    assert all(r["closed"] for r in found)
    assert len([n for n in os.listdir(folder) if ".broken-" in n and not n.endswith(("-wal", "-shm"))]) == 1


def test_a_file_that_another_program_has_replaced_is_left_alone(make: Make, folder: Path) -> None:
    opened(make(), folder).begin(REGISTER, SERIAL, "1", "", "h")
    path = str(folder / journal.FILE)
    assert put_aside(path, (0, 0)) == ""
    assert len(rows(folder)) == 1
    state = os.stat(path)
    names = {put_aside(path, (state.st_dev, state.st_ino))}
    for _ in range(3):
        opened(make(), folder).begin(REGISTER, SERIAL, "1", "", "h")
        state = os.stat(path)
        names.add(put_aside(path, (state.st_dev, state.st_ino)))
    assert len(names) == 4, "no name is used twice in the same second"
    assert names <= set(os.listdir(folder))


def test_a_file_that_is_deleted_while_it_is_open_is_noticed(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    made.close(made.begin(REGISTER, ("out_register_no", "closed"), "1", "", "h"), "00")
    made.doubt(made.begin(REGISTER, ("out_register_no", "doubt"), "1", "", "h"), "8001")
    under_way = made.begin(REGISTER, ("out_register_no", "under way"), "1", "", "h")
    for name in list(os.listdir(folder)):
        if name.startswith(journal.FILE):
            (folder / name).unlink()
    after = made.begin(REGISTER, ("out_register_no", "after"), "1", "", "h")
    made.close(under_way, "00")
    made.close(after, "3002")
    assert [(r["serial"], r["code"]) for r in rows(folder)] == [
        ("doubt", "8001"), ("under way", "00"), ("after", "3002")
    ]  # fmt: skip
    assert "被删除或替换" in logged(folder)


def test_an_end_never_meets_another_calls_row_of_the_same_number(make: Make, folder: Path) -> None:
    """Two programs; the file is deleted; the first begins a new one, whose numbers start again."""
    one, two = opened(make(), folder), opened(make(), folder)
    ones = [one.begin(REGISTER, ("out_register_no", f"one-{i}"), "1", "", "h") for i in range(3)]
    twos = [two.begin(REGISTER, ("out_register_no", f"two-{i}"), "1", "", "h") for i in range(3)]
    for name in list(os.listdir(folder)):
        if name.startswith(journal.FILE):
            (folder / name).unlink()
    new = [one.begin(REGISTER, ("out_register_no", f"new-{i}"), "1", "", "h") for i in range(6)]
    for row in twos:
        two.close(row, "2222")
    for row in ones:
        one.close(row, "1111")
    kept = one.keep_reply(new[5], "reply")
    found = {r["serial"]: (r["code"], r["id"], r["reply_chars"]) for r in rows(folder)}
    assert {serial: code for serial, (code, _, _) in found.items()} == {
        **{f"one-{i}": "1111" for i in range(3)}, **{f"two-{i}": "2222" for i in range(3)},
        **{f"new-{i}": "" for i in range(6)},
    }  # fmt: skip
    assert found["new-5"][1:] == (kept, 5)


# --- memory and texts ---


@pytest.mark.slow
def test_what_waits_is_written_without_another_call(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAUSE_SECONDS", 0.05)
    made = opened(make(), folder)
    made.begin(REGISTER, ("out_register_no", "before"), "1", "", "h")
    with closing(sqlite3.connect(folder / journal.FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for i in range(3):
            made.close(made.begin(REGISTER, ("out_register_no", f"n-{i}"), "1", "", "h"), "00")
    until = time.monotonic() + 30
    while made.fault and time.monotonic() < until:
        time.sleep(0.02)
    assert [(r["serial"], r["code"]) for r in rows(folder)] == [
        ("before", ""), ("n-0", "00"), ("n-1", "00"), ("n-2", "00")
    ]  # fmt: skip


def test_memory_is_bounded_and_the_log_goes_on(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_ROWS_IN_MEMORY", 3)
    (tmp_path / "blocked").write_text("in the way")
    made = opened(make(), tmp_path / "blocked")
    names = [made.begin(REGISTER, ("out_register_no", f"n-{i}"), "1", "", "h") for i in range(5)]
    assert [name < 0 for name in names] == [True, True, True, False, False]
    assert names[3:] == [journal.NOT_RECORDED] * 2
    assert all(f"serial=n-{i}" in logged(tmp_path / "state") for i in range(5))


HALF = "\ud83d"


@pytest.mark.parametrize("place", range(5))
def test_half_a_surrogate_in_any_field_is_a_row_all_the_same(make: Make, folder: Path, place: int) -> None:
    values: list[object] = [REGISTER, ("out_register_no", "1"), "1", "张*", "h"]
    values[place] = ("out_register_no", HALF) if place == 1 else f"a{HALF}b"
    made = opened(make(), folder)
    row = made.begin(*values)  # type: ignore[arg-type]
    assert row > 0
    assert made.keep_reply(row, HALF)
    made.close(row, HALF)
    (found,) = rows(folder)
    assert found["closed"]


def test_a_serial_of_megabytes_is_a_row_of_bytes(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    for text in ("9" * 5_000_000, "流水" * 2_000_000, "a b" * 1_000_000, HALF * 1_000_000):
        made.close(made.begin(REGISTER, ("out_register_no", text), text, text, "h" * 5_000_000), "00")
    found = rows(folder)
    assert len(found) == 4
    assert all(r["closed"] for r in found)
    assert found[0]["serial"].startswith("9999")
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 200_000
