"""HTTP of the platform: one POST a call."""

from __future__ import annotations

import socket

from flask import Response, request

from vcchk.sandbox.platform import exchange
from vcchk.sandbox.service import current
from vcchk.wire.profile import Profile


def gateway(rest: str = "") -> Response:
    """``POST /ehcService/gateway.do``: the profile chosen at the start, ``xiamen`` by default."""
    return _answer(current().default_profile)


def profile_gateway(profile: str, rest: str = "") -> Response:
    """``POST /profiles/<name>/gateway.do``: any profile; the file name may be another (business.do, a method)."""
    found = current().profiles.get(profile)
    if found is None:
        known = "、".join(current().profiles)
        return Response(f"没有报文规则 {profile}，可用：{known}", 404, content_type="text/plain; charset=utf-8")
    return _answer(found)


def _answer(profile: Profile) -> Response:
    outcome = exchange.answer(current(), profile, request.get_data(cache=False))
    if outcome.is_dropped:
        _cut()
        return Response(b"", 500)
    return Response(outcome.body, outcome.status, content_type=outcome.content_type)


def _cut() -> None:
    """Close the connection under the server: waitress hands out a method of the channel that holds it."""
    channel = getattr(request.environ.get("waitress.client_disconnected"), "__self__", None)
    if channel is not None:
        try:
            channel.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
