"""Cities over HTTP on loopback: `/N/gateway.do` (or any file name below `/N/`) is the N-th."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.http_peer import HttpPeer, Reply
from tests.wire.cities import City


class CityServer(HttpPeer):
    """``url_of(number)`` is what a HIS has as strUrl."""

    def __init__(self, cities: Sequence[City]) -> None:
        self.cities = cities
        super().__init__()

    def url_of(self, number: int) -> str:
        return f"{self.root}/{number}/gateway.do"

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return Reply(self.cities[int(path.split("/")[1])].answer(body))
