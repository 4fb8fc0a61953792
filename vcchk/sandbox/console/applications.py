"""Applications, keys, terminals, and the addresses at which each wire profile is spoken."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from vcchk import specification
from vcchk.sandbox.console.frame import form_fields, redirect_after_post, show
from vcchk.sandbox.control import access, behaviour, people
from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.service import current
from vcchk.sandbox.voucher.urls import URLS as VOUCHER

HERE = "/console/applications"
MAX_CHARACTERS = {"app_id": 32, "key": 64, "term_id": 32, "name": 50}
"""Characters that a form takes; app_id and term_id as in the documents' common fields."""


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
    apps.sort(key=lambda app: app["app_id"] != DEMO.app_id)  # what a HIS begins with stands first
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
    for name, most in MAX_CHARACTERS.items():
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
    behaviour.options(current(), {"strict": is_strict})
    return redirect_after_post(HERE, done="strict" if is_strict else "lenient", anchor="check")


URLS = (
    (HERE, applications, ("GET",)),
    (HERE + "/strict", strict, ("POST",)),
    (HERE, add, ("POST",)),
    (HERE + "/terminals", add_terminal, ("POST",)),
    (HERE + "/remove", remove, ("POST",)),
    (HERE + "/profile", profile, ("POST",)),
)
