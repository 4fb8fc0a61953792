"""What the tests of log, journal and doctor share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vcchk.records import log, masking
from vcchk.records.masking import values
from vcchk.settings import Settings, parse_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test's secrets or remembered people reach the next one."""
    monkeypatch.setattr(values, "_guarded", {})
    monkeypatch.setattr(log, "_process", None)
    yield
    masking.forget()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Settings]:
    """Return settings whose state folder is the test's own; further INI text as the argument."""

    def made(text: str = "") -> Settings:
        return parse_settings(f"[log]\nfolder = {tmp_path / 'state'}\n{text}", "VirtualCardChk.ini")

    return made


def environment(**extra: str) -> dict[str, str]:
    """Return an environment for a child process that imports this tree's package."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **extra}


def run(code: str, *arguments: str, timeout: float = 60, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, encoding="utf-8", timeout=timeout, env=environment(**extra), check=False,
    )  # fmt: skip
