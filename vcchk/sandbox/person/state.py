"""What the authorisation page shows: the authorisation, and the cards that the phone's owner may hold."""

from __future__ import annotations

import sqlite3
from typing import Any

from vcchk.records import masking
from vcchk.sandbox import magic
from vcchk.sandbox.platform import state


def choices(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the open cards to choose from, masked, with the person's row.

    ``magic``: what a magic person's card leads to, else empty.

    On a real phone the signed-in owner is the only one.
    """
    rows = []
    for row in state.open_cards(db):
        found = magic.find(dict(row))
        rows.append({
            "person": row["person"],
            "card_id": row["card_id"],
            "name": masking.mask_value("user_name", row["user_name"]),
            "id_no": masking.mask_value("id_no", row["id_no"]),
            "magic": f"{found.user_name} {found.effect}" if found else "",
        })  # fmt: skip
    return rows
