"""A serial number sent again: when the platform says that it knows it, the first call's doubt is settled."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

BY = "vcchk"
NOTE = "平台已有此流水（3002）"

# A serial number that holds a person's is stored masked or cut: two of them may be alike and are not compared.
_REPEATED = """
SELECT earlier.id FROM call AS earlier JOIN call AS later ON later.id = ?
WHERE earlier.closed IS NULL AND earlier.id < later.id
  AND later.serial <> '' AND later.serial NOT GLOB '*[*…]*'
  AND (earlier.method, earlier.serial_field, earlier.serial, earlier.host, earlier.app_id)
    = (later.method, later.serial_field, later.serial, later.host, later.app_id)
"""
_SETTLE = "UPDATE call SET closed=?, settled='done', settled_by=?, note=?, inquiry=NULL WHERE id=? AND closed IS NULL"


def settle_repeated(db: sqlite3.Connection, number: int) -> list[int]:
    """Settle the open rows that row ``number`` repeats, and return their numbers. Raises sqlite3.Error."""
    repeated = [earlier for (earlier,) in db.execute(_REPEATED, (number,)).fetchall()]
    for earlier in repeated:
        db.execute(_SETTLE, (time.time(), BY, NOTE, earlier))
    return repeated
