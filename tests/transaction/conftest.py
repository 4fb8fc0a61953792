"""A till before a platform that says what a test wants, and what stands in the till's journal afterwards."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.package.conftest import Till, make_till, platform
from vcchk.records import journal
from vcchk.sandbox.seed import DEMO
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

__all__ = ["DOUBT", "Till", "make_till", "open_rows", "platform", "signed"]

DOUBT = "交易状态未知"


def signed(biz_text: str = "{}", key: str = DEMO.key, **fields: str) -> bytes:
    """Return a signed, encrypted reply of the platform."""
    whole = {"ret_code": "0000", "ret_msg": "操作成功", "app_id": DEMO.app_id, "sign_type": "SM3", "enc_type": "SM4"}
    return codec.seal_reply(BUILTIN["xiamen"], {**whole, **fields}, biz_text, key).body


def open_rows(till: Till) -> list[dict[str, Any]]:
    """Return the journal's rows that are in doubt."""
    with sqlite3.connect(till.folder / journal.FILE) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM call WHERE closed IS NULL ORDER BY id")]
