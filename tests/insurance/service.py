"""A real HTTP server on 127.0.0.1 that answers what a test wants and keeps what it was asked, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.http_peer import JSON, HttpPeer, Reply

PLATFORM_PATH = "/ehcService/gateway.do"
QUERY_PATH = "/localcfc/api/hsecfc/localQrCodeQuery"
DROP = object()
"""An answer: the connection is closed after the request was read, no byte is sent."""


class Service(HttpPeer):
    """``answers``: path → bytes, str, object (as JSON), (status, answer) or `DROP`. ``asked``: (path, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.content_type = JSON
        self.asked: list[tuple[str, bytes]] = []
        self.heads: list[dict[str, str]] = []
        super().__init__()

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        self.asked.append((path, body))
        self.heads.append(dict(headers.items()))
        answer = self.answers.get(path, (404, b""))
        status, answer = answer if isinstance(answer, tuple) else (200, answer)
        return None if answer is DROP else Reply(as_bytes(answer), status, self.content_type)

    @property
    def query_url(self) -> str:
        return self.root + QUERY_PATH

    @property
    def platform_url(self) -> str:
        return self.root + PLATFORM_PATH

    def bodies(self, path: str) -> list[bytes]:
        return [body for asked, body in self.asked if asked == path]


def as_bytes(answer: object) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return (answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)).encode()
