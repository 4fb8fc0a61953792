"""The voucher's rules: what its local service answers (docs/sandbox.md), and document B's verify of a voucher.

localQrCodeQuery carries out what ``transType`` names, as public callers of NationECCode.dll use it: ec.query (a code
was scanned), iot.gain.ec.qrcode (the service's own device takes a code or a face, under the caller's outBizNo) and
iot.medical.settle.notify (that device shows what became of the settlement).

A code is good for one query, an ecToken for one check. The national service's error numbers are not published but for
-2 (cancelled or timed out at kiosks); the others here are ours.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcchk.records.masking import mask_word
from vcchk.sandbox.platform import state as platform_state
from vcchk.sandbox.platform.call import PlatformCall, Refusal, Reply
from vcchk.sandbox.voucher import state

if TYPE_CHECKING:
    from vcchk.sandbox.context import Context

CANCELLED = -2
# code of the local service: its sentence
SENTENCES = {
    0: "成功",
    CANCELLED: "用户取消或等待超时",
    -1001: "医保电子凭证二维码无效",
    -1002: "医保电子凭证二维码已过期",
    -1003: "医保电子凭证二维码已被使用，请刷新后重试",
    -1004: "请求参数有误",
}
# A spent code is "expired" to the platform: its table has no nearer sentence, and both are mended by a fresh code.
_PLATFORM_CODES = {-1001: "2002", -1002: "2001", -1003: "2001"}

# Names under which callers have been seen or may be set up to send the scanned code; none: the service reads it itself.
CODE_FIELDS = ("ecQrCode", "EcQrCode", "ecQrcode", "qrCode", "ehealth_code")


@dataclass(frozen=True)
class VoucherAnswer:
    """What the local service says: ``data`` is None when there is none. ``sentence``: instead of the
    code's."""

    code: int
    data: dict[str, Any] | None = None
    sentence: str = ""

    @property
    def message(self) -> str:
        """The service's sentence."""
        return self.sentence or SENTENCES.get(self.code, "医保服务返回错误")


def mint(context: Context, person: int, seconds: float | None = None) -> str:
    """Make a fresh code for a person; ``seconds`` its life (None: the option's)."""
    lifetime = context.options.voucher_seconds if seconds is None else seconds
    with context.store.transaction() as db:
        return state.add_code(db, person, context.clock.now() + lifetime)


def _redeem(context: Context, db: sqlite3.Connection, code: str) -> int | sqlite3.Row:
    """Return the person of a good code and use it up, else the service's error number."""
    row = state.code(db, code)
    if row is None:
        return -1001
    if row["used"]:
        return -1003
    if row["expires"] <= context.clock.now():
        return -1002
    state.use_code(db, code)
    return platform_state.person(db, row["person"])


def _token(context: Context, db: sqlite3.Connection, person: sqlite3.Row) -> str:
    expires = context.clock.now() + context.options.ec_token_seconds
    return state.add_token(db, person["person"], expires)


def transact(context: Context, request: Any) -> VoucherAnswer:
    """localQrCodeQuery: carry out what ``transType`` names."""
    if not isinstance(request, dict):
        return _wrong("不是 JSON 对象")
    data = request.get("data")
    if isinstance(data, str):
        data = _json_object(data)
    if not isinstance(data, dict):
        return _wrong("缺少 data")
    name = str(request.get("transType") or "")
    if not name:
        return _wrong("缺少 transType")
    act = TRANSACTIONS.get(name)
    if act is None:
        return VoucherAnswer(-1004, sentence=f"模拟平台不支持 {mask_word(name)[:40]}，可用 {'、'.join(TRANSACTIONS)}")
    return act(context, request, data)


def _wrong(what: str) -> VoucherAnswer:
    return VoucherAnswer(-1004, sentence=f"{SENTENCES[-1004]}：{what}")


def _lacking(fields: dict[str, Any], *names: str) -> VoucherAnswer | None:
    """Return the refusal that names the fields without a value."""
    missing = [name for name in names if not fields.get(name)]
    return _wrong(f"缺少 {'、'.join(missing)}") if missing else None


def query(context: Context, request: dict[str, Any], data: dict[str, Any]) -> VoucherAnswer:
    """ec.query: who shows this code. Without a code in the request, the one before the service's own reader."""
    code = next((str(v) for n in CODE_FIELDS if (v := data.get(n))), None)
    return _lacking(request, "orgId") or _identify(context, request, data, code)


