"""The platform's rows: who may call, people, cards, codes, authorisations. SQL only, no rules.

Every function takes the connection of the running transaction. Times are seconds since 1970 by the sandbox's clock.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Mapping

from vcchk.sandbox import sample

# Derives ids from identity documents. The real platform's secret is unknown; this one keeps ids stable over restarts.
_DERIVATION_SECRET = b"vcchk sandbox derivation, synthetic"

PERSON_FIELDS = (
    "user_name", "user_sex", "mobile_phone", "birthday", "nation", "telephone", "address", "work_unit",
    "photo_format", "photo_info",
)  # fmt: skip
"""What a registration may tell about a person besides id_type and id_no (columns of ``people``)."""


def derive(label: str, id_type: str, id_no: str) -> str:
    """Return 64 upper-case hex digits made from id_type and id_no (document A 1.4: 证件类型和证件号码的密文).

    The person of the documents' sample has the ids that are printed there.
    """
    printed = sample.IDS.get((label, id_type, id_no))
    if printed is not None:
        return printed
    text = f"{label}\0{id_type}\0{id_no.upper()}".encode()
    return hmac.new(_DERIVATION_SECRET, text, hashlib.sha256).hexdigest().upper()


def card_id_of(id_type: str, id_no: str) -> str:
    """Return the ehealth_card_id that a person has or would get."""
    return derive("card", id_type, id_no)


def app(db: sqlite3.Connection, app_id: str, term_id: str) -> sqlite3.Row | None:
    """Return the application; the column ``has_terminal`` tells whether the terminal is one of its own."""
    row: sqlite3.Row | None = db.execute(
        "SELECT *, EXISTS (SELECT 1 FROM terminals t WHERE t.app_id = apps.app_id AND t.term_id = ?) AS has_terminal"
        " FROM apps WHERE app_id = ?",
        (term_id, app_id),
    ).fetchone()
    return row


def other_keys(db: sqlite3.Connection, app_id: str) -> list[str]:
    """Return the keys of all applications but this one."""
    return [row["app_key"] for row in db.execute("SELECT app_key FROM apps WHERE app_id <> ?", (app_id,))]


def use_serial(db: sqlite3.Connection, app_id: str, kind: str, serial: str, now: float) -> bool:
    """Remember a serial number (out_*_no); False when a finished transaction of this kind had it already."""
    cursor = db.execute("INSERT OR IGNORE INTO serials VALUES (?, ?, ?, ?)", (app_id, kind, serial, now))
    return cursor.rowcount == 1


def person_by_id(db: sqlite3.Connection, id_type: str, id_no: str) -> sqlite3.Row | None:
    """Return the person with this identity document."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM people WHERE id_type = ? AND id_no = ?", (id_type, id_no)
    ).fetchone()
    return row


def person(db: sqlite3.Connection, number: int) -> sqlite3.Row:
    """Return a person by row number (which must exist)."""
    row: sqlite3.Row = db.execute("SELECT * FROM people WHERE person = ?", (number,)).fetchone()
    return row


def add_person(db: sqlite3.Connection, id_type: str, id_no: str, fields: Mapping[str, str], insu_org: str = "") -> int:
    """Add a person; returns the row number."""
    values = [fields.get(name, "") for name in PERSON_FIELDS]
    cursor = db.execute(
        f"INSERT INTO people (id_type, id_no, insu_org, {', '.join(PERSON_FIELDS)})"  # noqa: S608 - our own columns
        f" VALUES (?, ?, ?{', ?' * len(values)})",
        (id_type, id_no, insu_org, *values),
    )
    return int(cursor.lastrowid or 0)


def change_person(db: sqlite3.Connection, number: int, changes: Mapping[str, str]) -> None:
    """Change some of `PERSON_FIELDS`."""
    if changes:
        columns = ", ".join(f"{name} = ?" for name in changes)
        db.execute(f"UPDATE people SET {columns} WHERE person = ?", (*changes.values(), number))  # noqa: S608


def card(db: sqlite3.Connection, card_id: str) -> sqlite3.Row | None:
    """Return the card, closed ones too, joined with its person."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM cards JOIN people USING (person) WHERE card_id = ?", (card_id,)
    ).fetchone()
    return row


def open_card(
    db: sqlite3.Connection, number: int, id_type: str, id_no: str, apply_method: str, certificate_mode: str, now: float
) -> str:
    """Open (or open again) the person's card; returns its id."""
    card_id = card_id_of(id_type, id_no)
    db.execute(
        "INSERT INTO cards VALUES (?, ?, ?, ?, 'open', ?, ?, ?, NULL)"
        " ON CONFLICT (card_id) DO UPDATE SET status = 'open', opened = excluded.opened, closed = NULL",
        (card_id, number, derive("mindex", id_type, id_no), derive("xman", id_type, id_no)[:32], apply_method,
         certificate_mode, now),
    )  # fmt: skip
    return card_id


def close_card(db: sqlite3.Connection, card_id: str, now: float) -> None:
    """Close a card; its dynamic codes are gone for good."""
    db.execute("UPDATE cards SET status = 'closed', closed = ? WHERE card_id = ?", (now, card_id))
    db.execute("DELETE FROM codes WHERE card_id = ?", (card_id,))


