"""The sandbox's pages: its name, its menu and what its look adds to the common one (templates/, static/)."""

from __future__ import annotations

from vcchk.web.pages import Pages

MENU = (
    ("/console", "报文"),
    ("/console/people", "人员与卡"),
    ("/console/authorisations", "授权"),
    ("/console/faults", "故障"),
    ("/console/clock", "时钟"),
    ("/console/applications", "应用与终端"),
    ("/console/data", "数据"),
    ("/console/statistics", "用卡统计"),
)
"""Path and title of each entry."""

MAX_UPLOAD = 4 << 20
"""Bytes of a form or file that a page takes; more is answered 413."""

PAGES = Pages(__name__, "电子健康卡模拟平台", MENU, "sandbox")
"""Of its script (copying, counting down, rows that come by themselves): every page is whole without it."""
