"""HTTP of the platform: one POST a call, as plain WSGI.

biz_content has no greatest length (公共请求参数: 最大长度不限); what the server takes at all is `web.serving.MAX_BODY`.
Every call of every HIS comes through here, and Flask's request machinery costs as long as the exchange itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vcchk.sandbox.platform import exchange
from vcchk.sandbox.platform.outcome import RequestOrigin
from vcchk.sandbox.platform.urls import DEFAULT_FOLDER, PROFILES_FOLDER
from vcchk.sandbox.service import Sandbox
from vcchk.web.serving import Dropped

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_TEXT = "text/plain; charset=utf-8"


class GatewayApplication:
    """A WSGI application: answers what is posted below the platform's folders, hands all else to ``others``."""

    def __init__(self, sandbox: Sandbox, others: Callable[[Environ, Any], Iterable[bytes]]) -> None:
        self._sandbox = sandbox
        self._others = others

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ.get("PATH_INFO", "")
        sandbox = self._sandbox
        if environ["REQUEST_METHOD"] != "POST" or not path.startswith((DEFAULT_FOLDER, PROFILES_FOLDER)):
            return self._others(environ, start_response)
        profile = sandbox.default_profile
        if path.startswith(PROFILES_FOLDER):
            name = path[len(PROFILES_FOLDER) :].partition("/")[0].encode("latin-1").decode("utf-8", "replace")
            found = sandbox.profiles.get(name)
            if found is None:
                known = "、".join(sandbox.profiles)
                return _text(start_response, "404 Not Found", f"没有这种报文规则，可用：{known}")
            profile = found
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        outcome = exchange.answer(sandbox, profile, body, RequestOrigin(path, environ.get("CONTENT_TYPE", "")))
        if outcome.is_dropped:
            raise Dropped
        start_response(
            f"{outcome.status} -",
            [("Content-Type", outcome.content_type), ("Content-Length", str(outcome.length or len(outcome.body)))],
        )
        return [outcome.body]


def _text(start_response: StartResponse, status: str, sentence: str) -> list[bytes]:
    body = sentence.encode()
    start_response(status, [("Content-Type", _TEXT), ("Content-Length", str(len(body)))])
    return [body]