def links(db: sqlite3.Connection, card_id: str) -> list[dict[str, str]]:
    """Return the linked cards (card_list), oldest first: the first is the default one."""
    rows = db.execute("SELECT card_type, card_no FROM links WHERE card_id = ? ORDER BY link", (card_id,))
    return [{"card_type": r["card_type"], "card_no": r["card_no"]} for r in rows]


def add_links(db: sqlite3.Connection, card_id: str, cards: Iterable[tuple[str, str]]) -> None:
    """Link cards (card_type, card_no); those already linked stay."""
    db.executemany(
        "INSERT OR IGNORE INTO links (card_id, card_type, card_no) VALUES (?, ?, ?)",
        [(card_id, kind, number) for kind, number in cards],
    )


def remove_link(db: sqlite3.Connection, card_id: str, one: tuple[str, str]) -> bool:
    """Take a linked card (card_type, card_no) away; False when it was not linked."""
    cursor = db.execute("DELETE FROM links WHERE card_id = ? AND card_type = ? AND card_no = ?", (card_id, *one))
    return cursor.rowcount == 1


def replace_link(db: sqlite3.Connection, card_id: str, old: tuple[str, str], new: tuple[str, str]) -> bool:
    """Put a card in another's place; False when the old one is not linked."""
    cursor = db.execute("SELECT link FROM links WHERE card_id = ? AND card_type = ? AND card_no = ?", (card_id, *old))
    row = cursor.fetchone()
    if row is None:
        return False
    if old != new:
        db.execute("DELETE FROM links WHERE card_id = ? AND card_type = ? AND card_no = ?", (card_id, *new))
        db.execute("UPDATE links SET card_type = ?, card_no = ? WHERE link = ?", (*new, row["link"]))
    return True


def add_code(db: sqlite3.Connection, card_id: str, expires: float) -> str:
    """Make a dynamic code's token, 32 upper-case hex digits."""
    token = secrets.token_hex(16).upper()
    db.execute("INSERT INTO codes VALUES (?, ?, ?)", (token, card_id, expires))
    return token


def code_expiry(db: sqlite3.Connection, card_id: str, token: str) -> float | None:
    """Return when a dynamic code expires, None for a token that was never given out for this card."""
    row = db.execute("SELECT expires FROM codes WHERE token = ? AND card_id = ?", (token, card_id)).fetchone()
    return None if row is None else float(row["expires"])


def add_alteration(
    db: sqlite3.Connection, alter_no: str, card_id: str, out_alter_no: str, method: str, now: float
) -> None:
    """Remember a change under the platform's own number."""
    db.execute("INSERT INTO alterations VALUES (?, ?, ?, ?, ?)", (alter_no, card_id, out_alter_no, method, now))


def add_push(db: sqlite3.Connection, card_id: str, serial: str, now: float) -> None:
    """Remember a message pushed to a card's owner."""
    db.execute("INSERT INTO pushes (card_id, out_close_no, at) VALUES (?, ?, ?)", (card_id, serial, now))


def add_use(db: sqlite3.Connection, now: float, way: str, number: int, scene: Mapping[str, str]) -> None:
    """Record a use (记录科室场景): ``way`` is scan, voucher or authorise; ``scene`` has the columns' names."""
    db.execute(
        "INSERT INTO uses (at, way, person, app_id, term_id, operator_id, operator_name, treatment_code, office_code,"
        " ip_addr) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (now, way, number, *(scene.get(n, "") for n in SCENE)),
    )


SCENE = ("app_id", "term_id", "operator_id", "operator_name", "treatment_code", "office_code", "ip_addr")


def add_authorisation(
    db: sqlite3.Connection, out_authorize_no: str, now: float, expires: float, scene: Mapping[str, str]
) -> str:
    """Open an authorisation; returns its token (the part of the URL that cannot be guessed)."""
    token = secrets.token_urlsafe(18)
    db.execute(
        "INSERT INTO authorisations (token, out_authorize_no, status, opened, expires, app_id, term_id, operator_id,"
        " operator_name, treatment_code, office_code, ip_addr) VALUES (?, ?, 'ing', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (token, out_authorize_no, now, expires, *(scene.get(n, "") for n in SCENE)),
    )
    return token


def authorisation(db: sqlite3.Connection, token: str) -> sqlite3.Row | None:
    """Return an authorisation by its token."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM authorisations WHERE token = ?", (token,)).fetchone()
    return row


def authorisation_by_serial(db: sqlite3.Connection, app_id: str, serial: str) -> sqlite3.Row | None:
    """Return an authorisation by the caller's out_authorize_no."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM authorisations WHERE app_id = ? AND out_authorize_no = ?", (app_id, serial)
    ).fetchone()
    return row


def end_authorisation(db: sqlite3.Connection, token: str, status: str, card_id: str | None) -> None:
    """Set the outcome: succ, fail or cancel."""
    db.execute("UPDATE authorisations SET status = ?, card_id = ? WHERE token = ?", (status, card_id, token))


def open_cards(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return all open cards with their people, oldest first."""
    return list(db.execute("SELECT * FROM cards JOIN people USING (person) WHERE status = 'open' ORDER BY person"))
