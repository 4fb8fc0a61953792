"""The web application of one terminal on a loopback port, with the guards (`vcchk.web.guard`) before it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from vcchk.kiosk.terminal import Terminal, attach
from vcchk.kiosk.urls import URLS
from vcchk.kiosk.views import render
from vcchk.web import application, guard
from vcchk.web.serving import HttpServer

MAX_BODY = 64 << 10
SENTENCES = {404: "没有这个页面，或这次办理已经太久", 400: "这一步不能这样做", 405: "这一步不能这样做"}


class _App(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Tell where and what kind of fault: its text and its lines may hold a patient's data."""
        print(f"终端页面出错：{request.endpoint}，{exc_info[0].__name__}", file=sys.stderr, flush=True)  # noqa: T201


def create_app(terminal: Terminal) -> Flask:
    """Make the Flask application of one terminal."""
    app = _App("vcchk.kiosk", static_folder=None, template_folder=None)
    attach(app, terminal)
    application.set_up(app, URLS, MAX_BODY)

    @app.errorhandler(HTTPException)
    def error_page(error: HTTPException) -> Response:
        number = error.code or 500
        return render(
            "error", "", number, sentence=SENTENCES.get(number, "终端内部出错，请回到首页重试"), number=number
        )

    return app


class GuardedTerminal:
    """The WSGI application: the guards, then the pages."""

    def __init__(self, terminal: Terminal) -> None:
        self._inside = create_app(terminal)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        refusal = guard.refusal(environ)
        if not refusal:
            return self._inside(environ, start_response)
        body = guard.SENTENCES[refusal].encode()
        start_response(refusal, [("Content-Type", "text/plain; charset=utf-8")])
        return [body]


class KioskServer:
    """A terminal that listens from the moment it is made. ``port`` 0: any free one. Raises OSError, OverflowError."""

    def __init__(self, terminal: Terminal, port: int = 0) -> None:
        listening = socket.create_server(("127.0.0.1", port), backlog=64)
        self.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        self._http = HttpServer(listening, GuardedTerminal(terminal))

    def run(self) -> None:
        """Serve until Ctrl+C."""
        try:
            self._http.run()
        except KeyboardInterrupt:
            self._http.stop()
