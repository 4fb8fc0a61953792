"""People and cards: find one, create one."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from vcchk.sandbox.console import forms, state
from vcchk.sandbox.console.frame import form_fields, redirect_after_post, show
from vcchk.sandbox.control import people as control
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import current

HERE = "/console/people"
TEMPLATES = {
    "people": """{% extends "console" %}
{% block page %}<div class="head"><h1>人员与卡</h1>
<a class="button" href="/console/people/new">建档</a>
<a class="button plain" href="/console/people/print">打印静态码</a>
<a class="button plain" href="/console/magic">魔法人员</a></div>
<div class="card"><form class="row" method="get" action="/console/people" role="search">
<label for="q">查找</label>
<input id="q" name="q" value="{{ q }}" placeholder="姓名、证件号、手机号、关联卡号" size="30" type="search">
{% if is_clear %}<input type="hidden" name="show" value="1">{% endif %}
<button>查找</button>{% if q %}<a href="/console/people{{ '?show=1' if is_clear }}">显示全部</a>{% endif %}
<a href="?{{ query }}" id="reveal">{{ "隐去个人信息" if is_clear else "显示个人信息" }}</a></form></div>
<div class="card"><table><thead><tr><th>姓名</th><th>证件</th><th class="wide-only">手机</th>
<th>健康卡</th><th class="wide-only">关联卡</th><th></th></tr>
</thead><tbody>{% for p in people %}<tr><td><a href="/console/people/{{ p.person }}">{{ p.user_name }}</a></td>
<td>{{ p.id_kind }}<br>{{ p.id_no }}</td><td class="wide-only">{{ p.mobile_phone }}</td>
<td><span class="tag {{ p.status_class }}">{{ p.status_label }}</span></td>
<td class="wide-only">{% for c in p.links %}{{ c.label }} {{ c.number }}<br>{% endfor %}</td>
<td><a class="button plain small" href="/console/people/{{ p.person }}"
aria-label="打开 {{ p.user_name }}">出码、办理</a></td>
</tr>{% else %}<tr><td colspan="6" class="soft">没有符合条件的人员。可以<a href="/console/people/new">建档</a>，或
<a href="/console/people">显示全部</a>。</td></tr>{% endfor %}</tbody></table></div>
{% endblock %}""",
    "new_person": """{% extends "console" %}{% from "widgets" import entry, choice %}
{% block page %}<h1>建档</h1><form class="card" method="post" action="/console/people/new">
<p class="soft">字段与文档 A 4.1（实名注册）相同。请只填虚构的人员。</p>
<div class="fields">{% for f in fields %}
{% if f.options %}{{ choice(f.name, f.label, f.options, typed, errors, f.help, empty="（不填）") }}
{% else %}{{ entry(f.name, f.label, typed, errors, f.help) }}{% endif %}{% endfor %}</div>
<p><label><input type="checkbox" name="registered" value="1"{{ " checked" if typed.registered }}>
同时开通电子健康卡</label></p>
<div class="actions"><button>建档</button><a class="button plain" href="/console/people">返回</a></div></form>
{% endblock %}""",
}
PAGES.add(TEMPLATES)


def people() -> Response:
    """``/console/people?q=``: everybody, or whom the text finds."""
    text, is_clear = request.args.get("q", "").strip(), request.args.get("show") == "1"
    with current().store.reading() as db:
        rows = state.people(db, text, is_clear=is_clear)
    query = urlencode({name: value for name, value in (("show", "" if is_clear else "1"), ("q", text)) if value})
    return show("people", HERE, "人员与卡", people=rows, q=text, is_clear=is_clear, query=query)


def blank() -> Response:
    """``/console/people/new``: the form."""
    first = {"id_type": "01", "nation": "01", "insu_org": "350200", "registered": "1"}
    return show("new_person", HERE, "建档", fields=forms.person_fields(), typed=first, errors={})


def create() -> Response:
    """``POST /console/people/new``."""
    sandbox, typed = current(), form_fields()
    errors = forms.wrong_person(typed)
    if not errors:
        try:
            made = control.seed_people(sandbox, {"people": [{**typed, "registered": "registered" in typed}]})
            return redirect_after_post(f"{HERE}/{made['people'][0]}", done="created")
        except OrderError as wrong:
            errors["id_no"] = str(wrong)
    answer = {"fields": forms.person_fields(), "typed": typed, "errors": errors}
    return show("new_person", HERE, "建档", 400, wrong="没有建档，请改正下面标出的内容。", **answer)


URLS = (
    (HERE, people, ("GET",)),
    (HERE + "/new", blank, ("GET",)),
    (HERE + "/new", create, ("POST",)),
)
