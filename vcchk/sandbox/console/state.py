"""The console's queries. Personal data leaves them masked, unless a person at the screen asked to see it."""

from __future__ import annotations

import sqlite3
from typing import Any

from vcchk import specification
from vcchk.records import masking
from vcchk.sandbox import magic
from vcchk.sandbox.console.forms import CARD_TYPES
from vcchk.sandbox.control import state as control
from vcchk.sandbox.platform import state

PERSONAL = (
    "user_name", "id_no", "mobile_phone", "birthday", "telephone", "address", "work_unit",
)  # fmt: skip
STATUS = {"open": ("有效", "good"), "closed": ("已注销", "bad"), "none": ("未开通", "")}
MAX_PEOPLE = 200
"""How many people a list shows."""


def people(db: sqlite3.Connection, text: str = "", *, is_clear: bool = False) -> list[dict[str, Any]]:
    """Return people and cards: all, or those whom `control.state.people` finds; never the magic ones."""
    rows = [row for row in control.people(db, text) if magic.find(dict(row)) is None]
    return [_row(db, row, is_clear) for row in rows[:MAX_PEOPLE]]


def person(db: sqlite3.Connection, number: int, *, is_clear: bool = False) -> dict[str, Any] | None:
    """Return one person by row number."""
    row = db.execute(
        "SELECT people.*, cards.card_id, cards.mindex_id, cards.status FROM people LEFT JOIN cards USING (person)"
        " WHERE person = ?",
        (number,),
    ).fetchone()
    return None if row is None else _row(db, row, is_clear)


def _row(db: sqlite3.Connection, row: sqlite3.Row, is_clear: bool) -> dict[str, Any]:
    def visible(name: str, value: str | None) -> str:
        return (value or "") if is_clear else masking.mask_value(name, value or "")

    named = {
        "id_type": ("id_kind", "id_types"), "nation": ("nation", "nations"), "user_sex": ("sex", "sexes"),
        "insu_org": ("region", "insurance_regions"),
    }  # fmt: skip
    found: dict[str, Any] = {name: visible(name, row[name]) for name in PERSONAL}
    for column, (name, book) in named.items():
        found[name] = specification.dictionary(book).get(row[column], row[column])
    linked = state.links(db, row["card_id"]) if row["card_id"] else []
    status = row["status"] or "none"
    return found | {
        "person": row["person"],
        "id_type": row["id_type"],
        "status": status,
        "status_label": STATUS[status][0],
        "status_class": STATUS[status][1],
        "card_id": row["card_id"] or "",
        "card": visible("ehealth_card_id", row["card_id"]),
        "links": [
            {
                "label": CARD_TYPES.get(c["card_type"], c["card_type"]),
                "number": visible("card_no", c["card_no"]),
                "place": place,
                **c,
            }
            for place, c in enumerate(linked)
        ],
    }


def magic_people(db: sqlite3.Connection) -> list[tuple[magic.Magic, int]]:
    """Return the magic people with their row numbers, 0 for those who are not there."""
    rows = {row["id_no"]: row["person"] for row in control.people(db, magic.REGION) if magic.find(dict(row))}
    return [(one, rows.get(one.id_no, 0)) for one in magic.PEOPLE]


def dynamic_code(db: sqlite3.Connection, card_id: str, token: str = "") -> sqlite3.Row | None:
    """Return a card's dynamic code: the one with this token, else the one that lasts longest."""
    row: sqlite3.Row | None = db.execute(
        "SELECT token, expires FROM codes WHERE card_id = ? AND ? IN ('', token) ORDER BY expires DESC LIMIT 1",
        (card_id, token),
    ).fetchone()
    return row


def voucher_code(db: sqlite3.Connection, number: int, code: str = "") -> sqlite3.Row | None:
    """Return a person's voucher code: this one, else the unused one that lasts longest."""
    row: sqlite3.Row | None = db.execute(
        "SELECT code, expires, used FROM vouchers WHERE person = ? AND (code = ? OR ? = '' AND used = 0)"
        " ORDER BY expires DESC LIMIT 1",
        (number, code, code),
    ).fetchone()
    return row
