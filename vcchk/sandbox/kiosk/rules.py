"""The kiosk's calls to the platform and what it makes of the answers (document A 2.2, 主扫 and 被扫)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from vcchk.sandbox.kiosk.state import Shown
from vcchk.sandbox.platform import exchange
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.service import Sandbox
from vcchk.wire import codec

# Document A 2.2: the kiosk shows the outcome within 3 seconds of the person's confirmation.
POLL_SECONDS = 1
SCENE = {"operator_id": "KIOSK01", "operator_name": "自助机", "treatment_code": "010101", "ip_addr": "127.0.0.1",
         "office_code": "0300"}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """The platform's answer to the kiosk: ``code`` 0000 or another of appendix 1, ``biz`` the business fields."""

    code: str
    message: str
    biz: dict[str, Any] = field(default_factory=dict)


def ask(sandbox: Sandbox, method: str, biz: dict[str, str]) -> Answer:
    """Send one signed (SM3) and encrypted (SM4) message of the kiosk's terminal; the reply must verify."""
    profile = sandbox.default_profile
    fields = {"app_id": DEMO.app_id, "method": method, "term_id": DEMO.kiosk_term_id, "version": "X.M.0.1",
              "timestamp": sandbox.clock.stamp(), "sign_type": "SM3", "enc_type": "SM4"}  # fmt: skip
    text = json.dumps(biz, ensure_ascii=False, separators=(",", ":"))
    sealed = codec.seal(profile, fields, text, DEMO.key)
    outcome = exchange.answer(sandbox, profile, sealed.body)
    if outcome.is_dropped or outcome.status != 200 or not outcome.body:
        return Answer("8001", "网络读失败")
    opened = codec.open(profile, outcome.body, DEMO.key, enc_type="SM4")
    if opened.ret_code == "0000":
        opened.demand_signature()
    return Answer(opened.ret_code, opened.ret_msg, opened.biz if isinstance(opened.biz, dict) else {})


def new_serial(sandbox: Sandbox) -> str:
    """Return a serial number of this kiosk's."""
    return f"K{sandbox.clock.stamp()}{secrets.token_hex(6).upper()}"


def begin(sandbox: Sandbox) -> Shown | Answer:
    """主扫: ask for an authorisation URL to show; the answer instead when there is none."""
    serial = new_serial(sandbox)
    biz = {"out_authorize_no": serial, "out_authorize_time": sandbox.clock.stamp(), **SCENE}
    answer = ask(sandbox, "ehc.ehealthcard.authurl", biz)
    if answer.code != "0000":
        return answer
    ends = sandbox.clock.now() + sandbox.options.authorisation_seconds
    return Shown(serial, str(answer.biz["ehealth_authurl"]), ends)


def query(sandbox: Sandbox, serial: str) -> Answer:
    """主扫: ask what became of it."""
    return ask(sandbox, "ehc.ehealthcard.auth.query", {"out_authorize_no": serial})


def scan(sandbox: Sandbox, code: str) -> Answer:
    """被扫: ask who shows this code; a voucher's too (IsMultiCode)."""
    biz = {"ehealth_code": code, "out_verify_no": new_serial(sandbox), "out_verify_time": sandbox.clock.stamp(),
           "IsMultiCode": "1", **SCENE}  # fmt: skip
    return ask(sandbox, "ehc.ehealthcode.verify", biz)
