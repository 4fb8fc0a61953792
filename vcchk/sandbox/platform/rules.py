"""The documents' rules, method by method. Each sentence names its place; shared choices are in docs/sandbox.md.

A rule takes a `PlatformCall` (fields already as text) and returns the reply's business fields in the documents' order,
or raises `Refusal` with a code of appendix 1.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from vcchk import specification
from vcchk.sandbox.context import Context
from vcchk.sandbox.platform import state
from vcchk.sandbox.platform.call import PlatformCall, Refusal, Reply
from vcchk.sandbox.platform.codes import is_voucher, lifetime, make_code, split_code
from vcchk.sandbox.resource_locks import Resource, ResourceBusy
from vcchk.sandbox.voucher import rules as voucher_rules
from vcchk.specification import kinds, spelling

# --- what replies say about a person ---


def _default_link(db: sqlite3.Connection, card_id: str) -> dict[str, str]:
    """Return card_type and card_no of the default linked card (默认关联卡号)."""
    linked = state.links(db, card_id)
    return linked[0] if linked else {}


CITIZEN_CARD = "04"
"""card_type of 市民卡（经信局） (document B 4.2.2)."""


def _xman_id(row: sqlite3.Row) -> dict[str, str]:
    return {"xman_id": row["xman_id"]} if row["xman_id"] else {}


def _other_ids(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, str]:
    """Return 市民健康系统 ID, and 经信局市民卡 ID for who has linked such a card (document A 4.5, B 4.2.2, 4.7.2)."""
    has_citizen_card = any(card["card_type"] == CITIZEN_CARD for card in state.links(db, row["card_id"]))
    smk_id = state.derive("smk", row["id_type"], row["id_no"])[:32] if has_citizen_card else ""
    return {**_xman_id(row), **({"smk_id": smk_id} if smk_id else {})}


def person_reply(db: sqlite3.Connection, row: sqlite3.Row) -> Reply:
    """Return the fields of document A 4.3 / B 4.2.2 and 4.7.2; optional ones only when known."""
    known = {n: row[n] for n in ("birthday", "telephone", "address", "work_unit") if row[n]}
    return {
        "mindex_id": row["mindex_id"],
        "ehealth_card_id": row["card_id"],
        **_other_ids(db, row),
        **{n: row[n] for n in ("id_type", "id_no", "user_name", "user_sex", "mobile_phone")},
        **known,
        **_default_link(db, row["card_id"]),
    }


def registration_reply(call: PlatformCall, db: sqlite3.Connection, card_id: str, seconds: float | None) -> Reply:
    """Return the fields of document A 4.1 / B 4.1.2, ehealth_code always among them."""
    row = state.card(db, card_id)
    assert row is not None  # noqa: S101 - made or found in this very transaction
    reply: Reply = {
        "ehealth_card_id": card_id,
        "ehealth_code": make_code(call, db, card_id, seconds),
        "mindex_id": row["mindex_id"],
        **_xman_id(row),
        **{n: row[n] for n in ("id_type", "id_no", "user_name")},
        **_default_link(db, card_id),
    }
    linked = state.links(db, card_id)
    if linked:
        reply["card_list"] = linked
    if call.text("pub_flag").upper() == "Y":
        reply["pub_qrcode"] = f"http://weixin.qq.com/q/{state.derive('pub', 'term', call.term_id)[:20]}"
    return reply


# --- the methods ---


def card_list(call: PlatformCall) -> list[tuple[str, str]]:
    """Return card_list as (card_type, card_no) pairs; JSON text of the list is taken too."""
    value = call.biz.get("card_list")
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else []
        except ValueError:
            raise Refusal("9001", "card_list 不是 JSON") from None
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refusal("9001", "card_list 应为列表")
    pairs = []
    for item in value:
        kind, number = (item.get("card_type"), item.get("card_no")) if isinstance(item, dict) else (None, None)
        if not isinstance(kind, str | int) or not isinstance(number, str | int) or not str(number).strip():
            raise Refusal("9001", "card_list 每项应有 card_type 和 card_no")
        pairs.append((str(kind).strip(), str(number).strip()))
    return pairs


def register(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """querywithreg and register (documents A 4.1, 4.8, B 4.1): a known person's card is returned as it is."""
    id_type, id_no = call.need("id_type"), call.need("id_no")
    if id_type not in specification.dictionary("id_types"):
        raise Refusal("9001", "id_type 不在字典中")
    if len(id_no) > 32:
        raise Refusal("9001", "id_no 超过 32 个字符")
    seconds, cards = lifetime(call), card_list(call)
    card_id = state.card_id_of(id_type, id_no)
    row = state.card(db, card_id)
    if row is None or row["status"] != "open":
        fields = {n: _personal(call, n) for n in state.PERSON_FIELDS}
        fields["user_name"] = call.need("user_name")
        known = state.person_by_id(db, id_type, id_no)
        number = known["person"] if known else state.add_person(db, id_type, id_no, fields)
        apply_method, mode = call.text("apply_method"), call.text("certificate_mode")
        state.open_card(db, number, id_type, id_no, apply_method, mode, call.now)
    state.add_links(db, card_id, cards)
    return registration_reply(call, db, card_id, seconds)


