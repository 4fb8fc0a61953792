"""Orders about the calls that the platform saw: list them, hand one on as InData or curl, send one again."""

from __future__ import annotations

import base64
import secrets
import shlex
from typing import TYPE_CHECKING, Any

from vcchk import specification
from vcchk.base.errors import VcchkError
from vcchk.sandbox import call_views
from vcchk.sandbox.control.order import Body, OrderError, flag, text, whole
from vcchk.sandbox.platform import exchange, state
from vcchk.sandbox.platform.outcome import RequestOrigin
from vcchk.sandbox.seen_call import SeenCall
from vcchk.specification import kinds
from vcchk.wire import codec, jsontext

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox


def traffic(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Tell what the platform saw, oldest first: the ``count`` (100) newest, of ``method``, after the number ``since``;
    ``number``: this one alone. Masked, without raw bytes; ``clear``: true shows all but keys, with raw bodies,
    canonical text and signatures."""
    view = call_views.clear if flag(body, "clear") else call_views.masked
    if "number" in body:
        return {"calls": [view(_call(sandbox, body))]}
    rows = sandbox.calls.last(whole(body, "count", 100), text(body, "method"), whole(body, "since"))
    return {"calls": [view(row) for row in rows]}


def _call(sandbox: Sandbox, body: Body) -> SeenCall:
    found = sandbox.calls.get(whole(body, "number"))
    if found is None:
        raise OrderError("没有这次调用，或它已被忘记（只保留最近的调用）")
    return found


def _whole_body(sandbox: Sandbox, body: Body) -> SeenCall:
    seen = _call(sandbox, body)
    if not seen.path:
        raise OrderError("这不是一次可以重发的调用")
    if len(seen.body) < seen.size:
        raise OrderError(f"报文有 {seen.size} 字节，只保留了开头，不能原样给出")
    return seen


def _key(sandbox: Sandbox, seen: SeenCall) -> str:
    with sandbox.store.reading() as db:
        app = state.app(db, seen.app_id.strip(), seen.term_id.strip())
    if app is None:
        raise OrderError("平台没有这个应用，不知道密钥；请先添加应用")
    key: str = app["app_key"]
    return key


def in_data(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Return ``indata``: what a HIS passes to VirtualCardTrans to make the call ``number``, with the application's key;
    ``profile``: the ``[wire] profile`` that its INI needs."""
    seen = _call(sandbox, body)
    if seen.rules is None:  # the voucher's local service: InData is its JSON
        if not seen.request:
            raise OrderError("这次调用没有可用的请求")
        return {"indata": seen.request, "profile": ""}
    if not seen.request and seen.signature == "":
        raise OrderError("平台没能读出这次调用的业务数据，无法还原 InData")
    key = _key(sandbox, seen)
    biz = jsontext.Literal(seen.request) if seen.request.lstrip().startswith("{") else seen.request
    known = {name: value for name, value in seen.envelope.items() if name not in ("sign", "key")}
    whole_ = {**known, "biz_content": biz, "key": key, "sign": ""}
    ordered = {name: whole_[name] for name in sorted(whole_)}  # as in the documents' samples
    return {"indata": jsontext.compact(ordered), "profile": seen.profile}


def curl(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Return ``curl``: a POSIX shell command that posts the very bytes of the call ``number``."""
    seen = _whole_body(sandbox, body)
    command = ["curl", "-sS", "-X", "POST", sandbox.base_url + seen.path]
    if seen.content_type:
        command += ["-H", f"Content-Type: {seen.content_type}"]
    plain_text = _plain(seen.body)
    if plain_text is not None:
        return {"curl": shlex.join([*command, "--data-binary", plain_text])}
    packed = base64.b64encode(seen.body).decode()
    return {"curl": f"printf %s {packed} | base64 -d | {shlex.join([*command, '--data-binary', '@-'])}"}


def _plain(data: bytes) -> str | None:
    """Return bytes as text that a shell word can carry and a terminal show, None when they are not such."""
    try:
        found = data.decode()
    except UnicodeDecodeError:
        return None
    is_plain = found and found[0] != "@" and all(c.isprintable() or c in "\t\n" for c in found)
    return found if is_plain else None


def replay(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Send the call ``number`` again: its very bytes, or with ``new_serial``: true signed anew under a fresh serial
    number. Returns ``number`` and ``ret_code`` of the new call and ``note``, what the documents say about it."""
    seen = _whole_body(sandbox, body)
    if seen.rules is None:
        raise OrderError("只能重发电子健康卡平台的调用；医保电子凭证码只能用一次，请重新出码")
    is_new = flag(body, "new_serial")
    data = _with_new_serial(sandbox, seen) if is_new else seen.body
    origin = RequestOrigin(seen.path, seen.content_type, replay_of=seen.number)
    made = sandbox.calls.get(exchange.answer(sandbox, seen.rules, data, origin).number)
    ret_code = made.ret_code if made else ""
    return {"number": made.number if made else 0, "ret_code": ret_code, "note": note(seen, ret_code, is_new)}


def _with_new_serial(sandbox: Sandbox, seen: SeenCall) -> bytes:
    if not kinds.is_writing(seen.method):
        raise OrderError("查询类接口没有自己的流水号，请原样重发")
    try:
        biz = jsontext.parse(seen.request)[0] if seen.request else None
    except jsontext.JsonError:
        biz = None
    serial = specification.serial_number(biz) if isinstance(biz, dict) else None
    if biz is None or serial is None or seen.rules is None:
        raise OrderError("这次调用没有流水号，请原样重发")
    biz[serial[0]] = new_serial(sandbox)
    fields = {name: value for name, value in seen.envelope.items() if name not in ("sign", "key")}
    try:
        return codec.seal_request(seen.rules, fields, jsontext.compact(biz), _key(sandbox, seen)).body
    except VcchkError as error:
        raise OrderError(f"无法重新签名和加密：{error.message}") from None


def new_serial(sandbox: Sandbox) -> str:
    """Return a serial number of 32 characters that nobody has used."""
    return f"R{sandbox.clock.stamp()}{secrets.token_hex(9)[:17].upper()}"


_NOTES = {
    "3002": "流水号已经用过，平台按文档拒绝重复办理（3002）；要再办一次请换新流水号",
    "3003": "原交易仍在处理，流水号或卡被占用（3003）；请先确认原交易的状态",
}


def note(seen: SeenCall, ret_code: str, is_new: bool) -> str:
    """Return what the documents say about a call sent again: ``seen`` the first one, ``ret_code`` the second answer."""
    if ret_code in _NOTES and not is_new:
        return _NOTES[ret_code]
    if is_new:
        return "已换新流水号，用应用密钥重新签名和加密后发送"
    if kinds.is_writing(seen.method) and ret_code == "0000":
        return "报文原样重发；原交易当时没有成功，所以流水号没有用掉，这次办理成功"
    return "报文原样重发"
