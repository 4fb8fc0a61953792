"""A program that can start no more threads (a 32-bit HIS whose addresses are used up): the call goes on without."""

from __future__ import annotations

import _thread
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.deadlines import PATIENCE
from vcchk.network.connection import resolve
from vcchk.network.deadline import Deadline
from vcchk.records import journal, log
from vcchk.settings import load_settings, parse_settings

MORE_THAN_THERE_IS = 1 << 47
"""Bytes of a thread's stack: all that a process can address."""


@pytest.fixture(autouse=True)
def _no_more_threads() -> Iterator[None]:
    before = _thread.stack_size(MORE_THAN_THERE_IS)
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            _thread.start_new_thread(print, ())
        yield
    finally:
        _thread.stack_size(before)


def test_shared_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "common.ini").write_text("[gateway]\ntimeout = 7\n", "utf-8")
    ini = tmp_path / "VirtualCardChk.ini"
    ini.write_text(f"[include]\nfile = common.ini\n[log]\nfolder = {tmp_path}\n", "utf-8")
    loaded = load_settings(str(ini))
    assert (loaded.gateway.timeout, loaded.warnings) == (7.0, ())


def test_a_name_is_looked_up() -> None:
    assert resolve("localhost", 80, Deadline(PATIENCE))


@pytest.mark.slow
def test_the_end_of_a_call_that_cannot_be_written_yet_is_no_fault(tmp_path: Path) -> None:
    settings = parse_settings(f"[log]\nfolder = {tmp_path}\n")
    made = journal.Journal(str(tmp_path), settings, log.Log(settings))
    row = made.begin("ehc.ehealthcard.register", ("out_register_no", "1"), "1", "", "h")
    with closing(sqlite3.connect(tmp_path / journal.FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        made.close(row, "00")
    made.close(made.begin("ehc.ehealthcard.register", ("out_register_no", "2"), "1", "", "h"), "00")
    with closing(sqlite3.connect(tmp_path / journal.FILE)) as db:
        assert db.execute("SELECT code FROM call").fetchall() == [("00",), ("00",)]
