"""HTTP of the control namespace: POST JSON to ``/_sandbox/<order>``, or GET those that only tell."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from vcchk.sandbox.control.rules import ORDERS, READING, Wrong
from vcchk.sandbox.service import current


def order(name: str) -> tuple[Response, int]:
    """Carry out an order: 200 and its answer, or 400/404 and ``{"error": …}``."""
    act = ORDERS.get(name)
    if act is None:
        return jsonify(error=f"no order {name[:40]}", orders=sorted(ORDERS)), 404
    body: Any
    if request.method == "GET":
        if name not in READING:
            return jsonify(error="POST JSON"), 405
        # Only what tells: a GET comes from any page's <img>, so its query may not change anything.
        body = dict(request.args) if name == "traffic" else {}
    else:
        if request.get_data(cache=True) and not request.is_json:
            return jsonify(error="Content-Type must be application/json"), 415  # a foreign page's form cannot send it
        body = request.get_json(silent=True) if request.get_data(cache=True) else {}
    if not isinstance(body, dict):
        return jsonify(error="the body must be a JSON object"), 400
    try:
        return jsonify(ok=True, **act(current(), body)), 200
    except Wrong as wrong:
        return jsonify(ok=False, error=str(wrong)), 400
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return jsonify(ok=False, error=f"malformed order: {type(error).__name__}"), 400
