"""Pages for what went wrong: each says what to do. Programs (``/_sandbox``, the voucher's service) get JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform.urls import DEFAULT_FOLDER, PROFILES_FOLDER
from vcchk.web import guard

# status: (what happened, what to do)
SENTENCES: dict[int, tuple[str, str]] = {
    400: ("请求读不懂", "请从页面上的表单或按钮重新操作，不要手工改网址。"),
    403: ("请求来自其他网站的页面，没有执行", "请直接在浏览器里打开本平台的页面再操作。"),
    404: ("没有这个页面", "请检查网址；对象可能已在恢复或导入数据时消失。"),
    405: ("这个地址不接受这种请求方式", "页面用浏览器打开；会改变数据的操作请点页面上的按钮。"),
    413: ("上传的内容太大，没有读取", "最多 4 MB。请检查是否选错了文件。"),
    415: ("内容类型不对，没有执行", "控制接口只收 application/json。"),
    421: ("这个主机名不属于本平台", "请用 http://127.0.0.1:端口 打开；本平台只应答本机。"),
    500: ("模拟平台自身出错", "请再试一次；仍出错时重新启动 vcchk sandbox，并把日志中的这一段报告给开发者。"),
}
GATEWAY = ("这是网关地址，由 HIS 用 POST 调用", "把它填进 HIS 的平台地址 strUrl；浏览器请看起始页。")


def page(code: int, what: str, to_do: str) -> Response:
    """Return the page of one error."""
    return PAGES.render("error", status=code, code=code, what=what, to_do=to_do)


def sentences(code: int) -> tuple[str, str]:
    """Return what happened and what to do, for any HTTP status."""
    return SENTENCES.get(code, SENTENCES[500 if code >= 500 else 400])


def refused(status: str, environ: Mapping[str, Any]) -> Response:
    """Return the answer to a request that the guards refuse: a page for browsers, a sentence for programs."""
    code = int(status[:3])
    if "text/html" in environ.get("HTTP_ACCEPT", ""):
        return page(code, *SENTENCES[code])
    return Response(guard.SENTENCES[status], code, content_type="text/plain; charset=utf-8")


def install(app: Flask) -> None:
    """Let every failure of a page answer with its page."""

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        code = error.code or 500
        if request.path.startswith("/_sandbox/"):
            answer = jsonify(ok=False, error=error.name)
            answer.status_code = code
            return answer
        is_gateway = code in (404, 405) and request.path.startswith((DEFAULT_FOLDER, PROFILES_FOLDER))
        answer = page(405, *GATEWAY) if is_gateway else page(code, *sentences(code))
        allowed = getattr(error, "valid_methods", None)
        if code == 405 and allowed:
            answer.headers["Allow"] = ", ".join(allowed)
        return answer


def missing(what: str) -> Response:
    """Return the 404 page of something that was there, or never was."""
    return page(404, what, SENTENCES[404][1])
