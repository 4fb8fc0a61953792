"""What the authorisation page shows: the authorisation, and the cards that the phone's owner may hold."""

from __future__ import annotations

import sqlite3

from vcchk import masking
from vcchk.sandbox.platform import state


def choices(db: sqlite3.Connection) -> list[dict[str, str]]:
    """Return the open cards to choose from, masked. On a real phone the signed-in owner is the only one."""
    return [
        {
            "card_id": row["card_id"],
            "name": masking.mask_value("user_name", row["user_name"]),
            "id_no": masking.mask_value("id_no", row["id_no"]),
        }
        for row in state.open_cards(db)
    ]
