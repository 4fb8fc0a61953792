"""Faults: order what the platform shall do wrong, see what still waits."""

from __future__ import annotations

from typing import Any

from flask import Response

from vcchk import specification
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.sandbox.console import forms
from vcchk.sandbox.console.frame import form_fields, live, redirect_after_post, row, show
from vcchk.sandbox.control import knobs
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.faults import LONGEST, MOST
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import Sandbox, current

HERE = "/console/faults"
# name in the form: (kind, its value; None: the form's number, what it is called, what it is called with its number)
OTHERS: dict[str, tuple[str, Any, str, str]] = {
    "delay": ("delay", None, "延迟：过若干秒才处理（数值：秒）", "延迟 {:g} 秒才处理"),
    "drop-before": ("drop", "before", "断开连接，没有办理", ""),
    "drop-after": ("drop", "after", "已办理，应答丢失", ""),
    "truncate": ("truncate", True, "已办理，应答只发出一半就断开", ""),
    "empty": ("empty", True, "应答为空，没有办理", ""),
    "status": ("status", None, "返回 HTTP 状态，没有办理（数值：如 503）", "返回 HTTP {}，没有办理"),
    "unsigned": ("unsigned", True, "已办理，应答没有签名", ""),
    "bad_sign": ("bad_sign", True, "已办理，应答签名错误", ""),
    "wrong_cipher": ("wrong_cipher", True, "已办理，应答用了别的加密算法", ""),
    "hold": ("hold", None, "办理时占用流水号和卡，其他请求得 3003（数值：秒）", "办理时占用流水号和卡 {:g} 秒"),
}
NUMBERS = {"delay": (0.0, LONGEST), "hold": (0.0, LONGEST), "status": (200.0, 599.0)}
TEMPLATES = {
    "waiting_fault": """<tr data-key="{{ key }}" data-version="{{ f.count }}"><td>{{ label }}</td>
<td>{{ f.method or "全部" }}</td><td class="n">{{ f.count }}</td></tr>""",
    "no_fault": """<tr data-key="none" data-version=""><td colspan="3" class="soft">没有，平台照常应答。</td></tr>""",
    "faults": """{% extends "console" %}{% from "widgets" import entry, choice %}
{% macro common(id, own, wrong) %}
{{ choice("method", "接口", methods, own, wrong, id=id ~ "-method", empty="全部接口") }}
{{ entry("count", "次数", own or {"count": "1"}, wrong, "接下来的几次请求", id=id ~ "-count") }}{% endmacro %}
{% block page %}<div class="head"><h1>故障</h1><span id="live" class="soft" role="status"></span></div>
<section class="card"><h2>等待发生</h2><table>
<thead><tr><th>故障</th><th>接口</th><th class="n">剩余次数</th></tr></thead>
<tbody data-live="/console/faults/rows">{% for r in rows %}{{ r.html|safe }}{% endfor %}</tbody></table>
<form method="post" action="/console/faults/clear"><p><button class="plain">全部清除</button></p></form></section>
<div class="grid halves"><section class="card"><h2>返回指定的返回码</h2><form method="post" action="/console/faults">
<input type="hidden" name="form" value="code"><div class="fields">
{% set own, wrong = (typed, errors) if form == "code" else ({}, {}) %}
<div class="wide">{{ choice("code", "返回码", codes, own, wrong) }}</div>
{{ entry("other", "或城市自有的返回码", own, wrong, "四位数字，填写后上面的选择不算") }}
{{ common("code", own, wrong) }}</div><button>设置返回码</button></form></section>
<section class="card"><h2>传输与报文故障</h2><form method="post" action="/console/faults">
<input type="hidden" name="form" value="other"><div class="fields">
{% set own, wrong = (typed, errors) if form == "other" else ({}, {}) %}
<div class="wide">{{ choice("kind", "故障", others, own, wrong) }}</div>
{{ entry("number", "数值", own, wrong, "延迟、占用：秒；HTTP 状态：200 到 599") }}
{{ common("other", own, wrong) }}</div><button>设置故障</button></form></section></div>
<p class="soft">每项故障用完次数就自己消失。另有<a href="/console/magic">魔法人员</a>：用他们的证件号办理，
不设置故障也得到对应的结果。</p>{% endblock %}""",
}
PAGES.add(TEMPLATES)


