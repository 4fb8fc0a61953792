"""How a transaction ended: the one result type, from the exchange with a service to the boundary."""

from __future__ import annotations

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Result(Record):
    """What goes back to the HIS, and what the steps before that need to know.

    ``code``: the return code. ``text``: a reply's JSON in clear, handed on to the letter; "" when there is none.
    ``message``: the Chinese sentence of a failure, without the code in brackets. ``biz``: ``text`` parsed.
    ``in_doubt``: the other side may have acted. Of a verify alone: ``voucher``, the voucher's code for SetEcQrcode
    ("" when the scanned code was none), and ``asked``, the services that answered ("platform", "ECUrl",
    "platform+ECUrl").
    """

    _secret = ("text", "biz", "voucher")
    code: str
    message: str = ""
    text: str = ""
    biz: Mapping[str, Any] = {}
    in_doubt: bool = False
    voucher: str = ""
    asked: str = "platform"