def _personal(call: PlatformCall, name: str) -> str:
    """Return a field of a person, in either spelling where the documents have two (photo_fomat, photo_format)."""
    return call.text(name) or call.text(spelling.SAME_FIELD.get(name, name))


def regquery(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """regquery (document A's dictionary alone): id_type + id_no, answered as querywithreg; 3001 when unknown."""
    card_id = state.card_id_of(call.need("id_type"), call.need("id_no"))
    _open_card(db, card_id)
    return registration_reply(call, db, card_id, lifetime(call))


def _open_card(db: sqlite3.Connection, card_id: str) -> sqlite3.Row:
    """Return an open card by its id; 3001 for an unknown or a closed one."""
    row = state.card(db, card_id.upper())
    if row is None or row["status"] != "open":
        raise Refusal("3001")
    return row


def verify(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Verify (document A 4.3, B 4.2): who shows this code; the use is recorded with its scene (记录科室场景)."""
    code = call.need("ehealth_code")
    if ":" not in code and is_voucher(code) and call.text("IsMultiCode") == "1":
        return voucher_rules.verify(call, db, code)
    card_id, token = split_code(code)
    row = state.card(db, card_id)
    if row is None or row["status"] != "open":  # a closed card's codes are refused
        raise Refusal("2002")
    if token:
        expires = state.code_expiry(db, card_id, token)
        if expires is None:
            raise Refusal("2002")
        if expires <= call.now:
            raise Refusal("2001")
    state.add_use(db, call.now, "scan", row["person"], call.scene())
    return person_reply(db, row)


def alterlink(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Link another card (document B 4.3): from_* empty adds, else replaces; 3001 when the old one is not linked."""
    card_id, new = call.need("ehealth_card_id"), (call.need("to_card_type"), call.need("to_card_no"))
    row = _open_card(db, card_id)
    old = call.text("from_card_type"), call.text("from_card_no")
    if old == ("", ""):
        state.add_links(db, row["card_id"], [new])
    elif not all(old):
        raise Refusal("9001", "from_card_type 和 from_card_no 应同时填写")
    elif not state.replace_link(db, row["card_id"], old, new):
        raise Refusal("3001")
    return _altered(call, db, row, "alterlink")


ALTERABLE = ("user_sex", "mobile_phone", "nation", "birthday", "address", "work_unit", "photo_format", "photo_info")
"""Document A 4.2's eight; B 4.4's four are among them (photo_fomat is taken as photo_format)."""


def alterinfo(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Change a person's data (document A 4.2, B 4.4); empty fields change nothing."""
    row = _open_card(db, call.need("ehealth_card_id"))
    state.change_person(db, row["person"], {n: v for n in ALTERABLE if (v := _personal(call, n))})
    return _altered(call, db, row, "alterinfo")


def _altered(call: PlatformCall, db: sqlite3.Connection, row: sqlite3.Row, method: str) -> Reply:
    out_alter_no = call.need("out_alter_no")
    alter_no = call.context.clock.stamp() + secrets.token_hex(5).upper()
    state.add_alteration(db, alter_no, row["card_id"], out_alter_no, method, call.now)
    return {
        "ehealth_card_id": row["card_id"],
        "mindex_id": row["mindex_id"],
        call.as_sent("out_alter_no"): out_alter_no,
        "alter_no": alter_no,
    }


def close(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Close a card (document A 4.6, B 4.5)."""
    row = _open_card(db, call.need("ehealth_card_id"))
    state.close_card(db, row["card_id"], call.now)
    return {"mindex_id": row["mindex_id"], "ehealth_card_id": row["card_id"]}


def push(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Push a message to the card's owner (document B 4.8)."""
    row = _open_card(db, call.need("ehealth_card_id"))
    state.add_push(db, row["card_id"], call.need("out_close_no"), call.now)
    return {"mindex_id": row["mindex_id"], "ehealth_card_id": row["card_id"]}


def authurl(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Open an authorisation (document A 4.4, B 4.6): a URL whose page asks the person."""
    expires = call.now + call.context.options.authorisation_seconds
    token = state.add_authorisation(db, call.need("out_authorize_no"), call.now, expires, call.scene())
    return {"ehealth_authurl": f"{call.context.base_url}/auth/{token}"}


def status_of(row: sqlite3.Row, now: float) -> str:
    """Return ing, succ, fail or cancel; one that nobody answered in time has failed."""
    return "fail" if row["status"] == "ing" and row["expires"] <= now else str(row["status"])


def auth_query(call: PlatformCall, db: sqlite3.Connection) -> Reply:
    """Return an authorisation's outcome (document A 4.5, B 4.7); the person's fields come with succ alone."""
    row = state.authorisation_by_serial(db, call.app_id, call.need("out_authorize_no"))
    if row is None:
        raise Refusal("3001")
    status = status_of(row, call.now)
    if status != "succ":
        return {"auth_status": status}
    card = state.card(db, row["card_id"])
    assert card is not None  # noqa: S101 - cards are never deleted
    reply = {"auth_status": status, **person_reply(db, card)}
    linked = state.links(db, card["card_id"])
    return {**reply, "card_list": linked} if linked else reply


# --- what runs at the same time ---


def _card_named(call: PlatformCall) -> Resource:
    return ("card", call.need("ehealth_card_id").upper())


def _card_of_person(call: PlatformCall) -> Resource:
    return ("card", state.card_id_of(call.need("id_type"), call.need("id_no")))


def _lock_changed(call: PlatformCall) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    return (_card_named(call),), ()


def _lock_registered(call: PlatformCall) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """Two counters may fetch a known person's code at once, but only one may open the card."""
    card = _card_of_person(call)
    with call.context.store.reading() as db:
        row = state.card(db, card[1])
    is_known = row is not None and row["status"] == "open"
    return ((), (card,)) if is_known else ((card,), ())


def _lock_shown(call: PlatformCall) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    code = call.text("ehealth_code")
    return ((), (("card", split_code(code)[0]),)) if ":" in code else ((("voucher", code),), ())


def _lock_named(call: PlatformCall) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    return (), (_card_named(call),)


def _lock_nothing(call: PlatformCall) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    return (), ()


@dataclass(frozen=True)
class Rule:
    """How the platform carries out one method: ``act`` does it.

    ``serials``: names of the serial number, document A's first (empty: a reading method).

    ``kind``: methods of one kind share their serial numbers. ``locks``: (exclusive, shared) resources.
    """

    act: Callable[[PlatformCall, sqlite3.Connection], Reply]
    kind: str = ""
    serials: tuple[str, ...] = ()
    locks: Callable[[PlatformCall], tuple[tuple[Resource, ...], tuple[Resource, ...]]] = _lock_nothing


_REGISTER_NO = ("out_register_no", "out_trade_no")
RULES: dict[str, Rule] = {
    "ehc.ehealthcard.querywithreg": Rule(register, "register", _REGISTER_NO, _lock_registered),
    "ehc.ehealthcard.register": Rule(register, "register", _REGISTER_NO, _lock_registered),
    "ehc.ehealthcard.regquery": Rule(regquery),
    "ehc.ehealthcode.verify": Rule(verify, "verify", ("out_verify_no",), _lock_shown),
    "ehc.ehealthcard.alterlink": Rule(alterlink, "alter", ("out_alter_no",), _lock_changed),
    "ehc.ehealthcard.alterinfo": Rule(alterinfo, "alter", ("out_alter_no",), _lock_changed),
    "ehc.ehealthcard.close": Rule(close, "close", ("out_close_no",), _lock_changed),
    "ehc.ehealthcard.authurl": Rule(authurl, "authorize", ("out_authorize_no",)),
    "ehc.ehealthcard.auth.query": Rule(auth_query),
}
PUSH = Rule(push, "push", ("out_close_no",), _lock_named)


def full_name(method: str) -> str:
    """Return a method's name with its ehc. prefix, which document B's sample leaves out."""
    return method if method.startswith("ehc.") else "ehc." + method


def find(context: Context, method: str) -> Rule:
    """Return a method's rule; 1005 for an unknown one, with the name that was meant where a converter broke it."""
    name = full_name(method)
    is_push = name == context.options.push_method or kinds.bare(name) == kinds.PUSH_STUMP
    rule = PUSH if is_push else RULES.get(name)
    if rule is None:
        meant = spelling.meant_method(method)
        raise Refusal("1005", f"应为 {meant}" if meant else "")
    return rule


def carry_out(rule: Rule, call: PlatformCall, hold: float = 0.0) -> Reply:
    """Run one transaction; ``hold`` seconds more during which its serial number and card are taken.

    Raises `Refusal`: 3003 while another one holds the serial number or the card, 3002 for a serial number that a
    finished transaction had. A refused transaction leaves nothing behind: its serial number may come again.
    """
    if rule.act is authurl and call.text("ehealth_card_id") and call.text("out_close_no"):
        # Document B 4.8 prints authurl as the push's method; its fields tell the two apart.
        rule = rule if call.text("out_authorize_no") else PUSH
    if not rule.serials:
        with call.context.store.transaction() as db:  # a reading method too: regquery makes a dynamic code
            return rule.act(call, db)
    serial = call.first(*rule.serials)
    exclusive, shared = rule.locks(call)
    try:
        with call.context.locks.take((("serial", call.app_id, rule.kind, serial), *exclusive), shared):
            if hold:
                time.sleep(hold)
            with call.context.store.transaction() as db:
                if not state.use_serial(db, call.app_id, rule.kind, serial, call.now):
                    raise Refusal("3002")
                return rule.act(call, db)
    except ResourceBusy:
        raise Refusal("3003") from None
