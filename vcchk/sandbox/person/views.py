"""HTTP of the authorisation page. The token in the URL is the only key to it."""

from __future__ import annotations

from flask import Response, jsonify, redirect, request

from vcchk import specification
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person import rules, state
from vcchk.sandbox.person.templates import TEMPLATES
from vcchk.sandbox.script import SCRIPT
from vcchk.sandbox.service import current

PAGES.add(TEMPLATES)


def _card(token: str) -> tuple[rules.Shown, str, str] | None:
    """Return the authorisation, a text that changes whenever its card does, and the card as HTML."""
    sandbox = current()
    with sandbox.store.reading() as db:
        shown = rules.look(sandbox, db, token)
        if shown is None:
            return None
        choices = state.choices(db) if shown.status == "ing" else []
    is_running = sandbox.clock.stopped is None
    version = f"{shown.status}-{is_running}" if is_running else f"{shown.status}-{shown.seconds_left:.0f}"
    treatment, office = shown.row["treatment_code"], shown.row["office_code"]
    card = PAGES.fragment(
        "person_card",
        shown=shown,
        version=version,
        is_running=is_running,
        choices=choices,
        treatment=specification.dictionary("treatments").get(treatment, treatment),
        office=specification.dictionary("departments").get(office, office),
    )
    return shown, version, card


def page(token: str) -> Response:
    """``GET /auth/<token>``."""
    found = _card(token)
    if found is None:
        return PAGES.render("person", status=404, shown=None)
    return PAGES.render("person", shown=found[0], card=found[2], script=SCRIPT)


def now(token: str) -> Response:
    """``GET /auth/<token>/now``: the card for the page's script."""
    found = _card(token)
    if found is None:
        gone = PAGES.fragment("person_gone")
        return jsonify(rows=[{"key": "card", "version": "gone", "html": gone, "left": None}])
    shown, version, card = found
    return jsonify(rows=[{"key": "card", "version": version, "html": card, "left": round(shown.seconds_left, 2)}])


def approve(token: str) -> Response:
    """``POST /auth/<token>/approve``; form field ``card_id``."""
    return _decided(token, "approve")


def cancel(token: str) -> Response:
    """``POST /auth/<token>/cancel``."""
    return _decided(token, "cancel")


def _decided(token: str, decision: str) -> Response:
    shown = rules.decide(current(), token, decision, request.form.get("card_id", ""))
    if shown is None:
        return PAGES.render("person", status=404, shown=None)
    # 303: a reload of the answer must not post again
    return redirect(f"/auth/{token}", 303)  # type: ignore[return-value]
