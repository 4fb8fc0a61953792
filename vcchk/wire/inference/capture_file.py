"""The file of ``vcchk wire capture``, from which an inference starts: the old DLL's messages as sent.

JSON lines, one exchange a line: the fields of `CapturedExchange`. Bodies that are not UTF-8 are base64.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from vcchk.base.record import Record


class CapturedExchange(Record):
    """One captured exchange. ``url``: as the old DLL asked for it; ``base``: the strUrl it was given.

    ``masked``, ``reply_masked``: personal values were hidden when the file was written, so signatures cannot be
    recomputed.
    """

    _secret = ("request", "reply")
    request: bytes
    url: str = ""
    base: str = ""
    content_type: str = ""
    reply: bytes = b""
    status: int = 0
    masked: bool = False
    reply_masked: bool = False
    time: str = ""
    """yyyyMMddHHmmss, local time."""

    def line(self) -> str:
        """Return the exchange as one line of a capture file."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self._fields}
        for name in ("request", "reply"):
            try:
                values[name] = values[name].decode("utf-8")
            except UnicodeDecodeError:
                values[name] = {"base64": base64.b64encode(values[name]).decode("ascii")}
        return json.dumps({"vcchk_capture": 1} | values, ensure_ascii=False)


def _body(value: Any) -> bytes:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else str(value).encode()


def exchanges(data: bytes) -> list[CapturedExchange]:
    """Read a file: what capture wrote, else one bare body."""
    found: list[CapturedExchange] = []
    for line in data.decode("utf-8-sig", "replace").splitlines():
        try:
            values = json.loads(line)
            if "vcchk_capture" not in values:
                break
            known = {name: values[name] for name in CapturedExchange._fields if name in values}
            bodies = {"request": _body(values["request"]), "reply": _body(values.get("reply", ""))}
        except (ValueError, RecursionError, TypeError, KeyError):  # a line that another hand wrote, or cut off
            break
        found.append(CapturedExchange(**known | bodies))
    return found or [CapturedExchange(request=data)]
