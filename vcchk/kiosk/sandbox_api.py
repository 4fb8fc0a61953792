"""Reading the sandbox's control API, for the sequence diagram and the statistics alone; a real platform has none."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from vcchk.kiosk.choices import local_base

SECONDS = 3.0
NO_SANDBOX = "平台不是本机的模拟平台（vcchk sandbox），没有它的记录可看"


class NoSandbox(Exception):
    """There is no sandbox to ask; the text is a Chinese sentence."""


def read(url: str, order: str) -> dict[str, Any]:
    """GET an order that only tells (``traffic?count=500``, ``clock``, ``statistics``). Raises NoSandbox.

    ``url``: the gateway's; only an address on this machine is asked.
    """
    base = local_base(url)
    if not base:
        raise NoSandbox(NO_SANDBOX)
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=SECONDS)
    try:
        connection.request("GET", f"/_sandbox/{order}")
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoSandbox(f"{NO_SANDBOX}（{type(error).__name__}）") from error
    finally:
        connection.close()
    if response.status != 200 or not isinstance(answer, dict):
        raise NoSandbox(f"模拟平台没有这项记录（{response.status}），请用同一版本的 vcchk sandbox")
    return answer
