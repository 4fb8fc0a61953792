"""Traffic: what the platform saw, newest first and live."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from vcchk import specification
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.sandbox import call_views
from vcchk.sandbox.calls import MAX_CALLS
from vcchk.sandbox.console.frame import show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.seen_call import SeenCall
from vcchk.sandbox.service import Sandbox, current
from vcchk.specification import kinds
from vcchk.wire.signing import Signature

HERE = "/console"
MAX_ROWS = 200
SIGNATURES = {
    Signature.HELD: ("正确", "good"),
    Signature.WRONG: ("错误", "bad"),
    Signature.MISSING: ("缺少", "bad"),
    "": ("未验", ""),
}


def is_failed(seen: SeenCall) -> bool:
    """Tell whether a caller got anything but success (0 is the voucher service's)."""
    return seen.http != 200 or seen.ret_code not in ("0000", "0")


def _rows(sandbox: Sandbox, since: int) -> tuple[list[dict[str, Any]], int]:
    """Return what the query asks for, newest first, and the newest call's number."""
    seen_all, method = sandbox.calls.last(MAX_CALLS), kinds.bare(request.args.get("method", ""))
    newest = seen_all[-1].number if seen_all else 0
    if since > newest:  # a page from before a restart
        since = 0
    found = [seen for seen in seen_all if seen.number > since and method in ("", kinds.bare(seen.method))]
    if request.args.get("failed"):
        found = [seen for seen in found if is_failed(seen)]
    rows = []
    for seen in reversed(found[-MAX_ROWS:]):
        sentence = "" if seen.ret_code == PLATFORM_SUCCESS else SENTENCES.get(seen.ret_code, "")
        rows.append(call_views.masked(seen) | {"is_failed": is_failed(seen), "sentence": sentence})
    return rows, newest


def _html(rows: list[dict[str, Any]]) -> str:
    return PAGES.fragment("call_rows", calls=rows, signatures=SIGNATURES)


def calls() -> Response:
    """``/console?method=&failed=``."""
    sandbox, method, failed = current(), request.args.get("method", ""), request.args.get("failed", "")
    rows, newest = _rows(sandbox, 0)
    query = urlencode({"method": method, "failed": failed})
    return show(
        "calls", HERE, "报文", rows=_html(rows) if rows else "", since=newest,
        method=method, failed=failed, query=query,
        methods=[*specification.METHODS, "ec.query", "ec.check"], url=sandbox.base_url + GATEWAY_PATH,
    )  # fmt: skip


def new() -> Response:
    """``/console/calls/new?since=``: what came since, for the page's script."""
    rows, newest = _rows(current(), request.args.get("since", 0, int))
    return jsonify(html=_html(rows), since=newest, most=MAX_ROWS)


URLS = (
    (HERE, calls, ("GET",)),
    (HERE + "/calls/new", new, ("GET",)),
)
