"""One person: data, card, linked cards, and the codes that their phone would show, on screen and on paper."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Response, request

from vcchk.records import masking
from vcchk.sandbox.console import forms, state
from vcchk.sandbox.console.errors import missing
from vcchk.sandbox.console.frame import form_fields, live, redirect_after_post, row, show
from vcchk.sandbox.control import codes as code_orders
from vcchk.sandbox.control import people as orders
from vcchk.sandbox.control.order import Order, OrderError
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform.codes import dynamic_code, static_code
from vcchk.sandbox.service import Sandbox, current
from vcchk.specification.codes import read as read_code
from vcchk.web import qr

HERE = "/console/people"
DYNAMIC_SECONDS = 60
MAX_CODE_SECONDS = 86400.0
"""Seconds that a code made here may live at most."""
TITLES = {"static": "静态码", "dynamic": "动态码", "voucher": "医保电子凭证"}


def _codes(sandbox: Sandbox, db: sqlite3.Connection, who: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the person's three codes; a code's ``left`` is None when it does not run out."""
    now, is_open, issuer = sandbox.clock.now(), who["status"] == "open", sandbox.options.issuer
    token = state.dynamic_code(db, who["card_id"], request.args.get("dynamic", "")) if is_open else None
    voucher = state.voucher_code(db, who["person"], request.args.get("voucher", ""))
    no_card = "没有有效的电子健康卡"
    found: list[dict[str, Any]] = [
        {"kind": "static", "code": static_code(who["card_id"], issuer) if is_open else "", "none": no_card},
        {
            "kind": "dynamic",
            "code": dynamic_code(who["card_id"], token["token"], issuer) if token else "",
            "expires": token["expires"] if token else None,
            "none": "还没有出动态码" if is_open else no_card,
        },
        {
            "kind": "voucher",
            "code": voucher["code"] if voucher else "",
            "expires": voucher["expires"] if voucher else None,
            "is_used": bool(voucher and voucher["used"]),
            "none": "还没有出医保电子凭证",
        },
    ]
    for one in found:
        expires = one.get("expires")
        one["seconds"] = None if expires is None else max(0.0, expires - now)
        one["title"], one["is_running"] = TITLES[one["kind"]], sandbox.clock.stopped is None
        one["is_over"] = one.get("is_used", False) or one["seconds"] == 0
        one["version"] = f"{one['code'][-12:]}-{one['is_over']}-{one['is_running']}"
        one["svg"] = qr.svg(one["code"]) if one["code"] else ""
        one["html"] = PAGES.fragment("person_code", c=one)
    return found


def person(number: int, status: int = 200, **values: Any) -> Response:
    """``/console/people/<row>``: the person, masked unless ``show=1``."""
    sandbox, is_clear = current(), request.args.get("show") == "1"
    with sandbox.store.reading() as db:
        who = state.person(db, number, is_clear=is_clear)
        if who is None:
            return missing("没有此人")
        codes = _codes(sandbox, db, who)
    rows = [("性别", who["sex"]), ("手机", who["mobile_phone"]), ("出生日期", who["birthday"]), ("民族", who["nation"]),
            ("联系电话", who["telephone"]), ("居住地址", who["address"]), ("工作单位", who["work_unit"]),
            ("参保地", who["region"])]  # fmt: skip
    values = {"typed": {}, "errors": {}, **values}
    # A title stays in the browser's history: never the name in clear.
    title = masking.mask_value("user_name", who["user_name"])
    return show(
        "one_person", HERE, title, status, p=who, rows=rows, codes=codes, is_clear=is_clear,
        card_types=forms.choices(forms.CARD_TYPES), dynamic=request.args.get("dynamic", ""),
        voucher=request.args.get("voucher", ""), **values,
    )  # fmt: skip


def codes(number: int) -> Response:
    """``/console/people/<row>/codes``: the three codes for the page's script."""
    sandbox = current()
    with sandbox.store.reading() as db:
        who = state.person(db, number)
        found = _codes(sandbox, db, who) if who else []
    return live([row(one["kind"], one["version"], one["html"], one["seconds"]) for one in found])


