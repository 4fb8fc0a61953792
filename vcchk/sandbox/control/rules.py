"""What the control namespace does. Each order takes the JSON body and returns a JSON object, or raises `Wrong`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vcchk import masking
from vcchk.sandbox.control import state
from vcchk.sandbox.person import rules as person_rules
from vcchk.sandbox.platform import state as platform_state
from vcchk.sandbox.service import Sandbox

Body = Mapping[str, Any]


class Wrong(Exception):
    """The order cannot be carried out; the text says why (English: its readers are programs)."""


def reset(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Forget everything; ``seed``: false leaves the database empty."""
    sandbox.reset(with_seed=body.get("seed", True) is True)
    return {}


def seed_people(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Add people (``people``: objects with id_type, id_no, user_name …; ``registered``: true opens their card),
    applications (``apps``: app_id, key, name, methods) and terminals (``terminals``: app_id, term_id, name)."""
    with sandbox.store.transaction() as db:
        for item in body.get("people", ()):
            if not item.get("id_no") or not item.get("user_name"):
                raise Wrong("people need id_no and user_name")
            id_type = str(item.get("id_type", "01"))
            if platform_state.person_by_id(db, id_type, item["id_no"]) is not None:
                raise Wrong("a person with this id_type and id_no exists")
            fields = {n: str(item.get(n, "")) for n in platform_state.PERSON_FIELDS}
            insu_org = str(item.get("insu_org", "350200"))
            number = platform_state.add_person(db, id_type, item["id_no"], fields, insu_org)
            if item.get("registered"):
                platform_state.open_card(db, number, id_type, item["id_no"], "3", "01", sandbox.clock.now())
        for item in body.get("apps", ()):
            row = (item["app_id"], item["key"], item.get("name", ""), ",".join(item.get("methods", ())))
            db.execute("INSERT OR REPLACE INTO apps VALUES (?, ?, ?, ?)", row)
        for item in body.get("terminals", ()):
            terminal = (item["app_id"], item["term_id"], item.get("name", ""))
            db.execute("INSERT OR REPLACE INTO terminals VALUES (?, ?, ?)", terminal)
    return {}


def clock(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """``shift``: seconds added to real time from now on; ``advance``: added to the shift. Returns both times."""
    try:
        sandbox.clock.shift = float(body.get("shift", sandbox.clock.shift)) + float(body.get("advance", 0))
    except (TypeError, ValueError):
        raise Wrong("shift and advance are seconds") from None
    return {"shift": sandbox.clock.shift, "now": sandbox.clock.now(), "stamp": sandbox.clock.stamp()}


def options(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Change options (docs/sandbox.md); an empty object only tells them."""
    try:
        sandbox.options.set(dict(body))
    except ValueError as error:
        raise Wrong(f"bad option {error}") from None
    return dict(sandbox.options.values)


def faults(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Order a fault: ``kind``, ``value``, ``count`` (1), ``method`` (all). ``clear``: true forgets all others."""
    if body.get("clear"):
        sandbox.faults.clear()
    if "kind" in body:
        try:
            count = int(body.get("count", 1))
            sandbox.faults.order(str(body["kind"]), body.get("value"), count, str(body.get("method", "")))
        except (TypeError, ValueError) as error:
            raise Wrong(f"bad fault: {error}") from None
    return {"waiting": sandbox.faults.waiting()}


def traffic(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Return what the platform saw, masked, oldest first: ``count`` (100) newest, ``method``, ``since`` a number."""
    rows = sandbox.calls.last(int(body.get("count", 100)), str(body.get("method", "")), int(body.get("since", 0)))
    return {"calls": [row.shown() for row in rows]}


def approve(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Decide an authorisation as its page would: ``out_authorize_no`` (and ``app_id``, else any application's),
    ``decision`` approve, cancel or fail, ``id_no`` whose card (default: the first open one)."""
    decision = body.get("decision", "approve")
    if decision not in ("approve", "cancel", "fail"):
        raise Wrong("decision is approve, cancel or fail")
    with sandbox.store.reading() as db:
        row = db.execute(
            "SELECT token FROM authorisations WHERE out_authorize_no = ? AND ? IN ('', app_id) ORDER BY opened DESC",
            (str(body.get("out_authorize_no", "")), str(body.get("app_id", ""))),
        ).fetchone()
        card_id = ""
        if body.get("id_no") or "person" in body:
            who = state.person(db, body)
            if who is None:
                raise Wrong("no such person")
            card_id = platform_state.card_id_of(who["id_type"], who["id_no"])
    if row is None:
        raise Wrong("no such authorisation")
    shown = person_rules.decide(sandbox, row["token"], decision, card_id)
    return {"auth_status": shown.status if shown else ""}


def people(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Return the people's row numbers and states, masked."""
    with sandbox.store.reading() as db:
        rows = state.people(db)
    return {
        "people": [
            {
                "person": row["person"],
                "id_type": row["id_type"],
                "id_no": masking.mask_value("id_no", row["id_no"]),
                "user_name": masking.mask_value("user_name", row["user_name"]),
                "status": row["status"] or "none",
            }
            for row in rows
        ]
    }


def voucher(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Mint a voucher code for a person (``id_no`` or ``person``; ``seconds`` its life). ``present``: true holds it
    before the local service's own reader; with no person, ``present``: false takes away what is held there."""
    if body.get("present") is False and "id_no" not in body and "person" not in body:
        sandbox.vouchers.present(None)
        return {}
    with sandbox.store.reading() as db:
        who = state.person(db, body)
    if who is None:
        raise Wrong("no such person")
    seconds = body.get("seconds")
    code = sandbox.vouchers.mint(who["person"], None if seconds is None else float(seconds))
    if body.get("present"):
        sandbox.vouchers.present(code)
    return {"code": code}


def health_code(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Mint a health code as the person's phone would show it: static, or dynamic for ``seconds``."""
    with sandbox.store.transaction() as db:
        who = state.person(db, body)
        if who is None:
            raise Wrong("no such person")
        card = platform_state.card(db, platform_state.card_id_of(who["id_type"], who["id_no"]))
        if card is None or card["status"] != "open":
            raise Wrong("this person has no open card")
        issuer, card_id = sandbox.options.issuer, card["card_id"]
        if body.get("seconds") is None:
            return {"code": f"{card_id}:1:::{issuer}", "ehealth_card_id": card_id}
        token = platform_state.add_code(db, card_id, sandbox.clock.now() + float(body["seconds"]))
        return {"code": f"{card_id}:0:{token}::{issuer}", "ehealth_card_id": card_id}


ORDERS: dict[str, Callable[[Sandbox, Body], dict[str, Any]]] = {
    "reset": reset,
    "seed": seed_people,
    "clock": clock,
    "options": options,
    "faults": faults,
    "traffic": traffic,
    "approve": approve,
    "people": people,
    "voucher": voucher,
    "code": health_code,
}
READING = frozenset({"traffic", "people", "options", "faults", "clock"})
"""Orders that GET may give too, without a body: then they only tell."""
