"""Traffic: what the platform saw, newest first and live."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from vcchk import specification
from vcchk.base.errors import SENTENCES
from vcchk.sandbox import call_views
from vcchk.sandbox.calls import KEPT
from vcchk.sandbox.console.frame import show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.seen import Seen
from vcchk.sandbox.service import Sandbox, current
from vcchk.specification import kinds
from vcchk.wire.signature import Signature

HERE = "/console"
SHOWN = 200
SIGNATURES = {
    Signature.HELD: ("正确", "good"),
    Signature.WRONG: ("错误", "bad"),
    Signature.MISSING: ("缺少", "bad"),
    "": ("未验", ""),
}
TEMPLATES = {
    "call_rows": """{% from "widgets" import dotted %}{% for c in calls %}<tr><td class="n">{{ c.number }}</td>
<td class="wide-only"
title="{{ c.time }}">{{ c.time[11:] }}</td>
<td><a href="/console/calls/{{ c.number }}"><code>{{ dotted(c.method or "（没有接口名）") }}</code></a>
{%- if c.replay_of %} <span class="tag">重放 {{ c.replay_of }}</span>{% endif %}</td>
<td>{{ c.sign_type }} <span class="tag {{ signatures[c.signature][1] }}">{{ signatures[c.signature][0] }}</span></td>
<td class="wide-only">{{ c.enc_type }}</td>
<td><span class="tag {{ 'bad' if c.is_failed else 'good' }}">{{ c.ret_code or c.http or "断开" }}</span>
{{ c.sentence }}</td>
<td class="n wide-only">{{ c.findings|length or "" }}</td><td class="n wide-only">{{ c.ms }}</td></tr>{% endfor %}""",
    "calls": """{% extends "console" %}
{% block page %}<div class="head"><h1>报文</h1><span id="live" class="soft" role="status"></span>
<button type="button" class="plain" data-pause="rows" aria-pressed="false" data-js hidden>暂停</button></div>
<div class="card"><form class="row" method="get" action="/console"><label for="method">接口</label>
<select id="method" name="method"><option value="">全部</option>{% for name in methods %}
<option{{ " selected" if name == method }}>{{ name }}</option>{% endfor %}</select>
<label><input type="checkbox" name="failed" value="1"{{ " checked" if failed }}> 只看失败</label>
<button>筛选</button>{% if method or failed %}<a href="/console">全部报文</a>{% endif %}
<noscript><a href="?{{ query }}">刷新</a></noscript></form></div>
<div class="card"><table><thead><tr><th class="n">序号</th><th class="wide-only">时间</th><th>接口</th><th>签名</th>
<th class="wide-only">加密</th><th>返回</th>
<th class="n wide-only">不符</th><th class="n wide-only">毫秒</th></tr></thead>
<tbody id="rows" data-live="/console/calls/new?{{ query }}" data-since="{{ since }}">{{ rows|safe }}
{% if not rows %}<tr data-none><td colspan="8" class="soft">还没有{{ "符合条件的" if method or failed }}报文。
发到 <code>{{ url }}</code> 的请求会自动出现在这里，例如<a href="/">起始页</a>上的例子。</td></tr>{% endif %}
</tbody></table></div>{% endblock %}""",
}
PAGES.add(TEMPLATES)


def is_failed(seen: Seen) -> bool:
    """Tell whether a caller got anything but success (0 is the voucher service's)."""
    return seen.http != 200 or seen.ret_code not in ("0000", "0")


def _rows(sandbox: Sandbox, since: int) -> tuple[list[dict[str, Any]], int]:
    """Return what the query asks for, newest first, and the newest call's number."""
    seen_all, method = sandbox.calls.last(KEPT), kinds.bare(request.args.get("method", ""))
    newest = seen_all[-1].number if seen_all else 0
    if since > newest:  # a page from before a restart
        since = 0
    found = [seen for seen in seen_all if seen.number > since and method in ("", kinds.bare(seen.method))]
    if request.args.get("failed"):
        found = [seen for seen in found if is_failed(seen)]
    rows = []
    for seen in reversed(found[-SHOWN:]):
        words = SENTENCES.get(seen.ret_code, "")
        rows.append(
            call_views.masked(seen) | {"is_failed": is_failed(seen), "words": words if words != "操作成功" else ""}
        )
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
    return jsonify(html=_html(rows), since=newest, most=SHOWN)


URLS = (
    (HERE, calls, ("GET",)),
    (HERE + "/calls/new", new, ("GET",)),
)
