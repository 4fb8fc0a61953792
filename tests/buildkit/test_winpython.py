"""A Windows Python under Wine: a command whose child process Wine did not start is run once more, nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from native.buildkit import places, targets, wine, winpython
from native.buildkit.progress import BuildError

WIN32 = targets.TABLE["win32"]


def _program(folder: Path, printed: str, *, failures: int) -> list[str]:
    """A command that prints `printed` and fails so many times before it ends well."""
    script = folder / "program.sh"
    script.write_text(
        f"echo run >> {folder}/runs\n[ $(wc -l < {folder}/runs) -gt {failures} ] && exit 0\necho '{printed}'\nexit 1\n"
    )
    return ["sh", str(script)]


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(wine, "prefixed", list)
    return tmp_path


def _run(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winpython, "executable", lambda target: Path(command[0]))
    winpython.run(WIN32, list(command[1:]), what="The analysis", seconds=20, log="analysis", env={})


def test_a_child_that_wine_did_not_start_costs_a_second_run(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(_program(logs, "OSError: [WinError 1359] internal", failures=1), monkeypatch)
    assert (logs / "runs").read_text().split() == ["run", "run"]


def test_the_second_failure_is_reported(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="The analysis failed"):
        _run(_program(logs, "OSError: [WinError 1359] internal", failures=2), monkeypatch)
    assert (logs / "runs").read_text().split() == ["run", "run"]


def test_another_failure_is_not_tried_again(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "logs").mkdir()
    (logs / "logs" / "analysis.log").write_text("an earlier run: [WinError 1359]\n")
    with pytest.raises(BuildError, match="The analysis failed"):
        _run(_program(logs, "SyntaxError", failures=1), monkeypatch)
    assert (logs / "runs").read_text().split() == ["run"]
