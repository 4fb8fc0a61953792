"""The look of the pages: one layout, one style, no file and no address outside this program."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from flask import Response
from jinja2 import Environment, FunctionLoader

from vcchk.base.resource import read_text

# Scripts and styles are inline; nothing may be loaded from anywhere, and forms post here only.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """The pages of one service: the files ``templates/NAME.html`` and ``static/`` beside its module, over the common
    ones of this package, from a folder or from the runtime's zip.

    ``module``: the service's, as ``__name__`` has it; ``name``: its name in the header; ``menu``: (path, title) pairs
    beside it; ``files``: the name of the two files in static/: its CSS, behind the common one, and its JavaScript.
    """

    def __init__(self, module: str, name: str, menu: Sequence[tuple[str, str]], files: str) -> None:
        self._module = module
        css = read_text(__name__, "static/style.css") + read_text(module, f"static/{files}.css")
        script = read_text(module, f"static/{files}.js")
        self._common = {"name": name, "menu": tuple(menu), "style": css, "script": script}
        self._environment = Environment(
            loader=FunctionLoader(self._source), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters["moment"] = moment

    def _source(self, template: str) -> str | None:
        """Return a template's text: the service's own, else the common one. (Jinja's PackageLoader knows no importer
        but zipimport's.)"""
        for module in (self._module, __name__):
            try:
                return read_text(module, f"templates/{template}.html")
            except OSError:
                continue
        return None

    def fragment(self, template: str, **values: Any) -> str:
        """Return a part of a page as HTML, everything put into it escaped."""
        return self._environment.get_template(template).render(**values)

    def render(self, template: str, here: str = "", status: int = 200, **values: Any) -> Response:
        """Return a page; everything put into it is escaped. ``here``: the path of the menu's entry to mark."""
        html = self._environment.get_template(template).render(**self._common, here=here, **values)
        response = Response(html, status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


def moment(seconds: float) -> str:
    """Return seconds since 1970 as local time for people; what no calendar has is far away."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "很久以后" if seconds > 0 else "很久以前"
