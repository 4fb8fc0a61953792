"""What the HTTP tests share: a bad server, a gateway of given settings, a log that keeps its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.badserver import BadServer
from tests.faults.certificates import Authority
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import GatewaySettings, LogSettings, Settings


class Lines:
    """The real log in a folder of its own, and what it has written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = Log(Settings(log=LogSettings(folder=str(folder))))

    @property
    def text(self) -> str:
        return "".join(path.read_text("utf-8") for path in self.folder.rglob("*.log"))


@pytest.fixture
def serve() -> Iterator[Callable[..., BadServer]]:
    """Return a maker of servers that are closed after the test."""
    made: list[BadServer] = []

    def make(*args: Any, **options: Any) -> BadServer:
        made.append(BadServer(*args, **options))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def log(tmp_path: Path) -> Lines:
    return Lines(tmp_path)


@pytest.fixture
def gateway(log: Lines) -> Iterator[Callable[..., Gateway]]:
    """Return a maker of gateways: keyword arguments are keys of [gateway]."""
    made: list[Gateway] = []

    def make(resolver: Any = None, **keys: Any) -> Gateway:
        options = {"resolver": resolver} if resolver else {}
        made.append(Gateway(GatewaySettings(**keys), log.log, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("ca")
    return Authority(folder)
