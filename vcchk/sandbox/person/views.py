"""HTTP of the authorisation page. The token in the URL is the only key to it."""

from __future__ import annotations

from flask import Response, jsonify, redirect, request

from vcchk import specification
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person import rules, state
from vcchk.sandbox.service import current


def _card(token: str) -> tuple[rules.AuthorisationView, str, str] | None:
    """Return the authorisation, a text that changes whenever its card does, and the card as HTML."""
    sandbox = current()
    with sandbox.store.reading() as db:
        view = rules.look(sandbox, db, token)
        if view is None:
            return None
        choices = state.choices(db) if view.status == "ing" else []
    is_running = sandbox.clock.stopped is None
    version = f"{view.status}-{is_running}" if is_running else f"{view.status}-{view.seconds_left:.0f}"
    treatment, office = view.row["treatment_code"], view.row["office_code"]
    card = PAGES.fragment(
        "person_card",
        view=view,
        version=version,
        is_running=is_running,
        choices=choices,
        treatment=specification.dictionary("treatments").get(treatment, treatment),
        office=specification.dictionary("departments").get(office, office),
    )
    return view, version, card


def page(token: str) -> Response:
    """``GET /auth/<token>``."""
    found = _card(token)
    if found is None:
        return PAGES.render("person", status=404, view=None)
    return PAGES.render("person", view=found[0], card=found[2])


def now(token: str) -> Response:
    """``GET /auth/<token>/now``: the card for the page's script."""
    found = _card(token)
    if found is None:
        gone = PAGES.fragment("person_gone")
        return jsonify(rows=[{"key": "card", "version": "gone", "html": gone, "left": None}])
    view, version, card = found
    return jsonify(rows=[{"key": "card", "version": version, "html": card, "left": round(view.seconds_left, 2)}])


def approve(token: str) -> Response:
    """``POST /auth/<token>/approve``; form field ``card_id``."""
    return _decided(token, "approve")


def cancel(token: str) -> Response:
    """``POST /auth/<token>/cancel``."""
    return _decided(token, "cancel")


def _decided(token: str, decision: str) -> Response:
    view = rules.decide(current(), token, decision, request.form.get("card_id", ""))
    if view is None:
        return PAGES.render("person", status=404, view=None)
    # 303: a reload of the answer must not post again
    return redirect(f"/auth/{token}", 303)  # type: ignore[return-value]
