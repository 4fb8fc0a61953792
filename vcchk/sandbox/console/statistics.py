"""Usage statistics (监测分析统计) from the uses that the platform recorded with each verify and authorisation."""

from __future__ import annotations

from flask import Response

from vcchk.sandbox.console.frame import show
from vcchk.sandbox.control.statistics import statistics as counted
from vcchk.sandbox.service import current

HERE = "/console/statistics"
ORDER = ("operator", "treatment", "office", "way", "terminal", "day", "address")


def statistics() -> Response:
    """``/console/statistics``."""
    found = counted(current(), {})
    return show("statistics", HERE, "用卡统计", tables=[found["by"][name] for name in ORDER], total=found["total"])


URLS = ((HERE, statistics, ("GET",)),)
