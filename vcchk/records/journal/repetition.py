"""A serial number sent again: when the platform says that it knows it, the first call's doubt is settled."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

BY = "vcchk"
NOTE = "平台已有此流水（3002）"

_CANDIDATES = """
SELECT earlier.id, earlier.inquiry FROM call AS earlier JOIN call AS later ON later.id = ?
WHERE earlier.closed IS NULL AND earlier.id < later.id AND later.serial <> ''
  AND (earlier.method, earlier.serial_field, earlier.serial, earlier.host)
    = (later.method, later.serial_field, later.serial, later.host)
"""
_SETTLE = "UPDATE call SET closed=?, settled='done', settled_by=?, note=?, inquiry=NULL WHERE id=? AND closed IS NULL"


def settle_repeated(db: sqlite3.Connection, folder: str, number: int, inquiry: str) -> list[int]:
    """Settle the open rows that row ``number`` repeats, and return their numbers. Raises sqlite3.Error.

    Rows hold masked serial numbers, which may be alike: the sealed inquiry decides, with the application's number.
    """
    settled = []
    for candidate, sealed in db.execute(_CANDIDATES, (number,)).fetchall():
        if _sender(_opened(sealed, folder)) == _sender(inquiry):
            db.execute(_SETTLE, (time.time(), BY, NOTE, candidate))
            settled.append(candidate)
    return settled


def _opened(sealed: bytes | None, folder: str) -> str:
    from vcchk.records.sealing import SealError, unseal

    try:
        return unseal(sealed, folder).decode() if sealed else ""
    except SealError:
        return ""


def _sender(inquiry: str) -> Any:
    """Return the application's and the caller's serial number, or what is equal to nothing without them."""
    import json

    kept = json.loads(inquiry) if inquiry else {}
    return [kept["fields"].get("app_id"), kept["serial"]] if kept.get("serial") else object()
