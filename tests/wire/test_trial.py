"""The trial of random platforms against the built library, bounded here and whole as a soak test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.builds import built
from tests.wire import trial
from vcchk.dialects import probe


@pytest.fixture
def library(tmp_path: Path) -> Path:
    target = built("linux")
    home = tmp_path / "linux"
    shutil.copytree(target.dist, home)
    return home / target.dll


def shares(trials: list[trial.Trial]) -> tuple[float, float, float]:
    counts = [sum(one.found in known for one in trials) for known in (("first",), ("first", "day"), trial.FOUND)]
    return tuple(count / len(trials) for count in counts)  # type: ignore[return-value]


def test_some_platforms_are_found_and_no_limit_is_passed(library: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(probe, "PAUSE_SECONDS", 0.0)
    trials = trial.run(library, 24, 1, tmp_path)
    assert all(one.limits_held and one.carried_out_once for one in trials)
    first, day, probed = shares(trials)
    assert first >= 0.75, trial.table(trials)
    assert (day >= 0.85, probed) == (True, 1.0), trial.table(trials)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_three_hundred_platforms(library: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(probe, "PAUSE_SECONDS", 0.0)
    trials = trial.run(library, 300, 1, tmp_path)
    assert all(one.limits_held and one.carried_out_once for one in trials)
    first, day, probed = shares(trials)
    assert first >= 0.85, trial.table(trials)
    assert day >= 0.92, trial.table(trials)
    assert probed >= 0.99, trial.table(trials)
