"""The web application: all services' routes, and the two guards that stand before them.

The guards keep web pages of the outside from reaching a service that listens on the developer's own machine:
a foreign Host header (DNS rebinding) is answered 421, a POST from another origin's page 403.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Flask, Response

from vcchk.sandbox.console.urls import URLS as CONSOLE
from vcchk.sandbox.control.urls import URLS as CONTROL
from vcchk.sandbox.kiosk.urls import URLS as KIOSK
from vcchk.sandbox.person.urls import URLS as PERSON
from vcchk.sandbox.platform.views import MAX_BODY, Environ, Gateway, StartResponse
from vcchk.sandbox.service import Sandbox, attach
from vcchk.sandbox.voucher.urls import URLS as VOUCHER

_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?\Z", re.IGNORECASE)

ROUTES = (*VOUCHER, *PERSON, *CONSOLE, *KIOSK, *CONTROL)

_REFUSALS = {
    "421 Misdirected Request": "模拟平台只应答 127.0.0.1、localhost 和 [::1]",
    "403 Forbidden": "请求来自其他网站的页面",
}


def is_local(host: str) -> bool:
    """Tell whether a Host header names this machine's loopback."""
    return _LOCAL_HOST.match(host) is not None


class Guard:
    """The WSGI application of one sandbox: the guards, then the platform's gateway, then the pages."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._inside = Gateway(sandbox, create_app(sandbox))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        refusal = _refusal(environ)
        if not refusal:
            return self._inside(environ, start_response)
        self._sandbox.calls.note(method=environ.get("PATH_INFO", "")[:60], http=int(refusal[:3]), cause=refusal)
        body = _REFUSALS[refusal].encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(refusal, headers)
        return [body]


def _refusal(environ: Environ) -> str:
    """Return the status of a refusal, or an empty text. Only HTTP/1.0 comes without a Host: no browser sends that."""
    host = environ.get("HTTP_HOST")
    if host is not None and not is_local(host):
        return "421 Misdirected Request"
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return ""
    return "" if host and origin.lower() == f"http://{host.lower()}" else "403 Forbidden"


def create_app(sandbox: Sandbox) -> Flask:
    """Make the Flask application of one sandbox: everything but the platform's gateway."""
    app = Flask("vcchk.sandbox", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    attach(app, sandbox)

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