def mint(number: int) -> Response:
    """``POST /console/people/<row>/code``: ``kind`` dynamic (with ``seconds``) or voucher."""
    typed = form_fields()
    if typed.get("kind") not in ("dynamic", "voucher"):
        return missing("没有这种码")
    seconds, error = forms.number(typed.get("seconds") or str(DYNAMIC_SECONDS), 1, MAX_CODE_SECONDS)
    if error:
        return person(number, 400, wrong=f"没有出码。有效秒数：{error}。", typed=typed)
    try:
        if typed.get("kind") == "voucher":
            made = code_orders.voucher(current(), {"person": number})
            return redirect_after_post(f"{HERE}/{number}", voucher=made["code"], anchor="codes")
        made = code_orders.health_code(current(), {"person": number, "seconds": seconds})
    except OrderError as wrong:
        return person(number, 400, wrong=f"没有出码：{wrong}。")
    return redirect_after_post(f"{HERE}/{number}", dynamic=read_code(made["code"]).fields[2], anchor="codes")


def link(number: int) -> Response:
    """``POST /console/people/<row>/link``: link a card."""
    typed, errors = form_fields(), {}
    if typed.get("card_type") not in forms.CARD_TYPES:
        errors["card_type"] = "请从列表中选择"
    if not typed.get("card_no"):
        errors["card_no"] = "请填写卡号"
    elif len(typed["card_no"]) > 32:
        errors["card_no"] = f"最多 32 个字符，现在有 {len(typed['card_no'])} 个"
    if errors:
        return person(number, 400, wrong="没有关联，请改正下面标出的内容。", typed=typed, errors=errors)
    return _done(orders.link_card, number, "linked", card_type=typed["card_type"], card_no=typed["card_no"])


def unlink(number: int) -> Response:
    """``POST /console/people/<row>/unlink``: take a linked card away."""
    typed = form_fields()
    with current().store.reading() as db:
        linked = [
            card
            for is_clear in (False, True)
            for card in (state.person(db, number, is_clear=is_clear) or {}).get("links", ())
        ]
    # The page shows the numbers masked, so it names a card by its place and by what it showed.
    found = [
        card for card in linked if (str(card["place"]), card["number"]) == (typed.get("place"), typed.get("shown"))
    ]
    if not found:
        return person(number, 400, wrong="没有解除：关联卡已有变化，请看下面现在的。")
    one = found[0]
    return _done(orders.link_card, number, "unlinked", remove=True, card_type=one["card_type"], card_no=one["card_no"])


def close(number: int) -> Response:
    """``POST /console/people/<row>/close``: close the card."""
    return _done(orders.close_card, number, "closed")


def open_(number: int) -> Response:
    """``POST /console/people/<row>/open``: open the card, or open it again."""
    return _done(orders.open_card, number, "carded")


def _done(order: Order, number: int, done: str, **typed: Any) -> Response:
    """Carry out an order about a person; go back to the page, or show it with what is wrong."""
    try:
        order(current(), {"person": number, **typed})
    except OrderError as wrong:
        return person(number, 400, wrong=f"没有办理：{wrong}。")
    return redirect_after_post(f"{HERE}/{number}", done=done)


def print_one(number: int) -> Response:
    """``/console/people/<row>/print``: this person's codes on paper."""
    sandbox = current()
    with sandbox.store.reading() as db:
        who = state.person(db, number)
        if who is None:
            return missing("没有此人")
        found = [one for one in _codes(sandbox, db, who) if one["code"] and not one["is_over"]]
    printed = [{**one, "name": who["user_name"], "until": one.get("expires")} for one in found]
    return show("print_codes", HERE, f"{who['user_name']} 的二维码", codes=printed, up=f"{HERE}/{number}")


def print_all() -> Response:
    """``/console/people/print``: everybody's static code on paper."""
    sandbox = current()
    with sandbox.store.reading() as db:
        found = [one for one in state.people(db) if one["status"] == "open"]
    printed = [
        {"name": f"{one['user_name']} {one['id_no']}", "title": TITLES["static"],
         "svg": qr.svg(static_code(one["card_id"], sandbox.options.issuer))} for one in found
    ]  # fmt: skip
    return show("print_codes", HERE, "静态码", codes=printed, up=HERE)


URLS = (
    (HERE + "/print", print_all, ("GET",)),
    (HERE + "/<int:number>", person, ("GET",)),
    (HERE + "/<int:number>/codes", codes, ("GET",)),
    (HERE + "/<int:number>/print", print_one, ("GET",)),
    (HERE + "/<int:number>/code", mint, ("POST",)),
    (HERE + "/<int:number>/link", link, ("POST",)),
    (HERE + "/<int:number>/unlink", unlink, ("POST",)),
    (HERE + "/<int:number>/close", close, ("POST",)),
    (HERE + "/<int:number>/open", open_, ("POST",)),
)
