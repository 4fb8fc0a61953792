"""Authorisations (主扫): those that wait for a decision, decided here in the person's place, and those that ended."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Response, request

from vcchk import specification
from vcchk.records import masking
from vcchk.sandbox.console.errors import missing
from vcchk.sandbox.console.frame import live, redirect_after_post, row, show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person import rules as person_rules
from vcchk.sandbox.person import state as person_state
from vcchk.sandbox.platform.rules import status_of
from vcchk.sandbox.service import Sandbox, current

HERE = "/console/authorisations"
MAX_ROWS = 100
CLASSES = {"ing": "warn", "succ": "good", "fail": "bad", "cancel": ""}
OUTCOMES = {"approve": ("approved", "succ"), "cancel": ("cancelled", "cancel"), "fail": ("failed", "fail")}
"""decision: (notice, auth_status that it leads to)."""
_NEWEST = (
    "SELECT a.*, people.user_name FROM authorisations a LEFT JOIN cards USING (card_id) LEFT JOIN people USING (person)"
    " ORDER BY opened DESC LIMIT ?"
)


def _view(sandbox: Sandbox, found: sqlite3.Row) -> dict[str, Any]:
    now, is_running = sandbox.clock.now(), sandbox.clock.stopped is None
    status, code = status_of(found, now), found["treatment_code"]
    office = found["office_code"]
    is_late = status == "fail" and found["status"] == "ing"
    return {
        "token": found["token"],
        "serial": masking.mask_serial(found["out_authorize_no"]),
        "term_id": found["term_id"],
        "treatment": specification.dictionary("treatments").get(code, masking.mask_text(code)),
        "office": specification.dictionary("departments").get(office, masking.mask_text(office)),
        "opened": found["opened"],
        "left": max(0.0, found["expires"] - now),
        "is_running": is_running,
        "status": status,
        "label": "过期，无人确认" if is_late else person_rules.STATUS_LABELS[status],
        "colour": CLASSES[status],
        "person": masking.mask_value("user_name", found["user_name"] or ""),
        "version": f"{status}{is_late}{is_running}",
    }


def _rows(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of both lists as the script takes them."""
    with sandbox.store.reading() as db:
        found = list(db.execute(_NEWEST, (MAX_ROWS,)))
        choices = person_state.choices(db)
    rows: dict[str, list[dict[str, Any]]] = {"waiting": [], "ended": []}
    for one in (_view(sandbox, each) for each in found):
        of = "waiting" if one["status"] == "ing" else "ended"
        html = PAGES.fragment(of, a=one, choices=choices)
        rows[of].append(row(one["token"], one["version"], html, one["left"]))
    for of, entries in rows.items():
        if not entries:
            entries.append(row("none", "", PAGES.fragment("no_" + of)))
    return rows


def authorisations() -> Response:
    """``/console/authorisations``."""
    found = _rows(current())
    return show("authorisations", HERE, "授权", waiting=found["waiting"], ended=found["ended"])


def rows() -> Response:
    """``/console/authorisations/rows?of=waiting|ended`` for the page's script."""
    found = _rows(current())
    return live(found.get(request.args.get("of", ""), []))


def decide(token: str) -> Response:
    """``POST /console/authorisations/<token>``: ``decision`` approve (with ``person``, a row), cancel or fail."""
    decision, sandbox = request.form.get("decision", "approve"), current()
    if decision not in OUTCOMES:
        return missing("没有这种决定")
    with sandbox.store.reading() as db:
        before, who = person_rules.look(sandbox, db, token), request.form.get("person", "")
        cards = {str(card["person"]): card["card_id"] for card in person_state.choices(db)}
    if decision == "approve" and who not in cards:
        return missing("此人没有有效的电子健康卡，授权没有改变")
    after = person_rules.decide(sandbox, token, decision, cards.get(who, ""))
    if before is None or after is None:
        return missing("没有这笔授权")
    done, status = OUTCOMES[decision]
    if before.status != "ing":
        return redirect_after_post(HERE, done="ended")
    return redirect_after_post(HERE, done=done if after.status == status else "failed")


URLS = (
    (HERE, authorisations, ("GET",)),
    (HERE + "/rows", rows, ("GET",)),
    (HERE + "/<token>", decide, ("POST",)),
)
