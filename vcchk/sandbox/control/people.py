"""Orders about people and their cards: search, add, link, open, close."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from vcchk.records import masking
from vcchk.sandbox.control import state
from vcchk.sandbox.control.order import Body, OrderError, flag, needed, objects, text, texts, whole
from vcchk.sandbox.platform import state as platform_state

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

STATUSES = ("open", "closed", "none")
_WINDOW, _BY_ID_CARD = "3", "01"
"""apply_method and certificate_mode of a card that was opened here."""


def people(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Search people: ``query`` (part of a name or ID number, a telephone, a card's number; all by default), ``status``
    open, closed or none, ``count`` (1000), ``clear`` (false): unmasked."""
    status = text(body, "status")
    if status not in ("", *STATUSES):
        raise OrderError("status 应为 open、closed 或 none")
    is_clear = flag(body, "clear")
    with sandbox.store.reading() as db:
        rows = state.people(db, text(body, "query").strip(), status, whole(body, "count", 1000))
        return {"people": [_row(db, row, is_clear) for row in rows]}


def _row(db: sqlite3.Connection, row: sqlite3.Row, is_clear: bool) -> dict[str, Any]:
    def visible(name: str, value: str | None) -> str:
        return (value or "") if is_clear else masking.mask_value(name, value or "")

    card_id = row["card_id"] or ""
    return {
        "person": row["person"],
        "id_type": row["id_type"],
        **{n: visible(n, row[n]) for n in ("id_no", "user_name", "mobile_phone")},
        "status": row["status"] or "none",
        "ehealth_card_id": visible("ehealth_card_id", card_id),
        "cards": [
            {"card_type": c["card_type"], "card_no": visible("card_no", c["card_no"])}
            for c in (platform_state.links(db, card_id) if card_id else ())
        ],
    }


def seed_people(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Add, all or nothing: ``people`` (id_no, user_name, id_type 01, user_sex …; ``registered``: true opens the card,
    ``cards``: [{card_type, card_no}] to link), ``apps`` (app_id, key, name, methods: none means all), ``terminals``
    (app_id, term_id, name). Applications and terminals that exist are changed. Returns the people's row numbers."""
    with sandbox.store.transaction() as db:
        added = [_add_person(sandbox, db, item) for item in objects(body, "people")]
        for item in objects(body, "apps"):
            row = (needed(item, "app_id"), needed(item, "key"), text(item, "name"), ",".join(texts(item, "methods")))
            db.execute("INSERT OR REPLACE INTO apps VALUES (?, ?, ?, ?)", row)
        for item in objects(body, "terminals"):
            terminal = (needed(item, "app_id"), needed(item, "term_id"), text(item, "name"))
            if db.execute("SELECT 1 FROM apps WHERE app_id = ?", terminal[:1]).fetchone() is None:
                raise OrderError("终端所属的应用不存在，请先添加应用")
            db.execute("INSERT OR REPLACE INTO terminals VALUES (?, ?, ?)", terminal)
    return {"people": added}


def _add_person(sandbox: Sandbox, db: sqlite3.Connection, item: Body) -> int:
    id_type, id_no = text(item, "id_type", "01"), needed(item, "id_no")
    needed(item, "user_name")
    if platform_state.person_by_id(db, id_type, id_no) is not None:
        raise OrderError("已有相同证件类型和证件号的人")
    fields = {n: text(item, n) for n in platform_state.PERSON_FIELDS}
    row = platform_state.add_person(db, id_type, id_no, fields, text(item, "insu_org", "350200"))
    cards = [(needed(c, "card_type"), needed(c, "card_no")) for c in objects(item, "cards")]
    if flag(item, "registered"):
        card_id = platform_state.open_card(db, row, id_type, id_no, _WINDOW, _BY_ID_CARD, sandbox.clock.now())
        platform_state.add_links(db, card_id, cards)
    elif cards:
        raise OrderError("要关联卡，需先开卡（registered）")
    return row


def open_card(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Open a person's card, or open it again: ``id_no`` (``id_type`` 01) or ``person``."""
    with sandbox.store.transaction() as db:
        who = state.person(db, body)
        key = (who["id_type"], who["id_no"])
        found = platform_state.card(db, platform_state.card_id_of(*key))
        if found is not None and found["status"] == "open":
            raise OrderError("此人的电子健康卡已经有效")
        return {
            "ehealth_card_id": platform_state.open_card(
                db, who["person"], *key, _WINDOW, _BY_ID_CARD, sandbox.clock.now()
            )
        }


def close_card(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Close a person's open card, its dynamic codes with it: ``id_no`` (``id_type`` 01) or ``person``."""
    with sandbox.store.transaction() as db:
        card = state.card(db, body)
        platform_state.close_card(db, card["card_id"], sandbox.clock.now())
    return {"ehealth_card_id": card["card_id"]}


def link_card(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Link a card to a person's health card: ``id_no`` (``id_type`` 01) or ``person``, ``card_type``, ``card_no``;
    ``remove``: true takes it away. Returns the linked cards, the default one first."""
    one = (needed(body, "card_type"), needed(body, "card_no"))
    with sandbox.store.transaction() as db:
        card_id = state.card(db, body)["card_id"]
        if not flag(body, "remove"):
            platform_state.add_links(db, card_id, [one])
        elif not platform_state.remove_link(db, card_id, one):
            raise OrderError("没有关联这张卡")
        return {"cards": platform_state.links(db, card_id)}