def _label(fault: dict[str, Any]) -> str:
    kind, value = fault["kind"], fault["value"]
    if kind == "code":
        return f"返回码 {value} {SENTENCES.get(value, '（城市自有）')}"
    labels = next(row[2:] for row in OTHERS.values() if row[0] == kind and row[1] in (None, value))
    return labels[1].format(value) or labels[0]


def _rows(sandbox: Sandbox) -> list[dict[str, Any]]:
    found = []
    for number, fault in enumerate(sandbox.faults.waiting()):
        key = f"{number}-{fault['kind']}-{fault['value']}-{fault['method']}"
        html = PAGES.fragment("waiting_fault", f=fault, label=_label(fault), key=key)
        found.append(row(key, fault["count"], html))
    return found or [row("none", "", PAGES.fragment("no_fault"))]


def faults(status: int = 200, **values: Any) -> Response:
    """``/console/faults``."""
    values = {"typed": {}, "errors": {}, "form": "", **values}
    codes = [(code, f"{code} {sentence}") for code, sentence in SENTENCES.items() if code != PLATFORM_SUCCESS]
    methods = [(name, f"{name} {method.title}") for name, method in specification.METHODS.items()]
    others = [(name, label) for name, (_, _, label, _) in OTHERS.items()]
    return show(
        "faults", HERE, "故障", status, rows=_rows(current()), codes=codes, methods=methods, others=others, **values
    )


def rows() -> Response:
    """``/console/faults/rows``: what waits, for the page's script."""
    return live(_rows(current()))


def _ordered(typed: dict[str, str], errors: dict[str, str]) -> tuple[str, Any, str]:
    """Return kind, value and the form's field that the value came from; adds what is wrong with its number."""
    kind, value, _, _ = OTHERS.get(typed.get("kind", ""), ("", "", "", ""))
    if not kind:
        errors["kind"] = "请从列表中选择"
    if kind not in NUMBERS:
        return kind, value, "kind"
    number, wrong = forms.number(typed.get("number", ""), *NUMBERS[kind])
    if wrong:
        errors["number"] = wrong
    return kind, int(number) if kind == "status" else number, "number"


def order() -> Response:
    """``POST /console/faults``: ``form`` code (``code`` or ``other``) or other (``kind``, ``number``); ``method``,
    ``count``."""
    typed, errors = form_fields(), {}
    form = "code" if typed.get("form") == "code" else "other"
    count, wrong = forms.number(typed.get("count", ""), 1, MOST)
    if wrong or count != int(count):
        errors["count"] = wrong or "请填写整数"
    if typed.get("method") and typed["method"] not in specification.METHODS:
        errors["method"] = "请从列表中选择"
    kind, value, field = _ordered(typed, errors) if form == "other" else ("code", typed.get("code", ""), "code")
    if form == "code" and typed.get("other"):
        value, field = typed["other"], "other"
    if not errors:
        try:
            order_ = {"kind": kind, "value": value, "count": int(count), "method": typed.get("method", "")}
            knobs.faults(current(), order_)
            return redirect_after_post(HERE, done="ordered")
        except OrderError as wrong_:
            errors[field] = str(wrong_)
    return faults(400, typed=typed, errors=errors, form=form, wrong="没有设置故障，请改正下面标出的内容。")


def clear() -> Response:
    """``POST /console/faults/clear``."""
    current().faults.clear()
    return redirect_after_post(HERE, done="cleared")


URLS = (
    (HERE, faults, ("GET",)),
    (HERE, order, ("POST",)),
    (HERE + "/rows", rows, ("GET",)),
    (HERE + "/clear", clear, ("POST",)),
)
