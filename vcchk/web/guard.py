"""Keeps web pages of the outside from reaching a service that listens on somebody's own machine.

A foreign Host header (DNS rebinding) is answered 421, a POST from another origin's page 403.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?\Z", re.IGNORECASE)

SENTENCES = {
    "421 Misdirected Request": "本服务只应答 127.0.0.1、localhost 和 [::1]",
    "403 Forbidden": "请求来自其他网站的页面",
}


def is_local(host: str) -> bool:
    """Tell whether a Host header names this machine's loopback."""
    return _LOCAL_HOST.match(host) is not None


def refusal(environ: Mapping[str, Any]) -> str:
    """Return the status with which to refuse a request, a key of `SENTENCES`, or an empty text.

    Only HTTP/1.0 comes without a Host: no browser sends that.
    """
    host = environ.get("HTTP_HOST")
    if host is not None and not is_local(host):
        return "421 Misdirected Request"
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return ""
    return "" if host and origin.lower() == f"http://{host.lower()}" else "403 Forbidden"
