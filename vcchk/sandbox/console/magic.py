"""Magic people: who they are, and what goes wrong with each."""

from __future__ import annotations

from flask import Response

from vcchk.sandbox.console import state
from vcchk.sandbox.console.frame import show
from vcchk.sandbox.service import current


def magic() -> Response:
    """``/console/magic``."""
    with current().store.reading() as db:
        known = state.magic_people(db)
    return show("magic", "/console/people", "魔法人员", magic=known)


URLS = (("/console/magic", magic, ("GET",)),)
