"""One call: what came, what the platform makes of it, what it answered; copied for others, sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from vcchk.base.errors import SENTENCES
from vcchk.sandbox import call_views
from vcchk.sandbox.calls import MAX_CALLS
from vcchk.sandbox.console.errors import missing
from vcchk.sandbox.console.frame import form_fields, redirect_after_post, show
from vcchk.sandbox.console.traffic import HERE, SIGNATURES, is_failed
from vcchk.sandbox.control import traffic as orders
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.platform.diagnosis import common_length
from vcchk.sandbox.seen_call import SeenCall
from vcchk.sandbox.service import Sandbox, current
from vcchk.specification import kinds

# name: (order, its answer's field)
COPIES = {"indata": (orders.in_data, "indata"), "curl": (orders.curl, "curl")}
NOTES = {
    "indata": "含应用密钥，只给需要的人。作为 InData 传给 VirtualCardTrans；INI 的 [wire] profile 应为 {profile}。",
    "curl": "在命令行里运行，发送与这次完全相同的字节。",
}


def call(number: int, status: int = 200, wrong: str = "") -> Response:
    """``/console/calls/<number>``: in clear, keys excepted."""
    sandbox = current()
    seen = sandbox.calls.get(number)
    if seen is None:
        return missing("没有这次调用，或它已被忘记（只保留最近的调用）")
    view = call_views.clear(seen)
    older, newer = _around(sandbox, number)
    expected, received = _signatures(view["sign_expected"], view["sign_received"])
    as_ = request.args.get("copy", "")
    return show(
        "one_call", HERE, f"第 {number} 次调用", status, c=view, sentence=SENTENCES.get(seen.ret_code, ""), wrong=wrong,
        signature=SIGNATURES[seen.signature], is_failed=is_failed(seen), is_writing=kinds.is_writing(seen.method),
        older=older, newer=newer,
        request=_pretty(view["request"]), reply=_pretty(view["reply"]), canonical=_marked(view),
        expected=expected, received=received, difference=_excerpts(view["difference"]),
        copied=_copied(sandbox, number, as_) if as_ in COPIES else {}, note=_note(sandbox, seen),
    )  # fmt: skip


def _around(sandbox: Sandbox, number: int) -> tuple[int, int]:
    """Return the numbers of the calls before and after, 0 where there is none."""
    numbers = [one.number for one in sandbox.calls.last(MAX_CALLS)]
    older = max((n for n in numbers if n < number), default=0)
    return older, min((n for n in numbers if n > number), default=0)


def _note(sandbox: Sandbox, seen: SeenCall) -> str:
    """Return what the documents say about a call that was just sent again."""
    first, how = sandbox.calls.get(seen.replay_of), request.args.get("how", "")
    return orders.note(first, seen.ret_code, how == "new") if first and how else ""


def _pretty(text: str) -> str:
    """Return JSON with a field a line; anything else as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


@dataclass(frozen=True)
class MarkedText:
    """A text with one piece to mark; ``marked`` is None where nothing is."""

    before: str
    marked: str | None = None
    after: str = ""


def _marked(view: dict[str, Any]) -> MarkedText | None:
    """Return the canonical text, its first different character marked; None where there is none."""
    text, difference = view["canonical"], view["difference"]
    if not text:
        return None
    return _character_marked(text, difference["at"] - 1) if difference else MarkedText(text)


def _character_marked(text: str, at: int, at_end: str = "") -> MarkedText:
    """Mark one character; ``at_end``: what stands there where the text has ended before."""
    return MarkedText(text[:at], text[at : at + 1] or at_end, text[at + 1 :])


def _signatures(expected: str, received: str) -> tuple[MarkedText, MarkedText]:
    """Return two signatures, each marked from the first character in which they differ."""
    if expected == received or not received:
        return MarkedText(expected), MarkedText(received)
    at = common_length(expected, received)
    return MarkedText(expected[:at], expected[at:]), MarkedText(received[:at], received[at:])


def _excerpts(difference: dict[str, Any] | None) -> dict[str, Any] | None:
    if not difference:
        return None
    at = common_length(difference["ours"], difference["theirs"])
    sides = {name: _character_marked(difference[name], at, "（到此为止）") for name in ("ours", "theirs")}
    return {"at": difference["at"], **sides}


def _copied(sandbox: Sandbox, number: int, as_: str) -> dict[str, str]:
    order, name = COPIES[as_]
    try:
        made = order(sandbox, {"number": number})
    except OrderError as wrong:
        return {"text": "", "error": f"不能复制：{wrong}。"}
    return {"text": made[name], "note": NOTES[as_].format(profile=made.get("profile") or "任意")}


def copy(number: int) -> Response:
    """``/console/calls/<number>/copy?as=indata|curl`` for the page's script: ``text`` and ``note``, or ``error``."""
    as_ = request.args.get("as", "")
    return jsonify(
        _copied(current(), number, as_) if as_ in COPIES else {"text": "", "error": "只能复制为 indata 或 curl"}
    )


def replay(number: int) -> Response:
    """``POST /console/calls/<number>/replay``: ``how`` same or new (another serial number)."""
    how = "new" if form_fields().get("how") == "new" else "same"
    try:
        made = orders.replay(current(), {"number": number, "new_serial": how == "new"})
    except OrderError as wrong:
        return call(number, 400, wrong=f"没有重放：{wrong}。")
    return redirect_after_post(f"{HERE}/calls/{made['number']}", done="replayed", how=how)


URLS = (
    (HERE + "/calls/<int:number>", call, ("GET",)),
    (HERE + "/calls/<int:number>/copy", copy, ("GET",)),
    (HERE + "/calls/<int:number>/replay", replay, ("POST",)),
)
