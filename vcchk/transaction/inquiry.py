"""Asking the platform how a call in doubt ended: what must be kept for it, the question, and what its answer means.

Two kinds of call can be asked about without effect (both documents have no query by serial number besides): a
registration by the person's document (regquery), an authorisation by its serial number (auth.query). No I/O.
"""

from __future__ import annotations

from vcchk.base.errors import SUCCESS
from vcchk.base.record import Record
from vcchk.records.journal.file import DONE, NOT_DONE
from vcchk.specification import kinds
from vcchk.specification.spelling import REGQUERY, mended
from vcchk.wire import jsontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.base.result import Result
    from vcchk.wire.message import Message

_LEFT_OUT = ("method", "sign", "timestamp")
"""Members of an envelope that are another's in another message."""
_MAX_VALUE_CHARS = 200
"""Characters of a value; a longer one is no value of a query."""


class Settlement(Record):
    """What the platform's answer says: ``settled`` is DONE, NOT_DONE or "" (it does not say); ``text`` for a person."""

    settled: str
    text: str


def prepare(request: Message, url: str) -> str:
    """Return as JSON what asking about this request needs, "" when nothing can be asked.

    The address, the envelope without key, and the person's document or the serial number.
    """
    biz = mended(request.biz or {})
    if kinds.is_registration(request.method):
        asked = {name: biz.get(name) for name in ("id_type", "id_no")}
    elif _is_authorisation(request.method, biz):
        asked = {"out_authorize_no": biz["out_authorize_no"]}
    else:
        return ""
    envelope = {name: value for name, value in request.fields.items() if name not in _LEFT_OUT}
    return jsontext.compact({"url": url, "fields": _short(envelope), "biz": _short(asked)})


def question(method: str, kept: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """Return the InData that asks about a call of ``method``, without key. ``kept``: what `prepare` gave, parsed."""
    name = REGQUERY if kinds.is_registration(method) else "ehc.ehealthcard.auth.query"
    return {**kept["fields"], "method": name, "timestamp": timestamp, "biz_content": kept["biz"]}


def settlement(method: str, answer: Result) -> Settlement:
    """Return what the answer to `question` says about the call of ``method``."""
    if answer.code == "3001":
        return Settlement(settled=NOT_DONE, text="平台查无此笔，没有办成，可以重新办理")
    if answer.code != SUCCESS:
        return Settlement(settled="", text=f"没有查到结果：{answer.message}[{answer.code}]")
    if kinds.is_registration(method):
        return Settlement(settled=DONE, text="平台已有此人的电子健康卡（这一笔或以前办成的），请勿重复办理")
    status = jsontext.scalar(answer.biz.get("auth_status", ""))
    return Settlement(settled=DONE, text=f"平台已有此授权流水（auth_status {status or '空'}），请勿重复办理")


def _is_authorisation(method: str, biz: Mapping[str, Any]) -> bool:
    return kinds.is_authurl(method) and not kinds.is_push(method, biz) and "out_authorize_no" in biz


def _short(fields: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: jsontext.scalar(value) for name, value in fields.items() if value is not None}
    return {name: text for name, text in texts.items() if len(name) + len(text) <= _MAX_VALUE_CHARS}
