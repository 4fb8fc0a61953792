"""HTTP of the console."""

from __future__ import annotations

from flask import Response, redirect, request

from vcchk import interfaces, masking
from vcchk.sandbox.console import rules, state
from vcchk.sandbox.console.templates import TEMPLATES
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person.rules import STATUS_WORDS
from vcchk.sandbox.platform.rules import status_of
from vcchk.sandbox.service import current
from vcchk.web import qr

PAGES.add(TEMPLATES)
SHOWN = 200


def home() -> Response:
    """``/``: the console is where people begin."""
    return redirect("/console", 302)  # type: ignore[return-value]


def calls() -> Response:
    """``/console``: the newest calls first."""
    sandbox = current()
    rows = [row.shown() for row in reversed(sandbox.calls.last(SHOWN))]
    url = f"{sandbox.base_url}/ehcService/gateway.do"
    return PAGES.render("calls", "/console", calls=rows, total=len(rows), url=url)


def call(number: int) -> Response:
    """``/console/calls/<number>``."""
    seen = current().calls.get(number)
    return PAGES.render("one_call", "/console", 200 if seen else 404, call=seen.shown() if seen else None)


def people(minted: rules.Minted | None = None) -> Response:
    """``/console/people``."""
    with current().store.reading() as db:
        rows = state.people(db)
    picture = qr.svg(minted.code) if minted and minted.code else ""
    return PAGES.render("people", "/console/people", people=rows, kinds=rules.KINDS, minted=minted, qr=picture)


def mint(person: int) -> Response:
    """``POST /console/people/<row>/code``: the code a phone would show, as text and as QR code."""
    return people(rules.mint(current(), person, request.form.get("kind", "")))


def authorisations() -> Response:
    """``/console/authorisations``."""
    sandbox = current()
    treatments, now = interfaces.dictionary("treatments"), sandbox.clock.now()
    with sandbox.store.reading() as db:
        found = state.authorisations(db)
    rows = []
    for row in found:
        status = status_of(row, now)
        rows.append({
            "serial": masking.mask_serial(row["out_authorize_no"]),
            "term_id": row["term_id"],
            "treatment": treatments.get(row["treatment_code"], masking.mask_text(row["treatment_code"])),
            "opened": row["opened"],
            "expires": row["expires"],
            "status": status,
            "words": STATUS_WORDS[status],
            "token": row["token"],
        })  # fmt: skip
    return PAGES.render("authorisations", "/console/authorisations", rows=rows)


def statistics() -> Response:
    """``/console/statistics``."""
    with current().store.reading() as db:
        tables = state.statistics(db)
    return PAGES.render("statistics", "/console/statistics", tables=tables)
