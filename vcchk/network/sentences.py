"""The Chinese sentence for a failed exchange: its cause, what became of the transaction, what to do."""

from __future__ import annotations

from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, VcchkError
from vcchk.network.fault import FAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.fault import Fault

IN_DOUBT = "，交易状态未知，查清前请勿重办：请工程师用 vcchk journal check 查询，没有办成的才可以重办"
"""Added to the sentence of a writing method that may have been carried out."""
VERIFY_IN_DOUBT = "，交易状态未知，请患者重新出示二维码，由 HIS 用新流水号再验"
"""In its place for a verify: the patient is still there, a new serial number costs nothing, and neither document has a
query that says how the old one ended."""
NOT_SENT = "；这笔交易没有发出，处理后可以重办"
"""Added to the sentence of a writing method of which nothing has left."""
NOT_DONE = "；平台没有办理这笔交易，处理后可以重办"
"""Added to the sentence of a writing method whose request was turned away unread or refused by its HTTP status."""
HARMLESS = "，请稍后再试，仍不成功请检查网络，并把发生时间和这句提示告诉平台"
"""Added to the sentence of a reading method whose exchange broke: it may be repeated at will."""


def for_verify(message: str) -> str:
    """Return a sentence with the advice of a verify in place of the general one: it may be done again at once."""
    return message.replace(IN_DOUBT, VERIFY_IN_DOUBT)


def to_error(fault: Fault, host: str, writing: bool) -> VcchkError:
    """Return the exception for ``fault``: ConnectError when nothing left, else ExchangeError or ReplyError.

    ``host`` is host and port as shown to people.
    """
    code, _, sentence = FAULTS[fault.kind]
    message = sentence.format(host=host, **fault.values)
    cause = f"{fault.kind} at {fault.stage}: {fault.detail}"
    if not fault.sent:
        return ConnectError(code, message + (NOT_SENT if writing else ""), cause=cause)
    in_doubt = writing and fault.kind not in (
        "https_wanted",
        "tlcp_wanted",
    )  # who speaks TLS cannot read a plain request
    if in_doubt:
        message += IN_DOUBT
    elif writing:
        message += NOT_DONE
    elif code != "9008":
        message += HARMLESS
    make = ReplyError if code == "9008" else ExchangeError
    return make(code, message, cause=cause, in_doubt=in_doubt)
