"""Faults: order what the platform shall do wrong, see what still waits."""

from __future__ import annotations

from typing import Any

from flask import Response

from vcchk import specification
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.sandbox.console import forms
from vcchk.sandbox.console.frame import form_fields, live, redirect_after_post, row, show
from vcchk.sandbox.control import behaviour
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.faults import MAX_COUNT, MAX_SECONDS
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
NUMBERS = {"delay": (0.0, MAX_SECONDS), "hold": (0.0, MAX_SECONDS), "status": (200.0, 599.0)}


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
    count, wrong = forms.number(typed.get("count", ""), 1, MAX_COUNT)
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
            behaviour.faults(current(), order_)
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
