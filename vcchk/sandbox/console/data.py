"""The whole state: taken out as a file, put back, reset."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from vcchk.sandbox.console.frame import redirect_after_post, show
from vcchk.sandbox.control import state_io
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.pages import MAX_UPLOAD
from vcchk.sandbox.service import current

HERE = "/console/data"
COUNTED = (
    ("apps", "应用"), ("terminals", "终端"), ("people", "人员"), ("cards", "健康卡"), ("links", "关联卡"),
    ("codes", "动态码"),
    ("vouchers", "医保电子凭证"), ("authorisations", "授权"), ("uses", "用卡记录"), ("serials", "流水号"),
)  # fmt: skip


def data(status: int = 200, **values: Any) -> Response:
    """``/console/data``."""
    with current().store.reading() as db:
        counts = [
            (label, db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table, label in COUNTED
        ]
    return show("data", HERE, "数据", status, counts=counts, most=MAX_UPLOAD, **{"error": "", **values})


def export() -> Response:
    """``/console/data/export``: the file."""
    sandbox = current()
    text = json.dumps(state_io.export_state(sandbox, {})["state"], ensure_ascii=False, indent=1)
    answer = Response(text.encode(), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="vcchk-sandbox-{sandbox.clock.stamp()}.json"'
    return answer


def import_() -> Response:
    """``POST /console/data/import``: ``file``."""
    typed = request.files.get("file")
    text = typed.read() if typed else b""
    if not text:
        return _failed("请选择一个导出的文件")
    try:
        state_io.import_state(current(), {"state": json.loads(text.decode("utf-8-sig"))})
    except (ValueError, RecursionError):
        return _failed("这个文件不是 JSON，请选择本页导出的文件")
    except OrderError as wrong:
        return _failed(f"{wrong}；请选择本页导出的文件")
    return redirect_after_post(HERE, done="imported")


def _failed(error: str) -> Response:
    return data(400, error=error, wrong="没有导入，原有数据没有改变。")


def reset() -> Response:
    """``POST /console/data/reset``: the demo data again."""
    state_io.reset(current(), {})
    return redirect_after_post(HERE, done="reset")


def empty() -> Response:
    """``POST /console/data/empty``: nothing at all."""
    state_io.reset(current(), {"seed": False})
    return redirect_after_post(HERE, done="emptied")


URLS = (
    (HERE, data, ("GET",)),
    (HERE + "/export", export, ("GET",)),
    (HERE + "/import", import_, ("POST",)),
    (HERE + "/reset", reset, ("POST",)),
    (HERE + "/empty", empty, ("POST",)),
)
