"""Look-ups of the control namespace: people by a documented handle, never by a guess."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import Any

from vcchk.sandbox.control.order import Body, OrderError, text
from vcchk.sandbox.platform import dialect, state

_PEOPLE = (
    "SELECT people.*, cards.card_id, cards.mindex_id, cards.status FROM people LEFT JOIN cards USING (person)"
    " WHERE (? = '' OR instr(user_name, ?) OR instr(id_no, ?) OR mobile_phone = ? OR cards.card_id = ?"
    " OR EXISTS (SELECT 1 FROM links WHERE links.card_id = cards.card_id AND card_no = ?))"
    " AND ? IN ('', coalesce(status, 'none')) ORDER BY people.person LIMIT ?"
)


def person(db: sqlite3.Connection, body: Body) -> sqlite3.Row:
    """Return a person by ``person`` (row number), or by ``id_no`` with ``id_type`` (01 by default).

    Raise OrderError when there is none."""
    row: sqlite3.Row | None
    if "person" in body:
        row = db.execute("SELECT * FROM people WHERE person = ?", (body["person"],)).fetchone()
    else:
        row = state.person_by_id(db, text(body, "id_type", "01"), text(body, "id_no"))
    if row is None:
        raise OrderError("没有这个人，请核对 id_type 和 id_no")
    return row


def card(db: sqlite3.Connection, body: Body) -> sqlite3.Row:
    """Return the open card of a person named as in `person`; `OrderError` when there is none."""
    who = person(db, body)
    found = state.card(db, state.card_id_of(who["id_type"], who["id_no"]))
    if found is None or found["status"] != "open":
        raise OrderError("此人没有有效的电子健康卡，请先开卡")
    return found


def people(db: sqlite3.Connection, query: str = "", status: str = "", count: int = 1000) -> list[sqlite3.Row]:
    """Return people with their cards (columns empty for those without), oldest first.

    ``query``: part of a name or ID number, a telephone, a card id or a linked card's number; ``status``: open, closed
    or none.
    """
    known = (query, query, query.upper(), query, query.upper(), query)
    return list(db.execute(_PEOPLE, (*known, status, count)))


def authorisations(db: sqlite3.Connection, app_id: str = "", count: int = 100) -> list[sqlite3.Row]:
    """Return the newest authorisations, newest first."""
    return list(
        db.execute(
            "SELECT * FROM authorisations WHERE ? IN ('', app_id) ORDER BY opened DESC, token LIMIT ?",
            (app_id, count),
        )
    )


def apps(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the applications with their terminals."""
    terminals = db.execute("SELECT * FROM terminals ORDER BY app_id, term_id").fetchall()
    return [
        {
            "app_id": app["app_id"],
            "key": app["app_key"],
            "name": app["app_name"],
            "methods": app["methods"].split(",") if app["methods"] else [],
            "dialect": asdict(dialect.find(db, app["app_id"])),
            "terminals": [
                {"term_id": t["term_id"], "name": t["term_name"]} for t in terminals if t["app_id"] == app["app_id"]
            ],
        }
        for app in db.execute("SELECT * FROM apps ORDER BY app_id")
    ]
