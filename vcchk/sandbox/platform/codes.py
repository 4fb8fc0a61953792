"""The text of a health code: two to five fields between colons, as docs/wire.md has it (document A 1.4 in words)."""

from __future__ import annotations

import math
import re
import sqlite3

from vcchk.sandbox import sample
from vcchk.sandbox.platform import state
from vcchk.sandbox.platform.call import PlatformCall, Refusal
from vcchk.specification import codes

_SECONDS = re.compile(r"\+?[0-9]{1,10}(\.[0-9]{1,6})?\Z")


def split_code(code: str) -> tuple[str, str]:
    """Return (card id, token; "" for a static code) of a health code; 2002 for any other text."""
    scanned = codes.read(code)
    if scanned.kind != codes.HEALTH or not 2 <= len(scanned.fields) <= 5:
        raise Refusal("2002")
    card_id = scanned.fields[0].upper()
    token = scanned.fields[2].upper() if len(scanned.fields) > 2 else ""
    return sample.CARD_ID if card_id == sample.CODE_CARD_ID else card_id, token


def is_voucher(code: str) -> bool:
    """Tell whether a text has the form of an insurance voucher's code: 28 to 32 digits and letters."""
    return codes.read(code).kind == codes.VOUCHER


def lifetime(call: PlatformCall) -> float | None:
    """Return a dynamic code's seconds, None for a static one.

    generate_type decides when present (document A 4.1, 默认静态), else time_expire alone (document B 4.1.1).
    2003: dynamic without time_expire. 2004: not a positive number.
    """
    kind, seconds = call.text("generate_type").lower(), call.text("time_expire")
    if kind not in ("", "static", "dynamic"):
        raise Refusal("9001", "generate_type 只能是 dynamic 或 static")
    if kind == "static" or (not kind and not seconds):
        return None
    if not seconds:
        raise Refusal("2003")
    value = float(seconds) if _SECONDS.match(seconds) else math.nan
    if not value > 0:
        raise Refusal("2004")
    return value


def make_code(call: PlatformCall, db: sqlite3.Connection, card_id: str, seconds: float | None) -> str:
    """Return the text of a static or dynamic code (at most 128 characters)."""
    issuer = call.context.options.issuer
    if seconds is None:
        return static_code(card_id, issuer)
    return dynamic_code(card_id, state.add_code(db, card_id, call.now + seconds), issuer)


def static_code(card_id: str, issuer: str) -> str:
    """Return the text of a card's static code."""
    return f"{card_id}:1:::{issuer}"


def dynamic_code(card_id: str, token: str, issuer: str) -> str:
    """Return the text of a dynamic code; ``token``: of `state.add_code`."""
    return f"{card_id}:0:{token}::{issuer}"
