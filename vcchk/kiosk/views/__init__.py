"""HTTP of the terminal's pages, and what they share: rendering, the visit of a request, steps in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, abort, redirect

from vcchk import kiosk, specification
from vcchk.kiosk.terminal import current
from vcchk.kiosk.visit import Visit
from vcchk.records import masking
from vcchk.web.pages import Pages

WAIT_SECONDS = 0.7
"""Seconds that a page waits for a step before it says so: most steps take some milliseconds."""

PAGES = Pages(
    kiosk.__name__,
    "医院终端",
    (("/", "场所"), ("/archive", "院内档案"), ("/statistics", "监测分析统计"), ("/settings", "设置")),
    "kiosk",
)


def render(template: str, here: str = "/", status: int = 200, **values: Any) -> Response:
    """Return a page; ``card``: what the card is called here."""
    return PAGES.render(template, here, status, card=current().choices.name, **values)


def go_to(path: str) -> Response:
    """Go on to another page; a reload of it does nothing again."""
    return redirect(path, 303)  # type: ignore[return-value]


def visit_of(key: str) -> Visit:
    """Return the visit of a request's address; 404 for one that is unknown or forgotten."""
    visit = current().visits.get(key)
    if visit is None:
        abort(404)
    return visit


def carry_out(visit: Visit, label: str, run: Callable[[], str]) -> Response:
    """Do a step in a thread: go on to what follows when it is quick, else to the page that waits."""
    job = visit.begin(label, run)
    return go_to(job.next if job.wait(WAIT_SECONDS) else visit.path("busy"))


def button_number(count: int, text: str) -> int:
    """Return the number that a button sent, one of ``count``; 400 for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) < count):
        abort(400)
    return int(text)


def masked(field: str, value: object) -> str:
    """Return one field of a person as a page shows it."""
    return masking.mask_value(field, value)


def masked_card(kind: str, number: str) -> str:
    """Return a card as a page shows it: its type and its number."""
    return f"{card_type(kind)} {masked('card_no', number)}"


def card_type(kind: str) -> str:
    """Return what a card type is called (both documents' lists)."""
    return specification.dictionary("card_types").get(kind, kind)
