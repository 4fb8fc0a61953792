"""HTTP of the kiosk page."""

from __future__ import annotations

import math

from flask import Response, jsonify, redirect, request

from vcchk import interfaces, masking
from vcchk.sandbox.kiosk import rules
from vcchk.sandbox.kiosk.state import Shown
from vcchk.sandbox.kiosk.templates import TEMPLATES
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import Sandbox, current
from vcchk.web import qr

PAGES.add(TEMPLATES)

NOTICES = {"expired": "授权二维码已过期，请重新选择", "code_expired": "您的二维码已过期，请刷新后重试"}
OUTCOMES = {"fail": "授权失败，请点击取消后重试", "cancel": "用户已取消授权，请点击取消返回"}
SHOWN_FIELDS = {"user_name": "姓名", "id_no": "证件号", "mobile_phone": "手机号", "card_no": "卡号"}


def menu() -> Response:
    """``/kiosk``: how to read the card, 电子健康卡 in the first place (document A 2.2)."""
    return PAGES.render("kiosk_menu", "/kiosk")


def ways() -> Response:
    """``/kiosk/ways``: 主扫 or 被扫."""
    return PAGES.render("kiosk_ways", "/kiosk", notice=NOTICES.get(request.args.get("notice", ""), ""))


def begin() -> Response:
    """``POST /kiosk/show``: ask for an authorisation and show its code."""
    sandbox = current()
    begun = rules.begin(sandbox)
    if isinstance(begun, rules.Answer):
        return PAGES.render("kiosk_ways", "/kiosk", notice=f"{begun.message}[{begun.code}]")
    sandbox.kiosk.show(begun)
    return redirect(f"/kiosk/show/{begun.serial}", 303)  # type: ignore[return-value]


def _left(sandbox: Sandbox, shown: Shown) -> float:
    return max(0.0, shown.ends - sandbox.clock.now())


def _message(answer: rules.Answer) -> str:
    """Return what the page says while it stays: nothing while the person decides."""
    if answer.code != "0000":
        return f"{answer.message}[{answer.code}]"
    return OUTCOMES.get(str(answer.biz.get("auth_status")), "")


def show(serial: str) -> Response:
    """``/kiosk/show/<serial>``: the code, its countdown in the top right corner; back when that is over."""
    sandbox = current()
    shown = sandbox.kiosk.get(serial)
    if shown is None or not _left(sandbox, shown):
        return redirect("/kiosk/ways?notice=expired", 303)  # type: ignore[return-value]
    answer = rules.query(sandbox, serial)
    if answer.biz.get("auth_status") == "succ":
        return redirect(f"/kiosk/show/{serial}/done", 303)  # type: ignore[return-value]
    return PAGES.render(
        "kiosk_show",
        "/kiosk",
        serial=serial,
        left=math.ceil(_left(sandbox, shown)),
        poll=rules.POLL_SECONDS,
        qr=qr.svg(shown.authurl),
        message=_message(answer),
    )


def status(serial: str) -> tuple[Response, int]:
    """``/kiosk/show/<serial>/status``: auth_status and the seconds left, for the page's script."""
    sandbox = current()
    shown = sandbox.kiosk.get(serial)
    if shown is None:
        return jsonify(auth_status="fail", message="", seconds_left=0), 404
    answer = rules.query(sandbox, serial)
    return jsonify(
        auth_status=str(answer.biz.get("auth_status", "")),
        message=_message(answer),
        seconds_left=_left(sandbox, shown),
    ), 200


def done(serial: str) -> Response:
    """``/kiosk/show/<serial>/done``: 授权成功 and the patient's page."""
    answer = rules.query(current(), serial)
    if answer.biz.get("auth_status") != "succ":
        return redirect("/kiosk/ways", 303)  # type: ignore[return-value]
    return _person("电子健康卡授权成功", answer)


def scan() -> Response:
    """``/kiosk/scan``: a field in the place of the scanner."""
    return PAGES.render("kiosk_scan", "/kiosk", notice="")


def scanned() -> Response:
    """``POST /kiosk/scan``: verify the code; an expired one goes back to the page before (document A 2.2)."""
    code = request.form.get("code", "").strip()
    if not code:
        return PAGES.render("kiosk_scan", "/kiosk", notice="没有读到二维码，请重试")
    answer = rules.scan(current(), code)
    if answer.code == "2001":
        return redirect("/kiosk/ways?notice=code_expired", 303)  # type: ignore[return-value]
    if answer.code != "0000":
        return PAGES.render("kiosk_scan", "/kiosk", notice=f"{answer.message}[{answer.code}]")
    return _person("验证成功", answer)


def _person(title: str, answer: rules.Answer) -> Response:
    card_types = {**interfaces.dictionary("card_types"), "A2": "医保电子凭证"}
    rows = [(label, masking.mask_value(name, answer.biz.get(name))) for name, label in SHOWN_FIELDS.items()]
    kind = str(answer.biz.get("card_type", ""))
    rows.append(("卡类型", card_types.get(kind, kind)))
    return PAGES.render("kiosk_person", "/kiosk", title=title, rows=[row for row in rows if row[1]])
