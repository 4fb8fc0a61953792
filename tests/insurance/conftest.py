"""What the voucher's tests share: a service over real HTTP, our gateway, a log in a folder of the test's own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.insurance.service import Service
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import Settings, parse_settings


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder's parent."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def settings() -> Settings:
    """The defaults with a short time limit; a test replaces it by `parse_settings` where it needs more."""
    return parse_settings("[gateway]\ntimeout = 5\n")


@pytest.fixture
def log(state: Path, settings: Settings) -> Log:
    return Log(settings)


@pytest.fixture
def gateway(settings: Settings, log: Log) -> Iterator[Gateway]:
    made = Gateway(settings.gateway, log)
    yield made
    made.close()


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


def logged(state: Path) -> str:
    """Everything the log says."""
    return "".join(p.read_text("utf-8") for p in state.rglob("*.log"))


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that is bound but does not listen: connections to it are refused for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
