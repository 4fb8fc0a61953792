"""What the caller reads of a failed exchange: the fault's sentence, what became of the transaction, what to do."""

from __future__ import annotations

from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, VcchkError
from vcchk.network.fault import FAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.fault import Fault

IN_DOUBT = "，交易状态未知，请先查询该笔交易（vcchk journal check），再决定是否重办"
"""Added to the sentence of a writing method that may have been carried out."""
HARMLESS = "，请稍后再试，仍不成功请检查网络或联系平台"
"""Added to the sentence of a reading method whose exchange broke: it may be repeated at will."""

# HTTP statuses without an envelope: (whether the platform may have acted, what to do).
STATUSES: dict[int, tuple[bool, str]] = {
    400: (False, "平台认为请求格式不对，请核对 strUrl"),
    401: (False, "平台要求身份认证，请联系平台"),
    403: (False, "平台拒绝访问，请联系平台确认本院 IP 是否在白名单"),
    404: (False, "平台没有这个地址，请核对 strUrl 的路径"),
    405: (False, "该地址不接受 POST，请核对 strUrl 的路径"),
    407: (False, "代理服务器要求认证，请检查 [gateway] proxy"),
    408: (True, "平台等待请求超时，请检查网络"),
    411: (False, "平台不接受该请求，请联系平台"),
    413: (False, "请求过大，平台不接受，请缩小照片等内容"),
    414: (False, "strUrl 过长，平台不接受"),
    415: (False, "平台不接受该报文类型，请检查 [wire] profile"),
    429: (False, "请求过于频繁，请稍后再试"),
    500: (True, "平台内部出错，请联系平台"),
    502: (True, "平台前置机连不上后端，请联系平台"),
    503: (True, "平台暂停服务，请稍后再试或联系平台"),
    504: (True, "平台前置机等待后端超时，请联系平台"),
}
OTHER_STATUS = (True, "不是平台的正常应答，请核对 strUrl 或联系平台")


def to_error(fault: Fault, host: str, writing: bool) -> VcchkError:
    """Return the exception for ``fault``: ConnectError when nothing left, else ExchangeError or ReplyError.

    ``host`` is host and port as shown to people.
    """
    code, _, sentence = FAULTS[fault.kind]
    message = sentence.format(host=host, **fault.values)
    cause = f"{fault.kind} at {fault.stage}: {fault.detail}"
    if not fault.sent:
        return ConnectError(code, message, cause=cause)
    in_doubt = writing and fault.kind != "https_wanted"
    if in_doubt:
        message += IN_DOUBT
    elif code != "9008":
        message += HARMLESS
    make = ReplyError if code == "9008" else ExchangeError
    return make(code, message, cause=cause, in_doubt=in_doubt)
