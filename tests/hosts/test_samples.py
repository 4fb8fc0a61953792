"""The documents' sample requests through the built library, byte for byte, in the code page of a HIS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from native.buildkit import demo_programs, places
from tests.native.conftest import hexed
from tests.specification import printed

from .compiled import App

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", ["linux", "win32"])
@pytest.mark.parametrize("document", ["A", "B"])
def test_sample(app: Callable[[str], App], tmp_path: Path, name: str, document: str) -> None:
    request, reply = printed.sample(document)
    places.LOGS.mkdir(parents=True, exist_ok=True)
    with demo_programs.SandboxProgram(tmp_path / "fresh.db") as sandbox:
        line = f"trans {hexed(sandbox.url.encode())} {hexed(request.encode('gbk'))}"
        (answer,) = app(name).session.run([line])
    out = bytes.fromhex(answer["out"]).decode("gbk")
    assert answer["ret"] == "00", out
    assert json.loads(out) == json.loads(reply)
