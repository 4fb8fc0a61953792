"""One scan for every kind of code (document B 4.2): which service answers, and one flat answer from both.

The rules, in the order in which they are asked:

* IsMultiCode "0": the platform knows no fusion codes; a text with ``:`` cannot be a voucher (2002), every other text
  goes to ECUrl and the platform is not asked. A request that names no ECUrl goes to the platform as it is.
* no code at all and an ECUrl: no scanner is set here, so the service's own reader is asked, once (a query consumes the
  code). It reads vouchers alone; the platform could only answer that ehealth_code is missing.
* otherwise the platform is asked, for every kind of code. Its answer stands, unless the code is a voucher, the answer
  has no ecToken and the request names an ECUrl: then ECUrl is asked, and its answer joins the platform's.
* both fail: for a voucher ECUrl was responsible, for everything else the platform. ECUrl is not asked when the
  request itself was at fault, or when the call's time was used up by the platform.
"""

from __future__ import annotations

from vcchk.base.errors import SUCCESS, LocalProtocolError, ReplyError, RequestError, VcchkError
from vcchk.base.result import Result
from vcchk.insurance import service
from vcchk.insurance.service import plain_text
from vcchk.specification import codes
from vcchk.specification.comparison import may_be_same_person
from vcchk.wire import jsontext
from vcchk.wire.message import read_biz

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Poster
    from vcchk.records.log import Log
    from vcchk.settings import Settings

NOT_SUPPORTED = "0"
"""IsMultiCode: 0 不支持, 1 支持 (document B 4.2.1)."""
VOUCHER_CARD = "A2"
"""card_type of a 医保电子凭证 (document B 4.2.2)."""

# Document B 4.2.2, in its order; what else an answer has follows behind.
ANSWER_FIELDS = (
    "mindex_id",
    "ehealth_card_id",
    "xman_id",
    "smk_id",
    "id_type",
    "id_no",
    "user_name",
    "user_sex",
    "mobile_phone",
    "birthday",
    "telephone",
    "address",
    "work_unit",
    "card_type",
    "card_no",
    "ecToken",
    "insuOrg",
    "EcQrCode",
)
# What the voucher's service alone says, even where the platform has a value.
VOUCHER_FIELDS = ("card_type", "ecToken", "insuOrg", "EcQrCode")


def voucher_of(code: str, biz_text: str) -> str:
    """Return the voucher's code that a successful verify was about, "" for a health code.

    The answer's EcQrCode counts before the scanned text: it is the one that the insurance software knows.
    """
    answered = plain_text(read_biz(biz_text).get("EcQrCode"))
    if answered:
        return answered
    scanned = codes.read(code)
    return scanned.text if scanned.kind == codes.VOUCHER else ""


def merge(platform: Mapping[str, Any], holder: Mapping[str, str], code: str) -> dict[str, Any]:
    """Return one flat answer in document B's form from the platform's fields and the voucher's holder.

    The platform's card number stays under its own kind of card (card_list) since card_type now says A2.
    Raises ReplyError 9998 when the two services name different people.
    """
    if not may_be_same_person(platform, holder):
        raise ReplyError(
            "9998",
            "平台与医保电子凭证服务返回的证件号不一致，请核对患者身份后重新扫码",
            cause="id_no differs between the platform and ECUrl",
        )
    known: dict[str, Any] = {**holder}
    known.update((name, value) for name, value in platform.items() if name not in VOUCHER_FIELDS and value != "")
    known["card_type"] = VOUCHER_CARD
    known.setdefault("EcQrCode", code)
    card_type = plain_text(platform.get("card_type"))
    if card_type != VOUCHER_CARD and "card_no" in known:
        card_no = known.pop("card_no")
        known.setdefault("card_list", [{"card_type": card_type, "card_no": card_no}])
    answer = {name: known.pop(name) for name in ANSWER_FIELDS if known.get(name, "") != ""}
    answer.update((name, value) for name, value in known.items() if value != "")
    return answer


def _of_voucher(platform: Mapping[str, Any], holder: service.Holder, code: str, asked: str) -> Result:
    answer = merge(platform, holder.fields, code)
    return Result(code=SUCCESS, text=jsontext.compact(answer), voucher=plain_text(answer.get("EcQrCode")), asked=asked)


def verify(
    biz: Mapping[str, Any],
    platform: Callable[[], Result],
    *,
    gateway: Poster,
    settings: Settings,
    deadline: Deadline,
    log: Log,
) -> Result:
    """Carry out a verify in document B's form; ``biz`` already holds the scanned text in ``ehealth_code``.

    ``platform`` performs the ordinary exchange with strUrl, at most once; it returns the platform's answer, success
    or not, and raises VcchkError when there is none. Returns the answer to hand to the HIS, success or not. Raises
    VcchkError when the responsible service gave none: RequestError (2002, 9001), ConnectError, ExchangeError,
    ReplyError, LocalProtocolError.
    """
    scanned = codes.read(plain_text(biz.get("ehealth_code")))
    if plain_text(biz.get("IsMultiCode")) == NOT_SUPPORTED and ":" in scanned.text:
        raise RequestError(
            "2002",
            "该码不是医保电子凭证（IsMultiCode 为 0，只支持医保电子凭证），请患者出示医保电子凭证码",
            cause=f"a {scanned.kind} code with IsMultiCode 0",
        )
    is_only_voucher = not scanned.text or plain_text(biz.get("IsMultiCode")) == NOT_SUPPORTED
    if is_only_voucher and plain_text(biz.get("ECUrl")):
        holder = service.ask(biz, scanned.text, gateway, settings, deadline, log)
        return _of_voucher({}, holder, scanned.text, "ECUrl")
    failure: VcchkError | None = None
    try:
        answer = platform()
    except (RequestError, LocalProtocolError):
        raise
    except VcchkError as error:
        answer, failure = Result(code=error.code, message=error.message), error
    ours = read_biz(answer.text) if answer.code == SUCCESS else {}
    if (
        scanned.kind != codes.VOUCHER
        or plain_text(ours.get("ecToken"))
        or not plain_text(biz.get("ECUrl"))
        or deadline.expired
    ):
        if failure is not None:
            raise failure
        return answer.replace(voucher=voucher_of(scanned.text, answer.text)) if answer.code == SUCCESS else answer
    if answer.code != SUCCESS:
        log.warn("平台没有认出该医保电子凭证，改问 ECUrl", code=answer.code)
    holder = service.ask(biz, scanned.text, gateway, settings, deadline, log)
    return _of_voucher(ours, holder, scanned.text, "platform+ECUrl" if answer.code == SUCCESS else "ECUrl")
