"""The national insurance voucher's service (医保电子凭证): the ``ec.query`` exchange, and transType calls as they are.

Documents A and B name only the parameters (B 4.2.1: ECUrl, orgId, businessType, officeId, officeName); the JSON is
what public callers of the vendor's NationECCode.dll send and read. The first part of this module does no I/O.

A query consumes the patient's one-time code, so it is never sent twice, whatever becomes of it.
"""

from __future__ import annotations

from vcchk.base import encoding
from vcchk.base.errors import ReplyError, RequestError, VcchkError
from vcchk.base.record import Record
from vcchk.base.result import Result
from vcchk.insurance.provenance import is_the_services, may_name_a_patient
from vcchk.records import masking
from vcchk.wire import jsontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.base.encoding import Decoded
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Poster
    from vcchk.records.log import Log
    from vcchk.settings import InsuranceSettings, Settings

CONTENT_TYPE = "application/json; charset=UTF-8"
QUERY = "ec.query"
SUCCESS = "0000"
"""What NationEcTrans returns for success; VirtualCardTrans returns "00" for the same call."""
SERVICE_SUCCESS = "0"
CANCELLED = "-2"
"""The service's own code for a cancel or a time-out (seen at kiosks)."""
NO_CODE_FIELD = "none"

# The service's request field and document B's field it is filled from, in the order of the public samples.
REQUEST_FIELDS = (
    ("businessType", "businessType"),
    ("deviceType", None),
    ("officeId", "officeId"),
    ("officeName", "officeName"),
    ("operatorId", "operator_id"),
    ("operatorName", "operator_name"),
    ("orgId", "orgId"),
)

# The service's answer in document B's names (4.2.2). What B has no name for keeps its own (nationality is 国籍, not
# the documents' nation, 民族). ``extra`` is left out: B's answer is flat, and OutData is small.
REPLY_FIELDS = {
    "idType": "id_type",
    "idNo": "id_no",
    "userName": "user_name",
    "gender": "user_sex",
    "birthday": "birthday",
    "ecToken": "ecToken",
    "insuOrg": "insuOrg",
    "ecQrCode": "EcQrCode",
    "nationality": "nationality",
    "ecIndexNo": "ecIndexNo",
    "authNo": "authNo",
}

CANCEL_SENTENCE = "医保电子凭证读取已取消或超时，请患者重新出示凭证码再扫"
IN_DOUBT = "，交易状态未知，凭证码可能已失效，请患者刷新凭证码后重新扫码"
"""Added to the sentence of a query that may have used up the patient's code."""
IN_DOUBT_SENTENCE = f"医保电子凭证查询中断{IN_DOUBT}"
EMPTY_SENTENCE = f"医保电子凭证服务没有返回内容{IN_DOUBT}"
MAX_MESSAGE_CHARS = 120
"""Characters of the service's own sentence that are passed on."""


class Holder(Record):
    """The voucher's holder as the service answered: ``fields`` are document B's names with non-empty text values."""

    _secret = ("fields",)
    fields: Mapping[str, str]


# --- no I/O -----------------------------------------------------------------------------------------------------


def plain_text(value: object) -> str:
    """Return a JSON value of a caller or of the service as trimmed text; null and nested values are ""."""
    if value is None or isinstance(value, (bool, dict, list)):
        return ""
    return str(value).strip()


def request(biz: Mapping[str, Any], code: str, settings: InsuranceSettings) -> str:
    """Return the ``ec.query`` request's JSON for document B's business fields.

    ``code`` is the scanned text; "" when it is not known: then the service reads its own scanner.
    """
    data: dict[str, str] = {}
    for name, source in REQUEST_FIELDS:
        data[name] = settings.device_type if source is None else plain_text(biz.get(source))
    if code and settings.code_field.lower() != NO_CODE_FIELD:
        data[settings.code_field] = code
    return jsontext.compact({"data": data, "orgId": data["orgId"], "transType": QUERY})


