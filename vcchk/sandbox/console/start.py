"""The start page: what this is, what to put into the HIS, a request that works at once, and what to do next."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from vcchk.sandbox.console.frame import show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.platform import state
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.service import Sandbox, current

TEMPLATES = {
    "start": """{% extends "console" %}{% from "widgets" import copied, area %}
{% block page %}<h1>电子健康卡模拟平台</h1>
<div class="card"><p>它在本机扮演平台一侧：验签、解密、办理两份文档中的全部交易，并把每个请求逐项讲清楚。
HIS 只要把平台地址换成下面这个，就可以联调；数据都是虚构的，只在本机可见。</p></div>
<section class="card"><h2>一、填进 HIS</h2>
<dl><dt>平台地址 strUrl</dt><dd>{{ copied("url", url) }}</dd>
<dt>应用编号 app_id</dt><dd>{{ copied("app_id", app_id) }}</dd>
<dt>终端编号 term_id</dt><dd>{{ copied("term_id", term_id) }}</dd>
<dt>密钥 key、报文规则</dt><dd>规则是 <code>{{ profile }}</code>；密钥和其他规则的地址见
<a href="/console/applications">应用与终端</a></dd></dl></section>
<section class="card"><h2>二、发第一个请求：查询一位演示人员</h2>
{% if example %}<p>把下面的文本作为 InData 传给 VirtualCardTrans，应返回 <code>00</code>，OutData 中有
<code>"user_name":"{{ name_shown }}"</code>；或存成文件，用
<code>vcchk call 文件 --url {{ url }}</code> 发送。发送之后到<a href="/console">报文</a>里看。</p>
{{ area("example", "InData", example, "复制 InData", 14) }}
{% else %}<p>演示应用或演示人员已不在库中，没有现成的例子。<a href="/console/data">恢复演示数据</a>，或在
<a href="/console/applications">应用与终端</a>、<a href="/console/people">人员与卡</a>里添加自己的。</p>{% endif %}
</section>
<h2>三、接下来</h2><div class="grid">{% for path, title, text in steps %}
<section class="card"><h2><a href="{{ path }}">{{ title }}</a></h2><p>{{ text }}</p></section>{% endfor %}</div>
{% endblock %}"""
}
PAGES.add(TEMPLATES)

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
