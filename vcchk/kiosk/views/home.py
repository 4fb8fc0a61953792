"""The places, and the menu of one place."""

from __future__ import annotations

from flask import Response, abort, request

from vcchk.kiosk.places import PLACES, REGISTER, Function, Place
from vcchk.kiosk.terminal import current
from vcchk.kiosk.trace import PERSON, TERMINAL
from vcchk.kiosk.views import button_number, go_to, render
from vcchk.kiosk.visit import Visit


def home() -> Response:
    """``/``: where is this terminal."""
    return render("home", places=PLACES.values())


def place(key: str) -> Response:
    """``/at/<place>``: its menu."""
    return render("place", place=_place(key))


def begin(key: str) -> Response:
    """``POST /at/<place>``; ``function``: the menu item's number, or ``register``."""
    where, chosen = _place(key), request.form.get("function", "")
    if chosen == "register":
        visit = _begun(where, REGISTER, f"点击“{where.verb}{current().choices.name}”")
        return go_to(visit.path("register" if where.registers else "refused"))
    function = where.functions[button_number(len(where.functions), chosen)]
    return go_to(_begun(where, function, f"点击“{function.title}”").path("card"))


def _place(key: str) -> Place:
    found = PLACES.get(key)
    if found is None:
        abort(404)
    return found


def _begun(where: Place, function: Function, label: str) -> Visit:
    visit = current().visits.add(Visit(where, function))
    visit.trace.note(PERSON, TERMINAL, label)
    return visit
