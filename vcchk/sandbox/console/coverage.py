"""Coverage of the documents, from the tables: each method served, checked, tested."""

from __future__ import annotations

from flask import Response

from vcchk.sandbox import coverage as table
from vcchk.sandbox.console.frame import show
from vcchk.sandbox.pages import PAGES

HERE = "/console/coverage"
TEMPLATES = {
    "coverage": """{% extends "console" %}{% from "widgets" import dotted %}
{% block page %}<h1>覆盖</h1>
<p>两份文档的全部接口。“办理”：模拟平台按文档办理它；“检查”：请求的每个字段按文档的表检查（必填、长度、字典、
时间格式），列出表的章节和字段数；“测试”：项目自己的测试中有多少个真正经 HTTP 调用了它。</p>
<div class="card"><table><thead><tr><th>接口</th><th>办理</th><th>检查</th><th class="n">测试</th></tr></thead><tbody>
{% for r in rows %}<tr><td><code>{{ dotted(r.method) }}</code><br>{{ r.title }}</td>
<td><span class="tag {{ 'good' if r.served else 'bad' }}">{{ "是" if r.served else "否" }}</span></td>
<td>{% for section in r.sections %}{{ section }}：{{ r.checked[section[0]] }} 个字段<br>
{% else %}<span class="soft">文档没有给出字段表</span>{% endfor %}</td>
<td class="n">{{ r.tests or "" }}{% if not r.tests %}<span class="tag bad">无</span>{% endif %}</td></tr>{% endfor %}
</tbody></table></div>{% endblock %}"""
}
PAGES.add(TEMPLATES)


def coverage() -> Response:
    """``/console/coverage``."""
    return show("coverage", HERE, "覆盖", rows=table.rows())


URLS = ((HERE, coverage, ("GET",)),)
