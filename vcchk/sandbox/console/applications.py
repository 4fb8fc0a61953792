"""Applications, keys, terminals, and the addresses at which each wire profile is spoken."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from vcchk import specification
from vcchk.sandbox.console.frame import form_fields, redirect_after_post, show
from vcchk.sandbox.control import access, knobs, people
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.service import current
from vcchk.sandbox.voucher.urls import URLS as VOUCHER

HERE = "/console/applications"
LONGEST = {"app_id": 32, "key": 64, "term_id": 32, "name": 50}
"""Characters that a form takes; app_id and term_id as in the documents' common fields."""
TEMPLATES = {
    "applications": """{% extends "console" %}{% from "widgets" import entry, choice, copied %}
{% block page %}<h1>应用与终端</h1>
{% for a in apps %}<section class="card" id="app-{{ loop.index }}"><div class="head">
<h2>{{ a.name or "（没有名称）" }}</h2>
<form method="post" action="/console/applications/remove"><input type="hidden" name="app_id" value="{{ a.app_id }}">
<button class="bad small" aria-label="删除应用 {{ a.name }}">删除应用</button></form></div>
<dl><dt>应用编号 app_id</dt><dd>{{ copied("app-id-" ~ loop.index, a.app_id) }}</dd>
<dt>密钥 key</dt><dd>{% if revealed == a.app_id %}{{ copied("key-" ~ loop.index, a.key) }}
<a href="?#app-{{ loop.index }}">隐去</a>
{% else %}<a class="button plain small" href="?show={{ a.app_id|urlencode }}#app-{{ loop.index }}"
 aria-label="显示 {{ a.name }} 的密钥">显示密钥</a>{% endif %}</dd>
{% if a.dialect.profile %}<dt>报文规则</dt><dd><code>{{ a.dialect.profile }}</code></dd>{% endif %}
{% if a.habits %}<dt>习惯</dt><dd>{{ a.habits|join("、") }}</dd>{% endif %}
<dt>可调用的接口</dt><dd>{% if a.methods %}{{ a.methods|join("、") }}{% else %}全部{% endif %}</dd>
<dt>终端 term_id</dt><dd>{% for t in a.terminals %}<form class="row" method="post"
action="/console/applications/remove">
<code>{{ t.term_id }}</code> {{ t.name }}<input type="hidden" name="app_id" value="{{ a.app_id }}">
<input type="hidden" name="term_id" value="{{ t.term_id }}">
<button class="plain small" aria-label="删除 {{ a.name }} 的终端 {{ t.term_id }}">删除</button></form>
{% else %}没有，此应用的请求都会得到 1009{% endfor %}</dd></dl></section>
{% else %}<p class="card">没有应用，所有请求都会得到 1008。请添加，或<a href="/console/data">恢复演示数据</a>。</p>
{% endfor %}
<div class="grid halves">
<section class="card"><h2>添加应用</h2><form method="post" action="/console/applications"><div class="fields">
{{ entry("app_id", "应用编号 app_id（必填）", typed.app, errors.app, "最多 32 个字符") }}
{{ entry("key", "密钥 key（必填）", typed.app, errors.app, "最多 64 个字符") }}
{{ entry("name", "名称", typed.app, errors.app, id="app-name") }}</div>
<details{{ " open" if typed.methods }}><summary>只允许调用部分接口（都不选即全部）</summary><div>
{% for name, label in methods %}<label class="line"><input type="checkbox" name="methods" value="{{ name }}"
{{- " checked" if name in typed.methods }}> {{ label }}</label>{% endfor %}</div></details>
<p><button>添加应用</button></p></form></section>
<section class="card"><h2>添加终端</h2><form method="post" action="/console/applications/terminals"><div class="fields">
{{ choice("app_id", "所属应用", app_choices, typed.terminal, errors.terminal, id="t-app") }}
{{ entry("term_id", "终端编号 term_id（必填）", typed.terminal, errors.terminal, "最多 32 个字符") }}
{{ entry("name", "名称", typed.terminal, errors.terminal, id="t-name") }}</div>
<button>添加终端</button></form></section></div>
<section class="card" id="addresses"><h2>网关地址</h2><p class="soft">每种报文规则有自己的地址，默认地址用哪一种可以改。
密钥后缀和签名内容决定待签文本；规则的全部字段见 docs/wire.md。</p><table>
<thead><tr><th>报文规则</th><th>地址</th><th>密钥后缀</th><th>签名内容</th><th></th></tr></thead><tbody>
<tr><td><b>默认</b>（{{ default }}）</td><td>{{ copied("url-default", base ~ gateway) }}</td>
<td><code>{{ profiles[default].key_suffix }}</code></td><td>{{ profiles[default].signed }}</td><td></td></tr>
{% for name, path in paths %}<tr><td>{{ name }}</td><td>{{ copied("url-" ~ name, base ~ path) }}</td>
<td><code>{{ profiles[name].key_suffix }}</code></td><td>{{ profiles[name].signed }}</td>
<td>{% if name != default %}<form method="post" action="/console/applications/profile">
<button class="plain small" name="name" value="{{ name }}" aria-label="把 {{ name }} 设为默认">设为默认</button>
</form>{% endif %}</td></tr>
{% endfor %}</tbody></table>
<h3>医保电子凭证本地服务（ECUrl）</h3>{% for path in voucher %}
<p>{{ copied("voucher-" ~ loop.index, base ~ path) }}</p>{% endfor %}
</section>
<section class="card" id="check"><h2>字段检查</h2>
<p>{% if strict %}现在<b>严格</b>：字段缺少、超长、取值不在字典中、时间格式不对的请求一律得到 9001，
说明里有字段、规则和出处。
{% else %}现在<b>宽松</b>：与文档不符之处只列在<a href="/console">报文</a>里，照常办理，
因为正式平台查得多严并不知道。{% endif %}</p>
<form method="post" action="/console/applications/strict">
<button id="strict" name="strict" value="{{ 'no' if strict else 'yes' }}">
{{- "改为宽松" if strict else "改为严格" }}</button></form></section>{% endblock %}"""
}
PAGES.add(TEMPLATES)