def gain(context: Context, request: dict[str, Any], data: dict[str, Any]) -> VoucherAnswer:
    """iot.gain.ec.qrcode: who stands before the service's own device, with a phone or with a face (gainWay)."""
    return _lacking(request, "orgId") or _lacking(data, "outBizNo") or _identify(context, request, data, None)


SETTLED = ("SUCCESS", "FAIL")


def notify(context: Context, request: dict[str, Any], data: dict[str, Any]) -> VoucherAnswer:
    """iot.medical.settle.notify: the device shows whether the settlement of outBizNo succeeded."""
    lacking = _lacking(data, "outBizNo", "medicalSettleState")
    if lacking is None and data["medicalSettleState"] not in SETTLED:
        return _wrong(f"medicalSettleState 应为 {' 或 '.join(SETTLED)}")
    return lacking or VoucherAnswer(0, {})


TRANSACTIONS = {"ec.query": query, "iot.gain.ec.qrcode": gain, "iot.medical.settle.notify": notify}


def _identify(context: Context, request: dict[str, Any], data: dict[str, Any], code: str | None) -> VoucherAnswer:
    """Redeem a code (None: the one before the service's own reader) and tell whose it is."""
    options = context.options
    if options.voucher_code is not None:
        return VoucherAnswer(options.voucher_code)
    code = code or context.reader.read()
    if code is None:
        return VoucherAnswer(CANCELLED)
    with context.store.transaction() as db:
        person = _redeem(context, db, code)
        if isinstance(person, int):
            return VoucherAnswer(person)
        scene = {"term_id": str(request["orgId"]), "operator_id": str(data.get("operatorId") or ""),
                 "operator_name": str(data.get("operatorName") or ""),
                 "office_code": str(data.get("officeId") or ""),
                 "treatment_code": str(data.get("businessType") or "")}  # fmt: skip
        platform_state.add_use(db, context.clock.now(), "voucher", person["person"], scene)
        return VoucherAnswer(0, {
            "userName": person["user_name"],
            "idNo": person["id_no"],
            "idType": person["id_type"],
            "insuOrg": person["insu_org"],
            "ecToken": _token(context, db, person),
            "ecQrCode": code,
            "gender": person["user_sex"],
            "birthday": person["birthday"],
            "nationality": "CHN",
            "ecIndexNo": platform_state.derive("ec", person["id_type"], person["id_no"])[:32],
            "authNo": "",
            "extra": "",
        })  # fmt: skip


def check_token(context: Context, request: Any) -> VoucherAnswer:
    """localEcTokenCheck: flag 1 when the token is this person's and unused (then it is used up), else 0."""
    body = request if isinstance(request, dict) else {}
    data = body.get("data", body)
    if isinstance(data, str):
        data = _json_object(data)
    names = ("ecToken", "idType", "idNo", "userName")
    if not isinstance(data, dict) or not all(isinstance(data.get(n), str) and data[n] for n in names):
        missing = [n for n in names if not isinstance(data, dict) or not isinstance(data.get(n), str) or not data[n]]
        return _wrong(f"缺少 {'、'.join(missing)}")
    with context.store.transaction() as db:
        row = state.take_token(db, data["ecToken"], context.clock.now())
    claimed = (data["idType"], data["idNo"], data["userName"])
    is_same = row is not None and (row["id_type"], row["id_no"], row["user_name"]) == claimed
    # A number: public callers compare with === 0, to which the text "0" is not equal.
    return VoucherAnswer(0, {"flag": 1 if is_same else 0, "userName": data["userName"]})


def verify(call: PlatformCall, db: sqlite3.Connection, code: str) -> Reply:
    """Document B's verify of a voucher (IsMultiCode "1"): card_type A2 with ecToken, insuOrg and EcQrCode.

    With the option ``verify_without_token`` the reply has neither token nor region and the code stays good, so
    that the client's own query to ECUrl is what redeems it. 2001: expired or used up; 2002: no such code.
    """
    if call.context.options.verify_without_token:
        row = state.code(db, code)
        if row is None:
            raise Refusal("2002")
        return {"card_type": "A2", "EcQrCode": code}
    person = _redeem(call.context, db, code)
    if isinstance(person, int):
        raise Refusal(_PLATFORM_CODES[person])
    platform_state.add_use(db, call.now, "voucher", person["person"], call.scene())
    optional = {n: person[n] for n in ("birthday", "telephone", "address", "work_unit") if person[n]}
    return {
        **{n: person[n] for n in ("id_type", "id_no", "user_name", "user_sex", "mobile_phone")},
        **optional,
        "card_type": "A2",
        "ecToken": _token(call.context, db, person),
        "insuOrg": person["insu_org"],
        "EcQrCode": code,
    }


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
