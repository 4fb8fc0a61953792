"""How long rows are kept: closed ones for ``[journal] days``, those in doubt until somebody settles them.

Clocks of tills jump: an empty battery starts a machine in 2000, a wrong year is set and set back. A row's age by such a
clock is no reason to delete it. So the clock is believed only as long as it goes on from where it was last seen, and
what was written before a jump is kept for the full time after it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

DAY = 86400.0
ROWS_AT_ONCE = 500
"""So many rows go at a time, so that no call waits; the next call's end goes on."""
MAX_PAUSE_DAYS = 15
"""So long a site may stand still (New Year's holidays) before its clock counts as having jumped."""
MAX_SET_BACK_DAYS = 1
"""So far a clock may go back (a wrong day, a time zone) without that."""


def sweep(db: sqlite3.Connection, days: int, now: float) -> int:
    """Delete closed rows older than ``days`` by the clock ``now`` (seconds since 1970); return how many.

    Raises sqlite3.Error.
    """
    seen, held_id, held_at = db.execute("SELECT seen, held_id, held_at FROM clock").fetchone()
    if not -MAX_SET_BACK_DAYS * DAY <= now - seen <= MAX_PAUSE_DAYS * DAY:
        held_id, held_at = db.execute("SELECT coalesce(max(id), 0) FROM call").fetchone()[0], now
    db.execute("UPDATE clock SET seen=?, held_id=?, held_at=?", (now, held_id, held_at))
    oldest = now - days * DAY
    if held_id and held_at > oldest:
        return 0
    # Rows are in the order of time. One that looks old behind a young one was written while the clock was wrong; so
    # was one that is not yet born, which says nothing about those before it.
    young = db.execute(
        "SELECT id FROM call WHERE id > ? AND begun BETWEEN ? AND ? ORDER BY id LIMIT 1", (held_id, oldest, now + DAY)
    ).fetchone()
    statement = (
        "DELETE FROM call WHERE id IN (SELECT id FROM call WHERE closed IS NOT NULL AND id < ? ORDER BY id LIMIT ?)"
    )
    return db.execute(statement, (young[0] if young else held_id + 1, ROWS_AT_ONCE)).rowcount