def decode(body: bytes, content_type: str, settings: InsuranceSettings) -> Decoded:
    """Decode the reply. One region answers in GBK, and headers do not always say so.

    Raises ReplyError 9004 (empty), or 9008 for one that is not in the encoding that a setting fixes.
    """
    if not body.removeprefix(b"\xef\xbb\xbf").strip():
        raise ReplyError("9004", EMPTY_SENTENCE, in_doubt=True)
    if settings.encoding != "auto":
        decoded = encoding.decode_as(body, settings.encoding)
        if decoded.bad_count > 1 and decoded.bad_count > sum(char > "\x7f" for char in decoded.text):
            cause = f"reply is not {settings.encoding} at byte {decoded.bad_byte}"
            sentence = "医保电子凭证服务的应答无法识别，请核对 [insurance] encoding"
            raise _doubtful(ReplyError("9008", sentence, cause=cause))
        return decoded
    return encoding.decode(body, declared=encoding.declared_encoding(content_type))


def _object(reply: str) -> dict[str, Any]:
    try:
        value, _ = jsontext.parse(reply)
    except jsontext.JsonError:
        value = None
    if not isinstance(value, dict):
        cause = f"no JSON object in {len(reply)} characters"
        raise _doubtful(ReplyError("9008", "医保电子凭证服务的应答无法识别，请核对 ECUrl 是否正确", cause=cause))
    return value


def refusal(reply: Mapping[str, Any], status: int = 200) -> VcchkError | None:
    """Return the error that the service's answer means, or None for success. ``status``: HTTP's.

    ``code`` may be a number or text; an answer without it is unreadable, never a success. What is not the service's
    own is in doubt.
    """
    error = _refusal(reply)
    if is_the_services(status, reply):
        return error
    if error is None:
        return _without_data()
    if not may_name_a_patient(reply):
        error.cause += f", said: {masking.mask_text(error.quote)}"
    return _doubtful(error)


def _refusal(reply: Mapping[str, Any]) -> VcchkError | None:
    code = plain_text(reply.get("code"))
    if code == SERVICE_SUCCESS:
        return None
    if not code:
        return ReplyError("9008", "医保电子凭证服务的应答缺少 code，请核对 ECUrl 是否正确")
    if code == CANCELLED:
        return ReplyError("9998", CANCEL_SENTENCE, cause="service code -2")
    quote = plain_text(reply.get("message") or reply.get("msg"))[:MAX_MESSAGE_CHARS]
    return ReplyError(
        "9998",
        f"医保电子凭证服务拒绝：{quote or '没有说明原因'}（{code[:16]}）",
        cause=f"service code {masking.mask_serial(code[:16])}",
        quote=quote,
    )


def _doubtful(error: VcchkError) -> VcchkError:
    """Return the same error for an exchange whose end nobody knows: the one-time code may be used up."""
    sentence = error.message if "交易状态未知" in error.message else error.message + IN_DOUBT
    return error.reworded(sentence, in_doubt=True)


def _without_data() -> VcchkError:
    sentence = (
        "医保电子凭证服务返回成功但没有 data，请检查前置机和代理；无误时请把发生时间和“成功但没有 data”告诉医保服务商"
    )
    return _doubtful(ReplyError("9008", sentence))


def read(reply: str, status: int = 200) -> Holder:
    """Read the ``ec.query`` answer's text. ``data`` may be an object or a JSON text; ``status``: HTTP's.

    Raises ReplyError: 9998 when the service refused, 9008 when the answer cannot be read or has no ecToken.
    """
    answer = _object(reply)
    error = refusal(answer, status)
    if error is not None:
        raise error
    data = answer.get("data")
    if isinstance(data, str):
        data = _object(data)
    if not isinstance(data, dict):
        raise _without_data()
    fields = {ours: value for theirs, ours in REPLY_FIELDS.items() if (value := plain_text(data.get(theirs)))}
    if "ecToken" not in fields:
        # 4.2.2 has ecToken as never empty: without it the HIS could not settle, and would learn so only then.
        raise ReplyError("9008", "医保电子凭证服务返回成功但没有身份令牌（ecToken），请患者刷新凭证码后重新扫码")
    return Holder(fields=fields)


