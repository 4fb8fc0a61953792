"""The web application: all services' routes, and the guards (`vcchk.web.guard`) that stand before them."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from vcchk.sandbox.console import errors
from vcchk.sandbox.console.urls import URLS as CONSOLE
from vcchk.sandbox.control.urls import URLS as CONTROL
from vcchk.sandbox.pages import MAX_UPLOAD
from vcchk.sandbox.person.urls import URLS as PERSON
from vcchk.sandbox.platform.views import Environ, GatewayApplication, StartResponse
from vcchk.sandbox.service import Sandbox, attach
from vcchk.sandbox.voucher.urls import URLS as VOUCHER
from vcchk.web import application, guard

ROUTES = (*VOUCHER, *PERSON, *CONSOLE, *CONTROL)


class GuardedSandbox:
    """The WSGI application of one sandbox: the guards, then the platform's gateway, then the pages."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._inside = GatewayApplication(sandbox, create_app(sandbox))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        refusal = guard.refusal(environ)
        if not refusal:
            return self._inside(environ, start_response)
        self._sandbox.calls.note(method=environ.get("PATH_INFO", "")[:60], http=int(refusal[:3]), cause=refusal)
        return errors.refused(refusal, environ)(environ, start_response)  # type: ignore[arg-type]


class _RowNumber(IntegerConverter):
    """A number in an address: 404 for one that no row of SQLite can have."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


def create_app(sandbox: Sandbox) -> Flask:
    """Make the Flask application of one sandbox: everything but the platform's gateway."""
    app = Flask("vcchk.sandbox", static_folder=None, template_folder=None)
    app.url_map.converters["int"] = _RowNumber
    attach(app, sandbox)
    errors.install(app)
    application.set_up(app, ROUTES, MAX_UPLOAD)
    return app
