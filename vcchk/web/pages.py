"""The look of the pages: one layout, one style, no file and no address outside this program.

Templates are Python text because the frozen runtime loads modules from a zip, where a folder of templates has no path.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from flask import Response
from jinja2 import DictLoader, Environment

STYLE = """
:root{--ink:#14323b;--soft:#5b747c;--line:#d8e5e8;--paper:#f3f8f9;--main:#0b7f8a;--dark:#075e67;--good:#1c8a4b;
--bad:#b83232;--warn:#a06a00}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 "Microsoft YaHei","PingFang SC","Noto Sans CJK SC",
"WenQuanYi Micro Hei",sans-serif}
header{background:linear-gradient(90deg,var(--dark),var(--main));color:#fff;padding:14px 28px;display:flex;gap:28px;
align-items:center;flex-wrap:wrap}
header b{font-size:19px;letter-spacing:1px}
header a{color:#e6fbfd;text-decoration:none;padding:2px 4px;border-bottom:2px solid transparent}
header a:hover,header a.here{border-color:#fff}
main{max-width:1180px;margin:26px auto;padding:0 22px}
h1{font-size:23px;margin:0 0 14px}h2{font-size:18px;margin:26px 0 10px}
.card{background:#fff;border:1px solid var(--line);border-radius:12px;padding:20px 24px;margin-bottom:20px;
box-shadow:0 1px 3px rgba(10,60,70,.06);overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;color:var(--soft);font-weight:600;white-space:nowrap}
th,td{padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
code,pre{font:13px/1.5 Consolas,Menlo,"DejaVu Sans Mono",monospace;word-break:break-all;white-space:pre-wrap;margin:0}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.soft{color:var(--soft)}
.tag{display:inline-block;padding:0 9px;border-radius:10px;background:#e5f2f4;font-size:13px;white-space:nowrap}
.tag.good{background:#e2f5e9}.tag.bad{background:#fbe7e7}.tag.warn{background:#fdf2dc}
button,.button{font:inherit;border:0;border-radius:9px;background:var(--main);color:#fff;padding:8px 22px;
cursor:pointer;text-decoration:none;display:inline-block}
button:hover,.button:hover{background:var(--dark)}
:focus-visible{outline:3px solid #f0a63a;outline-offset:2px}
button.plain,.button.plain{background:#e5eef0;color:var(--ink)}
input,select{font:inherit;padding:8px 12px;border:1px solid #b8ccd1;border-radius:9px;background:#fff;max-width:100%}
form.row{display:flex;gap:12px;flex-wrap:wrap;align-items:center;margin:0}
.bar{height:12px;border-radius:6px;background:var(--main);min-width:2px}
.notice{border-left:4px solid var(--main);padding:10px 16px;background:#eaf6f7;border-radius:6px;margin-bottom:18px}
.notice.bad{border-color:var(--bad);background:#fdf0f0;color:var(--bad)}
.phone{max-width:430px;margin:34px auto}
.phone .card{padding:28px}
.phone button{width:100%;padding:13px;font-size:18px;margin-top:12px}
.phone select{width:100%;margin-top:6px}
.big{font-size:30px;font-weight:700;margin:8px 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 22px;margin:0;text-align:left}
dt{color:var(--soft)}dd{margin:0;word-break:break-all}
"""

LAYOUT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{% block title %}{{ name }}{% endblock %}</title><link rel="icon" href="data:,">
<style>{{ style|safe }}</style>{% block head %}{% endblock %}
</head><body>{% block top %}<header>{% block brand %}<b>{{ name }}</b>{% endblock %}
{% for path, title in menu %}
<a href="{{ path }}"{% if path == here %} class="here" aria-current="page"{% endif %}>{{ title }}</a>
{% endfor %}
</header>{% endblock %}<main>{% block main %}{% endblock %}</main>{% block foot %}{% endblock %}</body></html>"""

# Scripts and styles are inline; nothing may be loaded from anywhere, and forms post here only.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_CHINESE = "[\u2014-\u201d\u3000-\u9fff\uff00-\uffef]"
_BROKEN = re.compile(f"(?<={_CHINESE})\n(?={_CHINESE})")


class Pages:
    """The pages of one service. ``name``: its name in the header; ``menu``: (path, title) pairs beside it;
    ``style``: CSS of its own behind the common one."""

    def __init__(self, name: str, menu: Sequence[tuple[str, str]], style: str = "") -> None:
        self._sources = {"layout": LAYOUT}
        self._common = {"name": name, "menu": tuple(menu), "style": STYLE + style}
        self._environment = Environment(
            loader=DictLoader(self._sources), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters["moment"] = moment

    def add(self, templates: dict[str, str]) -> None:
        """Take templates; they extend ``layout``. Chinese text may go on in the next line: no blank comes of it."""
        self._sources.update({name: _BROKEN.sub("", source) for name, source in templates.items()})

    def fragment(self, template: str, **values: Any) -> str:
        """Return a part of a page as HTML, everything put into it escaped."""
        return self._environment.get_template(template).render(**values)

    def render(self, template: str, here: str = "", status: int = 200, **values: Any) -> Response:
        """Return a page; everything put into it is escaped. ``here``: the path of the menu's entry to mark."""
        html = self._environment.get_template(template).render(**self._common, here=here, **values)
        response = Response(html, status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


def moment(seconds: float) -> str:
    """Return seconds since 1970 as local time for people; what no calendar has is far away."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "很久以后" if seconds > 0 else "很久以前"
