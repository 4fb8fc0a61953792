"""The sandbox's pages: its name and menu; each service adds its templates."""

from __future__ import annotations

from vcchk.web.pages import Pages

PAGES = Pages(
    "电子健康卡模拟平台",
    (
        ("/console", "调用"),
        ("/console/people", "人员与卡"),
        ("/console/authorisations", "授权"),
        ("/console/statistics", "用卡统计"),
        ("/kiosk", "自助机"),
    ),
)
