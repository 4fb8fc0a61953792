"""The Flask application: all services' routes, and the two guards that stand before them.

The guards keep web pages of the outside from reaching a service that listens on the developer's own machine:
a foreign Host header (DNS rebinding) is answered 421, a POST from another origin's page 403.
"""

from __future__ import annotations

import re

from flask import Flask, Response, request

from vcchk.sandbox.console.urls import URLS as CONSOLE
from vcchk.sandbox.control.urls import URLS as CONTROL
from vcchk.sandbox.kiosk.urls import URLS as KIOSK
from vcchk.sandbox.person.urls import URLS as PERSON
from vcchk.sandbox.platform.urls import URLS as PLATFORM
from vcchk.sandbox.service import Sandbox, attach
from vcchk.sandbox.voucher.urls import URLS as VOUCHER

MAX_BODY = 4 << 20
"""Bytes of a request that is still read; more is answered 413."""

_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?\Z", re.IGNORECASE)

ROUTES = (*PLATFORM, *VOUCHER, *PERSON, *CONSOLE, *KIOSK, *CONTROL)


def is_local(host: str) -> bool:
    """Tell whether a Host header (or an Origin's host and port) names this machine's loopback."""
    return _LOCAL_HOST.match(host) is not None


def create_app(sandbox: Sandbox) -> Flask:
    """Make the application of one sandbox."""
    app = Flask("vcchk.sandbox", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    attach(app, sandbox)

    @app.before_request
    def guard() -> Response | None:
        host = request.environ.get("HTTP_HOST")
        if host is not None and not is_local(host):
            sandbox.calls.note(method=request.path[:60], http=421, cause="foreign Host header")
            return _refuse(421, "模拟平台只应答 127.0.0.1、localhost 和 [::1]")
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is not None and request.method != "GET" and not _is_own_origin(origin, host):
            sandbox.calls.note(method=request.path[:60], http=403, cause="foreign Origin header")
            return _refuse(403, "请求来自其他网站的页面")
        return None

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    for path, view, methods in ROUTES:
        app.add_url_rule(path, f"{view.__module__}.{view.__name__}".replace(".", "_"), view, methods=list(methods))
    return app


def _is_own_origin(origin: str, host: str | None) -> bool:
    return host is not None and origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _refuse(status: int, sentence: str) -> Response:
    return Response(sentence, status, content_type="text/plain; charset=utf-8")
