"""HTTP of the control namespace: POST JSON to ``/_sandbox/<order>``, or GET those that only tell."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Response, jsonify, request

from vcchk.sandbox.control.order import OrderError
from vcchk.sandbox.control.rules import ORDERS, READING
from vcchk.sandbox.service import current

MAX_ORDER_BYTES = 64 << 20
"""Bytes of an order: a whole state may come back."""


def order(name: str) -> tuple[Response, int]:
    """Carry out an order: 200 and its answer, or 400/404 and ``{"error": …}``."""
    act = ORDERS.get(name)
    if act is None:
        return jsonify(ok=False, error=f"没有命令 {name[:40]}", orders=sorted(ORDERS)), 404
    request.max_content_length = MAX_ORDER_BYTES
    body: Any
    if request.method == "GET":
        if name not in READING:
            return jsonify(ok=False, error="请用 POST 发送 JSON"), 405
        # Only what tells: a GET comes from any page's <img>, so its query may not change anything.
        body = dict(request.args) if name == "traffic" else {}
    else:
        if request.get_data(cache=True) and not request.is_json:
            return jsonify(
                ok=False, error="Content-Type 应为 application/json"
            ), 415  # a foreign page's form cannot send it
        try:
            body = request.get_json(silent=True) if request.get_data(cache=True) else {}
        except RecursionError:
            body = None
    if not isinstance(body, dict):
        return jsonify(ok=False, error="报文应为 JSON 对象"), 400
    try:
        return jsonify(ok=True, **act(current(), body)), 200
    except OrderError as wrong:
        return jsonify(ok=False, error=str(wrong)), 400
    except UnicodeEncodeError:  # half a surrogate pair, which no database can hold
        return jsonify(ok=False, error="含有不完整的字符"), 400
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, sqlite3.Error):
        return jsonify(ok=False, error=f"命令 {name} 的内容不对，请对照文档 docs/sandbox"), 400
