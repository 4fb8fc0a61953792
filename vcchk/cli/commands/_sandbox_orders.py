"""``vcchk sandbox <order>``: what a running sandbox is told to do, by its control namespace /_sandbox.

For machines that have neither curl nor Python. Every order of `vcchk.sandbox.control.rules.ORDERS` is a command; its
options are the JSON's names.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from vcchk.base.system_errors import reason
from vcchk.cli import json_document
from vcchk.cli.arguments import PORT, Parser
from vcchk.sandbox.options import DEFAULTS

TIMEOUT_SECONDS = 30.0
DEFAULT_PORT = 1811
PERSON = ("id_no", "id_type", "person")
NAMES: dict[str, tuple[str, ...]] = {
    "reset": ("seed",),
    "seed": ("people", "apps", "terminals"),
    "clock": ("shift", "set", "advance", "stop"),
    "options": tuple(DEFAULTS),
    "faults": ("kind", "value", "count", "method", "clear"),
    "magic": (),
    "traffic": ("count", "method", "since", "number", "clear"),
    "indata": ("number",),
    "curl": ("number",),
    "replay": ("number", "new_serial"),
    "people": ("query", "status", "count", "clear"),
    "link": (*PERSON, "card_type", "card_no", "remove"),
    "open": PERSON,
    "close": PERSON,
    "code": (*PERSON, "seconds"),
    "voucher": (*PERSON, "seconds", "present"),
    "authorisations": ("status", "app_id", "count", "clear"),
    "approve": (*PERSON, "out_authorize_no", "app_id", "decision"),
    "cancel": ("app_id",),
    "apps": ("clear",),
    "remove": ("apps", "terminals"),
    "profile": ("name",),
    "dialect": ("app_id", "profile", "refuses_plain", "signs_refusals", "verifies_first", "one_code", "locks_after"),
    "statistics": ("count",),
    "export": (),
    "import": ("state",),
}
"""Order → what it knows (docs/reference/control.md): a misspelt name is told. The sandbox itself takes any."""
MOMENTS = frozenset({"now", "expires"})
"""Of an answer: seconds since 1970, beside which the time of day is printed."""
_MAX_NUMBER_CHARACTERS = 9
"""Longer digits are ID numbers, serial numbers and times, which the orders take as text."""


def make_parser(order: str) -> Parser:
    """Return what reads the words after an order: its names, each with a value or alone (true)."""
    parser = Parser(f"vcchk sandbox {order}")
    for name in NAMES[order]:
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, dest=name, nargs="?", const=True, default=argparse.SUPPRESS, type=_value)
    parser.add_argument("--port", type=PORT, default=DEFAULT_PORT)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    return parser


def main(order: str, arguments: list[str]) -> int:
    """Give one order; 0, or 1 when it was refused or nobody is there."""
    fields = vars(make_parser(order).parse_args(arguments))
    port, as_json, is_quiet = (fields.pop(name) for name in ("port", "json", "quiet"))
    try:
        answer = _post(port, order, fields)
    except OSError as error:
        cause = reason(getattr(error, "reason", error))
        print(
            f"127.0.0.1:{port} 上没有模拟平台（{cause}），请先运行 vcchk sandbox，或用 --port 指定端口", file=sys.stderr
        )
        return 1
    if as_json:
        print(json_document.dumps(answer))
    elif not answer.get("ok"):
        print(f"模拟平台没有接受：{answer.get('error', '')}", file=sys.stderr)
    elif not is_quiet:
        names = [name for name in answer if name != "ok"]
        width = max(map(len, names), default=0)
        print("\n".join(f"{name:<{width}}  {_line(name, answer[name])}" for name in names) or "ok")
    return 0 if answer.get("ok") else 1


def _value(text: str) -> Any:
    """Return true, false, null, lists, objects and short numbers as JSON has them, all else as text."""
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    if is_number and (len(text) > _MAX_NUMBER_CHARACTERS or text.lstrip("-")[0] == "0" != text):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _line(name: str, value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if name in MOMENTS and isinstance(value, int | float):
        try:
            line += time.strftime("  %Y-%m-%d %H:%M:%S", time.localtime(value))
        except (OverflowError, ValueError, OSError):
            pass  # beyond what this system's calendar knows
    return line


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
