"""Magic people: who they are, and what goes wrong with each."""

from __future__ import annotations

from flask import Response

from vcchk.sandbox.console import state
from vcchk.sandbox.console.frame import show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import current

TEMPLATES = {
    "magic": """{% extends "console" %}{% from "widgets" import copied %}
{% block page %}<div class="head"><h1>魔法人员</h1><a class="button plain" href="/console/people">人员与卡</a></div>
<p>用他们的证件号（居民身份证）、健康卡号或二维码办理，不用设置故障就得到对应的结果，每次都一样。
他们都已开通健康卡；打开后可以出码。</p><div class="card"><table>
<thead><tr><th>结果</th><th>证件号</th><th>姓名</th></tr></thead><tbody>{% for m, number in magic %}
<tr><td>{% if m.kind == "code" %}<span class="tag bad">{{ m.number }}</span> {% endif %}{{ m.effect }}</td>
<td>{{ copied("magic-" ~ m.number, m.id_no) }}</td><td>{% if number %}
<a href="/console/people/{{ number }}">{{ m.user_name }}</a>{% else %}{{ m.user_name }}（不在库中）{% endif %}</td></tr>
{% endfor %}</tbody></table></div>{% endblock %}"""
}
PAGES.add(TEMPLATES)


def magic() -> Response:
    """``/console/magic``."""
    with current().store.reading() as db:
        known = state.magic_people(db)
    return show("magic", "/console/people", "魔法人员", magic=known)


URLS = (("/console/magic", magic, ("GET",)),)
