"""How long the journal keeps its rows, whatever the clock says."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.records.test_journal import REGISTER, SERIAL, opened, rows
from vcchk.records.journal import FILE
from vcchk.records.journal.retention import ROWS_AT_ONCE
from vcchk.settings import Settings

Make = Callable[..., Settings]
DAY = 86400.0
NOW = 1_795_000_000.0  # November 2026


class Clock:
    """The machine's clock, set by the test; the monotonic one goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def start(make: Make, folder: Path, *codes: str) -> None:
    """Be a program of its own: one call a code, "" for one that stays in doubt."""
    made = opened(make("[journal]\ndays = 90\n"), folder)
    for code in codes:
        row = made.begin(REGISTER, SERIAL, "1", "", "h")
        if code:
            made.close(row, code)
        else:
            made.doubt(row, "8001")


def numbers(folder: Path) -> list[int]:
    return [row["id"] for row in rows(folder)]


@pytest.mark.parametrize("weekly", [True, False])
def test_closed_rows_go_after_their_days_in_doubt_ones_never(
    make: Make, folder: Path, clock: Clock, weekly: bool
) -> None:
    for _ in range(40):
        start(make, folder, "00", "", "3002")
        clock.now += (7 if weekly else 14) * DAY
    found = rows(folder)
    assert sum(row["closed"] is None for row in found) == 40
    kept = [row for row in found if row["closed"]]
    assert 0 < len(kept) <= 2 * 15
    assert min(row["begun"] for row in kept) >= clock.now - (90 + 14) * DAY


@pytest.mark.parametrize("jump", [-26 * 365, -365, -100, 100, 365, 10000])
def test_a_jump_of_the_clock_deletes_nothing_then_or_when_it_is_set_right(
    make: Make, folder: Path, clock: Clock, jump: int
) -> None:
    start(make, folder, "00", "", "00")
    clock.now += jump * DAY
    start(make, folder, "00", "", "00")
    clock.now += 3600
    start(make, folder, "00")
    clock.now = NOW + DAY
    start(make, folder, "00")
    start(make, folder, "00")
    assert numbers(folder) == list(range(1, 10))
    for _ in range(10):  # and they go in the end
        clock.now += 10 * DAY
        start(make, folder, "00")
    assert [row["id"] for row in rows(folder) if row["id"] < 10] == [2, 5]


def test_a_jump_within_one_program_deletes_nothing(make: Make, folder: Path, clock: Clock) -> None:
    made = opened(make("[journal]\ndays = 90\n"), folder)
    for at in (0, 1, -9000, -8999, 400, 401, 2, 3):
        clock.now = NOW + at * DAY
        made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
    assert numbers(folder) == list(range(1, 9))


def test_a_row_of_a_wrong_clock_between_two_sweeps_stays_with_its_neighbours(
    make: Make, folder: Path, clock: Clock
) -> None:
    start(make, folder, "00", "00", "00", "00")
    with closing(sqlite3.connect(folder / FILE)) as db, db:
        db.execute("UPDATE call SET begun = 946684800 WHERE id = 2")  # 2000
        db.execute("UPDATE call SET begun = ? WHERE id = 3", (NOW + 365 * DAY,))
    clock.now += DAY
    start(make, folder, "00")
    assert numbers(folder) == [1, 2, 3, 4, 5]
    for _ in range(10):
        clock.now += 10 * DAY
        start(make, folder, "00")
    assert min(numbers(folder)) > 5


def test_a_sweep_that_has_much_to_do_does_it_in_parts(make: Make, folder: Path, clock: Clock) -> None:
    start(make, folder, *["00"] * 1200)
    for _ in range(10):
        clock.now += 10 * DAY
        made = opened(make("[journal]\ndays = 90\n"), folder)
        made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
    counts = [len(numbers(folder))]
    for _ in range(2):
        made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
        counts.append(len(numbers(folder)))
    assert counts[0] - counts[1] == ROWS_AT_ONCE - 1, "one more row was written besides"
    assert counts[2] < 20
