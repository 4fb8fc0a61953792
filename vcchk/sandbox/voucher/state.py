"""Rows of the voucher service: codes that people show, tokens that prove an identity once."""

from __future__ import annotations

import secrets
import sqlite3

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 28


def add_code(db: sqlite3.Connection, person: int, expires: float) -> str:
    """Make a voucher code for a person: 28 digits and letters, as a phone shows it."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    db.execute("INSERT INTO vouchers (code, person, expires) VALUES (?, ?, ?)", (code, person, expires))
    return code


def code(db: sqlite3.Connection, text: str) -> sqlite3.Row | None:
    """Return a voucher code's row."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM vouchers WHERE code = ?", (text,)).fetchone()
    return row


def use_code(db: sqlite3.Connection, text: str) -> None:
    """Mark a code as used: it is good for one query."""
    db.execute("UPDATE vouchers SET used = 1 WHERE code = ?", (text,))


def add_token(db: sqlite3.Connection, person: int, expires: float) -> str:
    """Make an ecToken, 64 lower-case hex digits (document B 4.2.2: String(64))."""
    token = secrets.token_hex(32)
    db.execute("INSERT INTO ec_tokens (token, person, expires) VALUES (?, ?, ?)", (token, person, expires))
    return token


def take_token(db: sqlite3.Connection, token: str, now: float) -> sqlite3.Row | None:
    """Return the person's row for a token that is good, and use the token up; None for any other."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM ec_tokens JOIN people USING (person) WHERE token = ? AND used = 0 AND expires > ?", (token, now)
    ).fetchone()
    if row is not None:
        db.execute("UPDATE ec_tokens SET used = 1 WHERE token = ?", (token,))
    return row
