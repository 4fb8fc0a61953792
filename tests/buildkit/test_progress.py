"""Lanes of the build: steps of one in order, lanes at the same time, a failure that is not lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from native.buildkit import places, progress
from native.buildkit.progress import BuildError, BuildStep


@pytest.fixture(autouse=True)
def own_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another build may be running in this tree."""
    monkeypatch.setattr(places, "CACHE", tmp_path)


def test_lanes_run_at_once_and_their_steps_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    meeting = threading.Barrier(2)
    done: list[str] = []

    def work(name: str) -> str:
        if name in ("a1", "b1"):
            meeting.wait(10)  # each lane's first step ends only when the other's has begun, too
        done.append(name)
        return f"note of {name}"

    lanes = [[BuildStep(f"{lane}{n}", lambda name=f"{lane}{n}": work(name)) for n in (1, 2)] for lane in "ab"]
    progress.run_lanes([BuildStep("first", lambda: work("first"))], [*lanes, []])
    assert done[0] == "first"
    assert [name for name in done if name[0] == "a"] == ["a1", "a2"]
    assert [name for name in done if name[0] == "b"] == ["b1", "b2"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("]")[0] for line in lines] == [f"[{n}/5" for n in range(1, 6)]
    assert all(f"note of {line.split()[1]}, " in line for line in lines)


def test_a_failed_step_is_raised_and_keeps_the_others_from_going_on(capsys: pytest.CaptureFixture[str]) -> None:
    lane: list[threading.Thread] = []
    meeting = threading.Barrier(2)

    def fail() -> str:
        lane.append(threading.current_thread())
        meeting.wait(10)
        raise BuildError("what to do")

    def slow() -> str:
        meeting.wait(10)
        lane[0].join(10)  # the other lane has ended, and what it raised is known
        return "came to its end"

    def never() -> str:
        raise AssertionError("begun after another lane's failure")

    with pytest.raises(BuildError, match="what to do"):
        progress.run_lanes(
            [],
            [
                [BuildStep("bad", fail), BuildStep("behind it", never)],
                [BuildStep("slow", slow), BuildStep("late", never)],
            ],
        )
    printed = capsys.readouterr().out
    assert "bad … failed" in printed
    assert "slow … came to its end" in printed
