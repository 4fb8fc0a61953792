"""What the console's pages share: their frame, form fields, notices after a redirect, rows that the script renews."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, redirect, request

from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import Sandbox, current

DONE = {
    "created": "已建档。",
    "carded": "已开通电子健康卡。",
    "linked": "已关联。",
    "unlinked": "已解除关联。",
    "closed": "已注销电子健康卡，此前的二维码全部作废。",
    "approved": "已授权。",
    "cancelled": "已取消授权。",
    "failed": "已置为授权失败。",
    "ended": "这笔授权已经结束，没有改变。",
    "ordered": "已设置故障。",
    "cleared": "已清除。",
    "clock": "平台时钟已改变。",
    "application": "已添加应用，接着请给它添加终端。",
    "terminal": "已添加终端。",
    "removed": "已删除。",
    "profile": "默认地址的报文规则已改变。",
    "strict": "已打开严格检查：请求缺少或写错文档要求的字段，一律返回 9001。",
    "lenient": "已关闭严格检查：与文档不符之处只记在报文里，照常办理。",
    "reset": "已恢复为演示数据。",
    "emptied": "已清空：没有人员、应用和终端。",
    "imported": "已导入，原有数据已被替换。",
    "replayed": "已重放，这是重放得到的报文。",
}
"""What a page says first after a redirect with ``done=…``."""


def show(template: str, here: str, title: str, status: int = 200, **values: Any) -> Response:
    """Return a page of the console. ``wrong``: a sentence about what was just asked in vain."""
    strip, done = _strip(current()), DONE.get(request.args.get("done", ""), "")
    return PAGES.render(template, here, status, title=title, strip=strip, done=done, **values)


def _strip(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Return (page, text) for each thing that makes the platform answer other than it would by itself."""
    found = []
    if sandbox.clock.stopped is not None:
        found.append(("/console/clock", "平台时钟已停住"))
    elif abs(sandbox.clock.shift) >= 1:
        found.append(("/console/clock", "平台时钟与本机时间不同"))
    if sandbox.options.strict:
        found.append(("/console/applications#check", "按文档的字段表严格检查"))
    waiting = len(sandbox.faults.waiting())
    if waiting:
        found.append(("/console/faults", f"有 {waiting} 项故障等待发生"))
    return found


def redirect_after_post(path: str, **query: Any) -> Response:
    """Return the redirect after a POST: a reload of the answer must not post again."""
    anchor = query.pop("anchor", "")
    known = {name: value for name, value in query.items() if value not in (None, "")}
    target = path + ("?" + urlencode(known) if known else "") + (f"#{anchor}" if anchor else "")
    return redirect(target, 303)  # type: ignore[return-value]


def row(key: Any, version: Any, html: str, left: float | None = None) -> dict[str, Any]:
    """Return one row of a list that the script keeps: replaced when ``version`` changes, gone when ``key`` is.

    ``left``: seconds of its countdown, told anew each time.
    """
    return {"key": str(key), "version": str(version), "html": html, "left": None if left is None else round(left, 2)}


def live(rows: list[dict[str, Any]]) -> Response:
    """Return rows for the script."""
    return jsonify(rows=rows)


def form_fields() -> dict[str, str]:
    """Return the form's fields without white space round them."""
    return {name: value.strip() for name, value in request.form.items()}
