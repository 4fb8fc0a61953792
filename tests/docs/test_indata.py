"""docs/examples/indata: an InData of every method, each of which the sandbox answers as its name says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from native.buildkit import places
from vcchk.boundary.abi import Boundary
from vcchk.records.log import Log
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.settings import parse_settings
from vcchk.specification import METHODS
from vcchk.transaction.sequence import Transactions

FOLDER = places.ROOT / "docs" / "examples" / "indata"
# In this order, since one opens what another closes; the code that each gets.
FILES = {
    "regquery": "00", "verify": "00", "register": "00", "open-card": "00", "alterinfo": "00", "alterlink": "00",
    "authurl": "00", "auth-query": "00", "push": "00", "expired": "2001", "lower-key": "9003", "wrong-key": "9003",
    "close": "00",
}  # fmt: skip
NEEDS_A_VOUCHER = {"verify-voucher"}


def test_every_method_has_an_indata() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")}
    assert names == FILES.keys() | NEEDS_A_VOUCHER
    methods = {json.loads(path.read_text("utf-8"))["method"] for path in FOLDER.glob("*.json")}
    assert METHODS.keys() <= methods


def test_each_is_answered_as_its_name_says(tmp_path: Path) -> None:
    server = Server(Sandbox(write=lambda _line: None)).start()
    try:
        settings = parse_settings(f"[log]\nfolder = {tmp_path}\n")
        boundary = Boundary(Transactions(settings, Log(settings)))
        codes = {}
        for name in FILES:
            data = (FOLDER / f"{name}.json").read_bytes()
            codes[name], out = boundary.virtual_card_trans(server.gateway_url.encode(), data)
            assert codes[name] == FILES[name], out.decode("utf-8", "replace")
    finally:
        server.stop()


@pytest.mark.parametrize("name", sorted(FILES))
def test_serial_numbers_differ_from_file_to_file(name: str) -> None:
    own = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["biz_content"]
    numbers = [value for key, value in own.items() if key.startswith("out_") and key.endswith("_no")]
    for path in FOLDER.glob("*.json"):
        other = json.loads(path.read_text("utf-8"))["biz_content"]
        if path.stem not in (name, "auth-query") and name != "auth-query":
            assert not set(numbers) & {v for k, v in other.items() if k.startswith("out_") and k.endswith("_no")}
