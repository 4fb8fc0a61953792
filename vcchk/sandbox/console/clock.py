"""The platform's clock, and what runs out by it."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from flask import Response, request

from vcchk import specification
from vcchk.records import masking
from vcchk.sandbox.console.frame import form_fields, live, redirect_after_post, row, show
from vcchk.sandbox.control import behaviour
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import Sandbox, current
from vcchk.web.pages import moment

HERE = "/console/clock"
ADVANCES = ((60, "+60 秒"), (300, "+5 分"), (86400, "+1 天"))
MAX_ROWS = 50
_EXPIRING = """SELECT * FROM (
 SELECT '动态码' AS kind, token AS id, expires, user_name AS who
  FROM codes JOIN cards USING (card_id) JOIN people USING (person)
 UNION ALL SELECT '医保电子凭证', code, expires, user_name FROM vouchers JOIN people USING (person) WHERE used = 0
 UNION ALL SELECT '授权', token, expires, treatment_code FROM authorisations WHERE status = 'ing'
) WHERE expires > ? - 60 ORDER BY expires LIMIT ?"""


def _expiring(sandbox: Sandbox, db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return what runs out, the next first; what ran out within the last minute stays to be seen."""
    now, is_running, found = sandbox.clock.now(), sandbox.clock.stopped is None, []
    for each in db.execute(_EXPIRING, (now, MAX_ROWS)):
        is_person = each["kind"] != "授权"
        left = max(0.0, each["expires"] - now)
        who = (
            masking.mask_value("user_name", each["who"])
            if is_person
            else specification.dictionary("treatments").get(each["who"], "")
        )
        entry = {"key": each["id"][:12], "kind": each["kind"], "who": who, "expires": each["expires"], "left": left,
                 "is_running": is_running, "version": f"{is_running}{left <= 0}{each['expires']}"}  # fmt: skip
        if not is_running:
            entry["version"] += f"{left:.0f}"
        found.append(row(entry["key"], entry["version"], PAGES.fragment("running_out", r=entry), left))
    return found or [row("none", "", PAGES.fragment("none_running_out"))]


def _clock(sandbox: Sandbox) -> list[dict[str, Any]]:
    now = sandbox.clock.now()
    shift = round(now - time.time())
    state = "停住不走。" if sandbox.clock.stopped is not None else "正在走动。"
    state += "与本机时间相同。" if abs(shift) < 2 else f"比本机时间{'快' if shift > 0 else '慢'} {_span(abs(shift))}。"
    rows = {"clock_now": moment(now), "clock_state": state}
    return [row(name[6:], text, PAGES.fragment(name, text=text)) for name, text in rows.items()]


def _span(seconds: int) -> str:
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds} 秒"


def clock(status: int = 200, **values: Any) -> Response:
    """``/console/clock``."""
    sandbox = current()
    first = {"moment": time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(sandbox.clock.now()))}
    values = {"typed": first, "errors": {}, **values}
    with sandbox.store.reading() as db:
        expiring = _expiring(sandbox, db)
    return show(
        "clock", HERE, "时钟", status, clock=_clock(sandbox), expiring=expiring, advances=ADVANCES,
        is_running=sandbox.clock.stopped is None, **values,
    )  # fmt: skip


def rows() -> Response:
    """``/console/clock/rows?of=clock|expiring`` for the page's script."""
    sandbox = current()
    if request.args.get("of") == "clock":
        return live(_clock(sandbox))
    with sandbox.store.reading() as db:
        return live(_expiring(sandbox, db))


def stop() -> Response:
    """``POST /console/clock/stop``."""
    return _turned(stop=True)


def start() -> Response:
    """``POST /console/clock/start``: run on from where it stands."""
    return _turned(stop=False)


def reset() -> Response:
    """``POST /console/clock/reset``: real time."""
    return _turned(stop=False, shift=0)


def advance() -> Response:
    """``POST /console/clock/advance``: ``seconds`` further."""
    return _turned(advance=form_fields().get("seconds", ""))


def set_() -> Response:
    """``POST /console/clock/set``: ``moment`` as a browser's datetime field gives it."""
    typed = form_fields()
    text = typed.get("moment", "").replace(" ", "T")
    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"):
        try:
            seconds = time.mktime(time.strptime(text, form))
        except (ValueError, OverflowError):
            continue
        return _turned(typed, set=seconds)
    return _failed("请写成 2026-01-31 08:00:00 这样的时间", typed)


def _turned(typed: dict[str, str] | None = None, **order: Any) -> Response:
    """Carry out an order about the clock; ``typed``: what stood in the form."""
    try:
        behaviour.clock(current(), order)
    except OrderError as wrong:
        return _failed(str(wrong), typed)
    return redirect_after_post(HERE, done="clock")


def _failed(sentence: str, typed: dict[str, str] | None) -> Response:
    kept = {"typed": typed, "errors": {"moment": sentence}} if typed is not None else {}
    return clock(400, wrong=f"没有改变时钟：{sentence}。", **kept)


URLS = (
    (HERE, clock, ("GET",)),
    (HERE + "/rows", rows, ("GET",)),
    (HERE + "/stop", stop, ("POST",)),
    (HERE + "/start", start, ("POST",)),
    (HERE + "/reset", reset, ("POST",)),
    (HERE + "/advance", advance, ("POST",)),
    (HERE + "/set", set_, ("POST",)),
)
