"""What the HTTP tests share: a bad server, a gateway of given settings, a log that keeps its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.badserver import BadServer
from tests.faults.certificates import Authority
from vcchk.gateway import Gateway
from vcchk.settings import Gateway as Settings


class Lines:
    """Stands where the log stands and keeps what it is given."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def warn(self, text: str, **fields: object) -> None:
        self.lines.append(f"{text} {fields}")


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
def log() -> Lines:
    return Lines()


@pytest.fixture
def gateway(log: Lines) -> Iterator[Callable[..., Gateway]]:
    """Return a maker of gateways: keyword arguments are keys of [gateway]."""
    made: list[Gateway] = []

    def make(resolver: Any = None, **keys: Any) -> Gateway:
        options = {"resolver": resolver} if resolver else {}
        made.append(Gateway(Settings(**keys), log, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("ca")
    return Authority(folder)
