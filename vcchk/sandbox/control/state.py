"""Look-ups of the control namespace: people by a documented handle, never by a guess."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from vcchk.sandbox.platform import state


def person(db: sqlite3.Connection, told: Mapping[str, Any]) -> sqlite3.Row | None:
    """Return a person by ``person`` (row number), or by ``id_no`` with ``id_type`` (01 by default)."""
    if "person" in told:
        row: sqlite3.Row | None = db.execute("SELECT * FROM people WHERE person = ?", (told["person"],)).fetchone()
        return row
    return state.person_by_id(db, str(told.get("id_type", "01")), str(told.get("id_no", "")))


def people(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return all people, oldest first, with their cards (columns empty for those without one)."""
    return list(
        db.execute(
            "SELECT people.*, cards.card_id, cards.mindex_id, cards.status FROM people"
            " LEFT JOIN cards USING (person) ORDER BY people.person"
        )
    )
