"""What our Flask applications have in common: routes out of tables, and headers that keep a page's data to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response

Route = tuple[str, Callable[..., Any], tuple[str, ...]]
"""Path, view, HTTP methods."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def set_up(app: Flask, routes: Iterable[Route], max_body: int) -> None:
    """Give an application its routes, its headers, and the bytes of a body that it takes (more is answered 413)."""
    app.config["MAX_CONTENT_LENGTH"] = max_body

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    for path, view, methods in routes:
        app.add_url_rule(path, f"{view.__module__}.{view.__name__}".replace(".", "_"), view, methods=list(methods))
