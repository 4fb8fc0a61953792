"""The package as the DLL runs it (bytes in, bytes out), over real HTTP: against the sandbox, and a platform that says
what a test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo_request import demo_request
from tests.http_peer import ScriptedPlatform
from vcchk.boundary.abi import Boundary
from vcchk.records import log
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.settings import parse_settings
from vcchk.transaction.sequence import Transactions


class Till:
    """One HIS process: its boundary, state folder, and the way it writes requests."""

    def __init__(self, folder: Path, url: str, ini: str) -> None:
        self.folder = folder
        self.url = url
        loaded = parse_settings(f"[log]\nfolder = {folder}\n{ini}")
        self.boundary = Boundary(Transactions(loaded, log.Log(loaded)))

    def raw(self, in_data: str, encoding: str = "gb18030", url: str | None = None) -> tuple[str, str]:
        """Send InData; returns (return code, OutData as text)."""
        code, out = self.boundary.virtual_card_trans((url or self.url).encode(), in_data.encode(encoding))
        assert 0 < len(out) < self.boundary.settings.abi.out_capacity
        return code, out.decode(encoding)

    def call(self, method: str, biz: dict[str, Any], encoding: str = "gb18030", **fields: str) -> tuple[str, str]:
        """Send a request of the demo application."""
        whole = demo_request(method, biz, **{"sign": "", **fields})
        return self.raw(json.dumps(whole, ensure_ascii=False), encoding)

    def log_text(self) -> str:
        """Everything that was logged."""
        return "".join(path.read_text("utf-8") for path in (self.folder / "log").glob("*.log"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = tmp_path_factory.mktemp("sandbox") / "platform.db"
    with Server(Sandbox(str(database), write=lambda line: None)) as running:
        yield running


@pytest.fixture
def till(tmp_path: Path, sandbox: Server) -> Till:
    return Till(tmp_path, sandbox.gateway_url, "")


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as made:
        yield made


@pytest.fixture
def make_till(tmp_path: Path, platform: ScriptedPlatform) -> Callable[..., Till]:
    return lambda ini="": Till(tmp_path, platform.url, ini)
