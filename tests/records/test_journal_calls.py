"""Calls with texts of any size and kind: each leaves its row, and the state folder stays small."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.http_peer import ScriptedPlatform
from tests.package.conftest import Till, make_till, platform  # noqa: F401 - fixtures
from vcchk.records.journal import FILE

REGISTER = "ehc.ehealthcard.register"
BIZ = {"id_type": "01", "id_no": "350299196502020018", "out_register_no": "R1", "user_name": "张三"}
REPLY = {"ret_code": "0000", "ret_msg": "ok", "app_id": "A", "method": REGISTER, "biz_content": {"a": 1}}
Make = Callable[..., Till]


def rows(till: Till) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(till.folder / FILE)) as db:
        return db.execute("SELECT closed IS NOT NULL, code FROM call").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    "biz",
    [
        {"out_register_no": "9" * 5_000_000},
        {"out_register_no": "9" * 2_500_000, "address": "某路" * 450_000},
        {"user_name": "王" * 1_000_000, "id_no": "3" * 1_000_000},
        {"mobile_phone": "1" * 1_000_000, "ehealth_card_id": "A" * 1_000_000},
    ],
)
def test_megabytes_leave_a_row_of_bytes(make_till: Make, platform: ScriptedPlatform, biz: dict[str, str]) -> None:  # noqa: F811
    till = make_till("[wire]\nverify_reply = off\n")
    platform.answer = lambda body: json.dumps(REPLY).encode()
    assert till.call(REGISTER, {**BIZ, **biz})[0] == "00"
    assert rows(till) == [(1, "00")]
    assert sum(path.stat().st_size for path in till.folder.rglob("*") if path.is_file()) < 150_000


@pytest.mark.parametrize("field", [*BIZ, "mobile_phone", "address", "term_id", "app_id"])
@pytest.mark.parametrize("answered", [True, False])
def test_half_a_surrogate_leaves_a_row(make_till: Make, platform: ScriptedPlatform, field: str, answered: bool) -> None:  # noqa: F811
    till = make_till("[wire]\nverify_reply = off\n")
    platform.answer = lambda body: json.dumps(REPLY).encode() if answered else b""
    envelope = {"app_id": "A", "term_id": "T", "method": REGISTER, "version": "X.M.0.1", "sign_type": "MD5",
                "enc_type": "Plain", "key": "K" * 32, "biz_content": {**BIZ}}  # fmt: skip
    where: Any = envelope if field in envelope else envelope["biz_content"]
    where[field] = "a\ud83d"
    code, out = till.raw(json.dumps(envelope), "gb18030")
    assert (code == "00") is answered, out
    assert rows(till) == [(1, "00")] if answered else [(0, "9004")]
