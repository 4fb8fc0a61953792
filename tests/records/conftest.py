"""What the tests of log, journal and doctor share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo_request import demo_request
from vcchk.records import journal, log, masking
from vcchk.records.masking import values
from vcchk.sandbox.seed import DEMO
from vcchk.settings import Settings, load_settings, parse_settings

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


# --- a hospital and its platform ---

PERSON = DEMO.people[0]
REGISTER = "ehc.ehealthcard.register"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("platform")
    running = subprocess.Popen(
        [sys.executable, "-m", "vcchk", "sandbox", "--port", "0", "--db", str(folder / "p.db"), "--quiet"],
        stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert running.stdout is not None
    try:
        line = running.stdout.readline()
        assert line.startswith("ready ")
        yield line.removeprefix("ready ").strip()
    finally:
        running.terminate()
        running.wait(10)


class Site:
    """A hospital's folder: INI and state; runs commands in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.path = folder / "VirtualCardChk.ini"
        self.ini("")

    def ini(self, text: str) -> None:
        self.path.write_text(f"[log]\nfolder = {self.state}\n{text}", "utf-8")

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "vcchk", *arguments],
            capture_output=True, text=True, encoding="utf-8", timeout=60, check=False, cwd=self.folder,
            env=environment(VCCHK_INI=str(self.path), PYTHONIOENCODING="utf-8", **extra),
        )  # fmt: skip

    def in_data(self, method: str, biz: dict[str, object], name: str = "in.json", encoding: str = "utf-8") -> str:
        envelope = demo_request(method, biz, timestamp=time.strftime("%Y%m%d%H%M%S"))
        (self.folder / name).write_bytes(json.dumps(envelope, ensure_ascii=False).encode(encoding))
        return name

    def journal(self) -> journal.Journal:
        loaded = load_settings(str(self.path))
        return journal.Journal(str(self.state), loaded, log.Log(loaded))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "医院 site"
    folder.mkdir()
    return Site(folder)
