"""The voucher's rules: ec.query and localEcTokenCheck (shared facts in docs/sandbox.md), and B's verify of a voucher.

A code is good for one query, an ecToken for one check. The national service's error numbers are not published but for
-2 (cancelled or timed out at kiosks); the others here are ours.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcchk.sandbox.platform import state as platform_state
from vcchk.sandbox.platform.call import Call, Refusal, Reply
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
class Answer:
    """What the local service says: ``data`` is None when there is none."""

    code: int
    data: dict[str, Any] | None = None

    @property
    def message(self) -> str:
        """The service's sentence."""
        return SENTENCES.get(self.code, "医保服务返回错误")


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


def query(context: Context, request: Any) -> Answer:
    """ec.query: who shows this code. Without a code in the request, the one before the service's own reader."""
    data = request.get("data") if isinstance(request, dict) else None
    if isinstance(data, str):
        data = _json_object(data)
    if not isinstance(data, dict) or request.get("transType") != "ec.query" or not request.get("orgId"):
        return Answer(-1004)
    options = context.options
    if options.voucher_code is not None:
        return Answer(options.voucher_code)
    code = next((str(v) for n in CODE_FIELDS if (v := data.get(n))), None) or context.reader.read()
    if code is None:
        return Answer(CANCELLED)
    with context.store.transaction() as db:
        person = _redeem(context, db, code)
        if isinstance(person, int):
            return Answer(person)
        scene = {"term_id": str(request["orgId"]), "operator_id": str(data.get("operatorId") or ""),
                 "operator_name": str(data.get("operatorName") or ""),
                 "office_code": str(data.get("officeId") or ""),
                 "treatment_code": str(data.get("businessType") or "")}  # fmt: skip
        platform_state.add_use(db, context.clock.now(), "voucher", person["person"], scene)
        return Answer(0, {
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


def check_token(context: Context, request: Any) -> Answer:
    """localEcTokenCheck: flag 1 when the token is this person's and unused (then it is used up), else 0."""
    body = request if isinstance(request, dict) else {}
    data = body.get("data", body)
    if isinstance(data, str):
        data = _json_object(data)
    names = ("ecToken", "idType", "idNo", "userName")
    if not isinstance(data, dict) or not all(isinstance(data.get(n), str) and data[n] for n in names):
        return Answer(-1004)
    with context.store.transaction() as db:
        row = state.take_token(db, data["ecToken"], context.clock.now())
    claimed = (data["idType"], data["idNo"], data["userName"])
    is_same = row is not None and (row["id_type"], row["id_no"], row["user_name"]) == claimed
    return Answer(0, {"flag": "1" if is_same else "0"})


def verify(call: Call, db: sqlite3.Connection, code: str) -> Reply:
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
