"""The start page: what this is, what to put into the HIS, a request that works at once, and what to do next."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from vcchk.sandbox.console.frame import show
from vcchk.sandbox.platform import state
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.service import Sandbox, current

STEPS = (
    ("/console", "报文", "每个请求的签名、明文、字段检查和应答；验签失败时指出从哪一个字符起不同。"),
    ("/console/people", "被扫", "在屏幕上出静态码、动态码、医保电子凭证，用扫码枪扫，或打印出来。"),
    ("/console/authorisations", "主扫", "HIS 调用 authurl 之后，在这里或手机大小的页面上同意、取消、置为失败。"),
    ("/console/faults", "故障", "让平台返回任何一个返回码，或超时、断线、截断、坏签名。"),
    ("/console/clock", "时钟", "停住或拨快平台时钟，二维码和授权立刻过期，不必等。"),
)


def start() -> Response:
    """``/``."""
    sandbox = current()
    return show(
        "start",
        "/",
        "开始",
        url=sandbox.base_url + GATEWAY_PATH,
        app_id=DEMO.app_id,
        term_id=DEMO.term_id,
        profile=sandbox.default_profile.name,
        example=_example(sandbox),
        steps=STEPS,
        name_shown=DEMO.people[0].user_name,
    )


def _example(sandbox: Sandbox) -> str:
    """Return an InData that works as it stands, or an empty text where the demo data is gone."""
    person = DEMO.people[0]
    with sandbox.store.reading() as db:
        app = state.app(db, DEMO.app_id, DEMO.term_id)
        card = state.card(db, state.card_id_of(person.id_type, person.id_no))
    is_usable = app is not None and app["has_terminal"] and app["app_key"] == DEMO.key and not app["methods"]
    if not is_usable or card is None or card["status"] != "open":
        return ""
    request: dict[str, Any] = {
        "app_id": DEMO.app_id,
        "term_id": DEMO.term_id,
        "method": "ehc.ehealthcard.regquery",
        "version": sandbox.options.versions[0],
        "timestamp": sandbox.clock.stamp(),
        "sign_type": "SM3",
        "enc_type": "SM4",
        "key": DEMO.key,
        "biz_content": {"id_type": person.id_type, "id_no": person.id_no},
    }
    return json.dumps(request, ensure_ascii=False, indent=1)


URLS = (("/", start, ("GET",)),)
