"""领取 / 注册."""

from __future__ import annotations

import re

from flask import Response, abort, request

from vcchk.kiosk.flows import register
from vcchk.kiosk.terminal import current
from vcchk.kiosk.views import carry_out, go_to, masked, render, visit_of
from vcchk.kiosk.views.reading import on_all_readers, read_posted

_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,19}\Z")
"""A sentence for what cannot be a telephone number; the platform has the last word."""


def readers(key: str) -> Response:
    """``…/register``: what is read."""
    visit = visit_of(key)
    if not visit.place.registers:
        return go_to(visit.path("refused"))
    title = f"{visit.place.verb}{current().choices.name}：请读证件"
    return render("reader", visit=visit, title=title, back="", target="register", readers=on_all_readers())


def read(key: str) -> Response:
    """``POST …/register``: read, and ask whether there is a card."""
    terminal, visit = current(), visit_of(key)
    if not visit.place.registers or read_posted(visit) is None:
        abort(400)
    return carry_out(visit, f"正在查询是否已有{terminal.choices.name}", lambda: register.look(terminal, visit))


def form(key: str) -> Response:
    """``…/register/form``: what the document does not hold."""
    return _form(key, {}, "")


def send(key: str) -> Response:
    """``POST …/register/form``: register."""
    terminal, visit = current(), visit_of(key)
    typed = {name: request.form.get(name, "").strip() for name in register.TYPED_FIELDS}
    if not _PHONE.match(typed["mobile_phone"]):
        return _form(key, typed, "请填写手机号码（数字）")
    return carry_out(visit, f"正在注册{terminal.choices.name}", lambda: register.register(terminal, visit, typed))


def _form(key: str, typed: dict[str, str], wrong: str) -> Response:
    visit = visit_of(key)
    document = visit.reading.document
    if document is None:
        return go_to(visit.path("register"))
    rows = [
        ("证件", document.reader.title),
        ("姓名", masked("user_name", document.user_name)),
        ("证件号", masked("id_no", document.id_no)),
    ]
    if document.card_no:
        rows.append(("卡号", masked("card_no", document.card_no)))
    asks_address = not document.address
    return render("form", visit=visit, rows=rows, typed=typed, wrong=wrong, asks_address=asks_address)
