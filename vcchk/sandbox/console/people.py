"""People and cards: find one, create one."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from vcchk.sandbox.console import forms, state
from vcchk.sandbox.console.frame import form_fields, redirect_after_post, show
from vcchk.sandbox.control import people as control
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.service import current

HERE = "/console/people"


def people() -> Response:
    """``/console/people?q=``: everybody, or whom the text finds."""
    text, is_clear = request.args.get("q", "").strip(), request.args.get("show") == "1"
    with current().store.reading() as db:
        rows = state.people(db, text, is_clear=is_clear)
    query = urlencode({name: value for name, value in (("show", "" if is_clear else "1"), ("q", text)) if value})
    return show("people", HERE, "人员与卡", people=rows, q=text, is_clear=is_clear, query=query)


def blank() -> Response:
    """``/console/people/new``: the form."""
    first = {"id_type": "01", "nation": "01", "insu_org": "350200", "registered": "1"}
    return show("new_person", HERE, "建档", fields=forms.person_fields(), typed=first, errors={})


def create() -> Response:
    """``POST /console/people/new``."""
    sandbox, typed = current(), form_fields()
    errors = forms.wrong_person(typed)
    if not errors:
        try:
            made = control.seed_people(sandbox, {"people": [{**typed, "registered": "registered" in typed}]})
            return redirect_after_post(f"{HERE}/{made['people'][0]}", done="created")
        except OrderError as wrong:
            errors["id_no"] = str(wrong)
    answer = {"fields": forms.person_fields(), "typed": typed, "errors": errors}
    return show("new_person", HERE, "建档", 400, wrong="没有建档，请改正下面标出的内容。", **answer)


URLS = (
    (HERE, people, ("GET",)),
    (HERE + "/new", blank, ("GET",)),
    (HERE + "/new", create, ("POST",)),
)
