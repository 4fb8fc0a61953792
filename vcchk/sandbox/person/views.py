"""HTTP of the authorisation page. The token in the URL is the only key to it."""

from __future__ import annotations

from flask import Response, redirect, request

from vcchk import interfaces
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person import rules, state
from vcchk.sandbox.person.templates import TEMPLATES
from vcchk.sandbox.service import current

PAGES.add(TEMPLATES)


def page(token: str) -> Response:
    """``GET /auth/<token>``."""
    sandbox = current()
    with sandbox.store.reading() as db:
        shown = rules.look(sandbox, db, token)
        if shown is None:
            return PAGES.render("person", status=404, shown=None)
        choices = state.choices(db) if shown.status == "ing" else []
    treatments, departments = interfaces.dictionary("treatments"), interfaces.dictionary("departments")
    treatment, office = shown.row["treatment_code"], shown.row["office_code"]
    return PAGES.render(
        "person",
        shown=shown,
        choices=choices,
        treatment=treatments.get(treatment, treatment),
        office=departments.get(office, office),
    )


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