_HABITS = (
    ("refuses_plain", True, "不收明文"), ("signs_refusals", False, "拒绝时不签名"), ("verifies_first", True, "先验签"),
    ("one_code", True, "验签和解密失败同一返回码"),
)  # fmt: skip


def _habits(dialect: dict[str, Any]) -> list[str]:
    """Return in Chinese how an application's platform differs from the documents'."""
    found = [title for name, value, title in _HABITS if dialect[name] is value]
    if dialect["locks_after"]:
        found.append(f"失败 {dialect['locks_after']} 次后锁定（已 {dialect['bad']} 次）")
    return found


def applications(status: int = 200, **values: Any) -> Response:
    """``/console/applications?show=APP_ID``: that application's key in clear."""
    sandbox = current()
    revealed = request.args.get("show", "")
    apps = access.apps(sandbox, {"clear": bool(revealed)})["apps"]
    for app in apps:
        app["habits"] = _habits(app["dialect"])
    profile_order = access.profile(sandbox, {})
    values = {"typed": {"app": {}, "terminal": {}, "methods": []}, "errors": {"app": {}, "terminal": {}}, **values}
    return show(
        "applications", HERE, "应用与终端", status, apps=apps, revealed=revealed,
        base=sandbox.base_url, gateway=GATEWAY_PATH,
        default=profile_order["name"], paths=list(profile_order["profiles"].items()),
        profiles={**sandbox.profiles, profile_order["name"]: sandbox.default_profile},
        methods=[(name, f"{name} {method.title}") for name, method in specification.METHODS.items()],
        app_choices=[(app["app_id"], app["name"] or app["app_id"]) for app in apps],
        strict=sandbox.options.strict,
        voucher=[path for path, _, _ in VOUCHER if "<" not in path], **values,
    )  # fmt: skip