# --- exchanges --------------------------------------------------------------------------------------------------


_RENAMED = {verb + "平台": verb + "医保服务商" for verb in ("请", "向", "告诉", "告知", "联系")} | {"平台": "服务"}
"""Whom the gateway's sentences name → who it is for this service, in the order of replacing."""


def _explained(error: VcchkError, argument: str) -> VcchkError:
    """Return the gateway's error in words that fit this service: its URL is ``argument``, its code works once."""
    if error.in_doubt:
        sentence = EMPTY_SENTENCE if error.code == "9004" else IN_DOUBT_SENTENCE
        return error.reworded(sentence, in_doubt=True)
    sentence = error.message.replace("strUrl", argument)
    for theirs, ours in _RENAMED.items():
        sentence = sentence.replace(theirs, ours)
    return error.reworded(f"医保电子凭证：{sentence}", in_doubt=False)


def _post(
    url: str, argument: str, body: str, gateway: Poster, settings: Settings, deadline: Deadline, log: Log
) -> tuple[str, int]:
    """Send once and return the reply's text and HTTP status. ``argument`` names the URL in sentences.

    Raises VcchkError.
    """
    try:
        reply = gateway.post(url, body.encode("utf-8", "replace"), CONTENT_TYPE, writing=True, deadline=deadline)
    except VcchkError as error:
        raise _explained(error, argument) from error
    if reply.status != 200:
        sentence = (
            f"医保电子凭证服务返回 HTTP {reply.status}，请核对 {argument}；"
            f"无误时请把发生时间和“HTTP {reply.status}”告诉医保服务商"
        )
        raise _doubtful(ReplyError("8002", sentence, cause=f"HTTP {reply.status}"))
    decoded = decode(reply.body, reply.headers.get("content-type", ""), settings.insurance)
    if decoded.warning:
        log.warn(f"医保电子凭证服务的应答{decoded.warning}，请核对 [insurance] encoding")
    return decoded.text, reply.status


def ask(biz: Mapping[str, Any], code: str, gateway: Poster, settings: Settings, deadline: Deadline, log: Log) -> Holder:
    """Ask ECUrl who the holder of the voucher ``code`` is ("" = the service reads its own scanner). Sent once.

    Raises RequestError 9001 without ECUrl, ConnectError, ExchangeError, ReplyError.
    """
    url = plain_text(biz.get("ECUrl"))
    if not url:
        raise RequestError("9001", "请求没有 ECUrl（医保电子凭证请求地址），不能查询医保电子凭证")
    _check_business_type(biz, log)
    answer, status = _post(url, "ECUrl", request(biz, code, settings.insurance), gateway, settings, deadline, log)
    holder = read(answer, status)
    masking.remember(holder.fields)
    return holder


def _check_business_type(biz: Mapping[str, Any], log: Log) -> None:
    """Appendix 2.9 of document B: an unknown code is a warning, never a refusal."""
    from vcchk import specification

    kind = plain_text(biz.get("businessType"))
    if kind not in specification.dictionary("business_types"):
        log.warn("businessType 不在文档B附录2.9中（照常发送），请核对 HIS", business_type=kind)


def transact(url: str, in_data: str, gateway: Poster, settings: Settings, deadline: Deadline, log: Log) -> Result:
    """Send InData with ``transType`` to ``url`` as it is, once, and return how it ended; raises nothing of its kind.

    Serves NationEcTrans (OutData is ``text`` wherever there is one) and VirtualCardTrans (document B's contract: text
    on success, else ``message``).
    """
    reply = ""
    try:
        reply, status = _post(url, "strUrl", in_data, gateway, settings, deadline, log)
        error = refusal(_object(reply), status)
    except VcchkError as failure:
        error = failure
    if error is None:
        return Result(code=SUCCESS, text=reply)
    log.warn("医保电子凭证服务没有返回成功，请看返回码和原因", code=error.code, cause=error.cause)
    text = "" if error.in_doubt else reply  # what may be another server's is not given to the HIS
    return Result(code=error.code, message=error.message, text=text, in_doubt=error.in_doubt)
