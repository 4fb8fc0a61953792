"""Usage statistics (监测分析统计) from the uses that the platform recorded with each verify and authorisation."""

from __future__ import annotations

from flask import Response

from vcchk.sandbox.console.frame import show
from vcchk.sandbox.control.statistics import statistics as counted
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.service import current

HERE = "/console/statistics"
ORDER = ("operator", "treatment", "office", "way", "terminal", "day", "address")
TEMPLATES = {
    "statistics": """{% extends "console" %}
{% block page %}<h1>用卡统计</h1>
<p>共 {{ total }} 次用卡。每次被扫验证成功、主扫授权成功和医保电子凭证验证各记一次，带操作员、
诊疗环节、科室和终端（记录科室场景）。</p>
<div class="grid halves">{% for table in tables %}<section class="card"><h2>{{ table.title }}</h2>{% if table.rows %}
<table>
<thead class="unseen"><tr><th>{{ table.title[1:] }}</th><th>次数</th><th>比例</th></tr></thead><tbody>
{% for r in table.rows %}<tr>
<td>{{ r.name if r.code == r.name or table.title == "按方式" else r.code ~ " " ~ r.name }}</td>
<td class="n">{{ r.uses }} 次</td>
<td class="share"><div class="bar" style="width:{{ (r.uses * 100 / table.rows[0].uses)|round(1) }}%"></div></td></tr>
{% endfor %}</tbody></table>{% else %}<p class="soft">还没有用卡记录。</p>{% endif %}</section>
{% endfor %}</div>{% endblock %}"""
}
PAGES.add(TEMPLATES)


def statistics() -> Response:
    """``/console/statistics``."""
    found = counted(current(), {})
    return show("statistics", HERE, "用卡统计", tables=[found["by"][name] for name in ORDER], total=found["total"])


URLS = ((HERE, statistics, ("GET",)),)
