"""``vcchk sandbox <order>``: what a running sandbox is told to do, by its control namespace /_sandbox.

For machines that have neither curl nor Python. Every order of `vcchk.sandbox.control.rules.ORDERS` is a command; its
options are the JSON's names.
"""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from vcchk.base.nearest import nearest
from vcchk.cli import json_document

TIMEOUT_SECONDS = 30.0
PORT = 1811
FLAGS = frozenset({json_document.FLAG, "--quiet"})
PERSON = ("id_no", "id_type", "person")
NAMES = {
    "code": (*PERSON, "seconds"),
    "voucher": (*PERSON, "seconds", "present"),
    "approve": (*PERSON, "out_authorize_no", "app_id", "decision"),
    "clock": ("shift", "set", "advance", "stop"),
}
"""Of the orders in the help, what they know: a misspelt name is told. The sandbox itself takes any."""
_MAX_NUMBER_CHARACTERS = 9
"""Longer digits are ID numbers, serial numbers and times, which the orders take as text."""


class UsageError(Exception):
    """The words after the order cannot be read; the message is a Chinese sentence."""


def main(order: str, arguments: list[str]) -> int:
    """Give one order; 0, 1 when it was refused or nobody is there, 2 for words that cannot be read."""
    flags = FLAGS & set(arguments)
    try:
        fields = read_fields([word for word in arguments if word not in FLAGS])
        port = _port(fields.pop("port", PORT))
        _refuse_unknown(order, fields)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        answer = _post(port, order, fields)
    except OSError as error:
        cause = getattr(error, "reason", error)
        print(
            f"127.0.0.1:{port} 上没有模拟平台（{cause}），请先运行 vcchk sandbox，或用 --port 指定端口", file=sys.stderr
        )
        return 1
    if json_document.FLAG in flags:
        print(json_document.dumps(answer))
    elif not answer.get("ok"):
        print(f"模拟平台没有接受：{answer.get('error', '')}", file=sys.stderr)
    elif "--quiet" not in flags:
        names = [name for name in answer if name != "ok"]
        width = max(map(len, names), default=0)
        print("\n".join(f"{name:<{width}}  {_line(answer[name])}" for name in names) or "ok")
    return 0 if answer.get("ok") else 1


def read_fields(arguments: list[str]) -> dict[str, Any]:
    """Return ``--name value``, ``--name=value`` and ``--name`` (true) as the order's fields. Raises UsageError."""
    fields: dict[str, Any] = {}
    left = list(arguments)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or len(word) == 2:
            raise UsageError(f"看不懂 {word}：应写成 --名称 值，如 --id-no 350299198503120012")
        name, equals, text = word[2:].partition("=")
        if not equals and left and not left[0].startswith("--"):
            equals, text = "=", left.pop(0)
        fields[name.replace("-", "_")] = _value(text) if equals else True
    return fields


def _port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise UsageError("--port 后面应是 1 到 65535 之间的端口号")
    return value


def _refuse_unknown(order: str, fields: dict[str, Any]) -> None:
    known = NAMES.get(order)
    for name in fields:
        if known is not None and name not in known:
            option, options = _option(name), map(_option, known)
            raise UsageError(f"{order} 没有 {option}{nearest(option, options) or '，'}加 --help 看说明")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _value(text: str) -> Any:
    """Return true, false, null, lists, objects and short numbers as JSON has them, all else as text."""
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    if is_number and (len(text) > _MAX_NUMBER_CHARACTERS or text.lstrip("-")[0] == "0" != text):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _line(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _post(port: int, order: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the sandbox's answer. Raises OSError when there is none."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_sandbox/{order}",
        json.dumps(fields).encode(),
        {"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by the system's proxy
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
            data = reply.read()
    except urllib.error.HTTPError as error:
        data = error.read()
    except http.client.HTTPException:
        raise OSError("应答不是模拟平台的") from None
    try:
        answer = json.loads(data)
    except ValueError:
        raise OSError("应答不是模拟平台的") from None
    return answer if isinstance(answer, dict) else {"ok": True, "answer": answer}
