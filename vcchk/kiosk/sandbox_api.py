"""Reading the sandbox's control API, for the sequence diagram and the statistics alone; a real platform has none."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from vcchk.base.system_errors import reason
from vcchk.kiosk.choices import local_base

TIMEOUT_SECONDS = 3.0
NO_SANDBOX = "平台不是本机的模拟平台（vcchk sandbox），没有它的记录可看"


class NoSandbox(Exception):
    """There is no sandbox to ask; the text is a Chinese sentence."""


def read(url: str, order: str) -> dict[str, Any]:
    """GET an order that only tells (``traffic?count=500``, ``statistics``). Raises NoSandbox.

    ``url``: the gateway's; only an address on this machine is asked.
    """
    return _ask(url, "GET", order, None)


def newest(url: str) -> int:
    """Return the number of the last call that the sandbox saw, 0 when it saw none. Raises NoSandbox."""
    calls = read(url, "traffic?count=1")["calls"]
    return int(calls[-1]["number"]) if calls else 0


def calls_since(url: str, number: int) -> list[dict[str, Any]]:
    """Return the calls after this one, in clear: to find one's own, never to be shown. Raises NoSandbox."""
    calls: list[dict[str, Any]] = _ask(url, "POST", "traffic", {"since": number, "clear": True})["calls"]
    return calls


def _ask(url: str, method: str, order: str, body: Any) -> dict[str, Any]:
    base = local_base(url)
    if not base:
        raise NoSandbox(NO_SANDBOX)
    data = None if body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, f"/_sandbox/{order}", data, {"Content-Type": "application/json"} if data else {})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except OSError as error:
        raise NoSandbox(f"{NO_SANDBOX}（{reason(error)}）") from error
    except (http.client.HTTPException, ValueError) as error:
        raise NoSandbox(NO_SANDBOX) from error
    finally:
        connection.close()
    if response.status != 200 or not isinstance(answer, dict):
        raise NoSandbox(f"模拟平台没有这项记录（{response.status}），请用同一版本的 vcchk sandbox")
    return answer
