"""Which calls of the sandbox's traffic are a transaction's own, so that no diagram shows another patient's.

Between the newest number before a transaction and its end stand the calls of every terminal. Its own has its method and
the very fields that it sent (the library may have added the scanned code). The voucher's query names no serial number:
it is the one whose reply holds the token that the terminal got.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

VERIFY = "ehc.ehealthcode.verify"
BESIDE = {VERIFY: "ec.query"}
"""What the library may ask beside a transaction: the voucher's service (B 4.2, ECUrl)."""


def own_numbers(
    calls: Sequence[Mapping[str, Any]], method: str, sent: Mapping[str, Any], answered: Mapping[str, Any]
) -> tuple[int, ...]:
    """Return the numbers of a transaction's own calls, in order.

    ``calls``: the sandbox's, in clear, that came since it began; ``sent``, ``answered``: business fields.
    """
    own = [call["number"] for call in calls if call["method"] == method and _holds(call["request"], sent)]
    if not any(name.startswith("out_") for name in sent):
        own = own[:1]  # without a serial number another terminal's question about the same patient is its equal
    beside = [call for call in calls if call["method"] == BESIDE.get(method)]
    token = answered.get("ecToken")
    if token:
        own += [call["number"] for call in beside if _token(call["reply"]) == token]
    elif len(beside) == 1:
        own.append(beside[0]["number"])
    return tuple(sorted(own))


def _holds(request: str, sent: Mapping[str, Any]) -> bool:
    fields = _json(request)
    return isinstance(fields, dict) and all(fields.get(name) == value for name, value in sent.items())


def _token(reply: str) -> str:
    answer = _json(reply)
    data = answer.get("data") if isinstance(answer, dict) else None
    data = _json(data) if isinstance(data, str) else data
    return str(data.get("ecToken") or "") if isinstance(data, dict) else ""


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
