"""HTTP of the local voucher service: JSON in, JSON out, in the charset and shape that the options choose."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from vcchk.base.encoding import decode
from vcchk.sandbox.service import current
from vcchk.sandbox.voucher import rules
from vcchk.sandbox.voucher.rules import VoucherAnswer


def query(prefix: str = "") -> Response:
    """``…/localcfc/api/hsecfc/localQrCodeQuery``: seen as the transaction that it names."""
    return _answer("", rules.transact)


def check_token(prefix: str = "") -> Response:
    """``…/localcfc/api/hsecfc/localEcTokenCheck``."""
    return _answer("ec.check", rules.check_token)


def _body() -> Any:
    """Return the request's JSON (UTF-8, or GBK as one region sends it), None when it is not JSON."""
    try:
        return json.loads(decode(request.get_data()).text)
    except (ValueError, RecursionError):
        return None


def _answer(name: str, act: Any) -> Response:
    sandbox, asked = current(), _body()
    served = asked.get("transType") if isinstance(asked, dict) else None
    came = {
        "method": name or (served if served in rules.TRANSACTIONS else "ec.query"),
        "path": request.path,
        "content_type": request.headers.get("Content-Type", ""),
        "body": request.get_data(),
    }
    if sandbox.options.voucher_empty:
        sandbox.calls.note(**came, cause="ordered: empty reply")
        return Response(b"", 200, content_type="application/json")
    answer: VoucherAnswer = act(sandbox, asked)
    data: Any = answer.data
    if data is not None and sandbox.options.voucher_data == "text":
        data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    reply = {
        "code": answer.code,
        "message": answer.message,
        "orgId": asked.get("orgId", "") if isinstance(asked, dict) else "",
        "data": data,
    }
    text = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
    charset = sandbox.options.voucher_charset
    sent, kind = text.encode(charset, "replace"), f"application/json;charset={charset.upper()}"
    sandbox.calls.note(
        **came,
        ret_code=str(answer.code),
        request=json.dumps(asked, ensure_ascii=False),
        reply=text,
        cause="" if answer.code == 0 else answer.message,
        reply_type=kind,
        reply_body=sent,
    )
    return Response(sent, 200, content_type=kind)