def _wrong(typed: dict[str, str], needed: dict[str, str]) -> dict[str, str]:
    """Return field → what is wrong. ``needed``: field → what to say when it is empty."""
    errors = {name: sentence for name, sentence in needed.items() if not typed.get(name)}
    for name, most in LONGEST.items():
        if len(typed.get(name, "")) > most:
            errors[name] = f"最多 {most} 个字符，现在有 {len(typed[name])} 个"
    return errors


def add() -> Response:
    """``POST /console/applications``: ``app_id``, ``key``, ``name``, ``methods`` (several)."""
    sandbox, typed = current(), form_fields()
    methods = [name for name in request.form.getlist("methods") if name in specification.METHODS]
    errors = _wrong(typed, {"app_id": "请填写应用编号", "key": "请填写密钥"})
    if any(app["app_id"] == typed.get("app_id") for app in access.apps(sandbox, {})["apps"]):
        errors["app_id"] = "已有这个应用；要改密钥请先删除"
    if errors:
        kept = {"app": typed, "terminal": {}, "methods": methods}
        return applications(
            400, wrong="没有添加应用，请改正下面标出的内容。", typed=kept, errors={"app": errors, "terminal": {}}
        )
    app = {"app_id": typed["app_id"], "key": typed["key"], "name": typed.get("name", ""), "methods": methods}
    people.seed_people(sandbox, {"apps": [app]})
    return redirect_after_post(HERE, done="application")


def add_terminal() -> Response:
    """``POST /console/applications/terminals``: ``app_id``, ``term_id``, ``name``."""
    sandbox, typed = current(), form_fields()
    errors = _wrong(typed, {"app_id": "请先添加应用", "term_id": "请填写终端编号"})
    app = next((app for app in access.apps(sandbox, {})["apps"] if app["app_id"] == typed.get("app_id")), None)
    if app and any(one["term_id"] == typed.get("term_id") for one in app["terminals"]):
        errors["term_id"] = "这个应用已有此终端"
    if not errors:
        try:
            people.seed_people(sandbox, {"terminals": [typed]})
            return redirect_after_post(HERE, done="terminal")
        except OrderError as wrong:
            errors["app_id"] = str(wrong)
    kept = {"app": {}, "terminal": typed, "methods": []}
    return applications(
        400, wrong="没有添加终端，请改正下面标出的内容。", typed=kept, errors={"app": {}, "terminal": errors}
    )


def remove() -> Response:
    """``POST /console/applications/remove``: ``app_id``, or its ``term_id`` alone."""
    typed = form_fields()
    order = {"terminals": [typed]} if "term_id" in typed else {"apps": [typed.get("app_id", "")]}
    try:
        access.remove(current(), order)
    except OrderError as wrong:
        return applications(400, wrong=f"没有删除：{wrong}。")
    return redirect_after_post(HERE, done="removed")


def profile() -> Response:
    """``POST /console/applications/profile``: what the default address speaks."""
    try:
        access.profile(current(), {"name": form_fields().get("name", "")})
    except OrderError as wrong:
        return applications(400, wrong=f"没有改变：{wrong}。")
    return redirect_after_post(HERE, done="profile", anchor="addresses")


def strict() -> Response:
    """``POST /console/applications/strict``: ``strict`` yes or no."""
    is_strict = form_fields().get("strict") == "yes"
    knobs.options(current(), {"strict": is_strict})
    return redirect_after_post(HERE, done="strict" if is_strict else "lenient", anchor="check")


URLS = (
    (HERE, applications, ("GET",)),
    (HERE + "/strict", strict, ("POST",)),
    (HERE, add, ("POST",)),
    (HERE + "/terminals", add_terminal, ("POST",)),
    (HERE + "/remove", remove, ("POST",)),
    (HERE + "/profile", profile, ("POST",)),
)
