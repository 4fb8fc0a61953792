"""A patient's whole visit, as a table of steps: what the HIS sends, and what must come back.

A step's `biz` and `check` see a `DemoVisit`: what earlier steps brought. People and keys are the sandbox's synthetic
ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from vcchk.sandbox.seed import DEMO, Person

NEWCOMER, SECOND = [person for person in DEMO.people if not person.is_registered]
THIRD = DEMO.people[0]  # has a card already: registering again returns it
NEW_PHONE = "13900000099"
NEW_CARD = ("01", "D6351299")


class DemoVisit:
    """What one run knows: a fresh serial number for each step, and the fields that replies have brought."""

    def __init__(self) -> None:
        self._started = time.strftime("%Y%m%d%H%M%S")
        self._serial = 0
        self.card_id = ""
        self.code = ""
        self.authorise_no = ""
        self.authorise_url = ""

    @property
    def now(self) -> str:
        """The time as the documents write it (3.2)."""
        return time.strftime("%Y%m%d%H%M%S")

    def serial(self) -> str:
        """A serial number that no other step of any run has."""
        self._serial += 1
        return f"DEMO{self._started}{self._serial:04d}"

    def scene(self) -> dict[str, str]:
        """Who uses the card where and for what."""
        return {"operator_id": "9527", "operator_name": "演示员", "ip_addr": "127.0.0.1", "treatment_code": "010101",
                "office_code": "A03"}  # fmt: skip


Biz = Callable[[DemoVisit], dict[str, Any]]
Check = Callable[[DemoVisit, dict[str, Any]], bool]


class VisitStep(NamedTuple):
    """One VirtualCardTrans. `check` tells whether the reply's fields are right; it is asked up to `repeats` times."""

    title: str
    method: str
    biz: Biz
    check: Check
    sign_type: str = "SM3"
    enc_type: str = "SM4"
    code: str = "00"
    before: str = ""
    repeats: int = 1


def _registration(person: Person, no: str = "out_register", **more: str) -> Biz:
    return lambda visit: {
        f"{no}_no": visit.serial(), f"{no}_time": visit.now, "certificate_mode": "01", "apply_method": "3",
        **person.fields(), **more,
    }  # fmt: skip


def _registered(person: Person, flag: str) -> Check:
    """The reply names the person, and its code is static ("1") or dynamic ("0")."""

    def check(visit: DemoVisit, reply: dict[str, Any]) -> bool:
        visit.card_id, visit.code = reply["ehealth_card_id"], reply["ehealth_code"]
        return reply["user_name"] == person.user_name and visit.code.split(":")[1] == flag

    return check


def _verification(visit: DemoVisit) -> dict[str, Any]:
    return {"ehealth_code": visit.code, "out_verify_no": visit.serial(), "out_verify_time": visit.now, **visit.scene()}


def _is(person: Person) -> Check:
    return lambda _, reply: reply["id_no"] == person.id_no and reply["user_name"] == person.user_name


def _authorisation(visit: DemoVisit) -> dict[str, Any]:
    visit.authorise_no = visit.serial()
    return {"out_authorize_no": visit.authorise_no, "out_authorize_time": visit.now, **visit.scene()}


def _authorise_url(visit: DemoVisit, reply: dict[str, Any]) -> bool:
    visit.authorise_url = reply["ehealth_authurl"]
    return visit.authorise_url.startswith("http://127.0.0.1:")


def _asked(visit: DemoVisit) -> dict[str, Any]:
    return {"out_authorize_no": visit.authorise_no}


def _alteration(**fields: str) -> Biz:
    return lambda visit: {
        "ehealth_card_id": visit.card_id, **fields, "out_alter_no": visit.serial(), "out_alter_time": visit.now
    }  # fmt: skip


def _altered(visit: DemoVisit, reply: dict[str, Any]) -> bool:
    return reply["ehealth_card_id"] == visit.card_id and bool(reply["alter_no"])


def _closing(visit: DemoVisit) -> dict[str, Any]:
    return {"ehealth_card_id": visit.card_id, "out_close_no": visit.serial(), "out_close_time": visit.now}


def _same_card(visit: DemoVisit, reply: dict[str, Any]) -> bool:
    return bool(reply["ehealth_card_id"] == visit.card_id)


def _has_new_card(visit: DemoVisit, reply: dict[str, Any]) -> bool:
    """The linked card shows in a later reply; and this person's card is the one the next steps go on with."""
    cards = reply["card_list"] if isinstance(reply["card_list"], list) else json.loads(reply["card_list"])
    return _same_card(visit, reply) and {"card_type": NEW_CARD[0], "card_no": NEW_CARD[1]} in cards


QUERYWITHREG, REGISTER = "ehc.ehealthcard.querywithreg", "ehc.ehealthcard.register"
VERIFY = "ehc.ehealthcode.verify"

STEPS = [
    VisitStep("建卡，静态码", QUERYWITHREG, _registration(NEWCOMER), _registered(NEWCOMER, "1")),
    VisitStep("验静态码", VERIFY, _verification, _is(NEWCOMER), "MD5", "AES"),
    VisitStep("取动态码", QUERYWITHREG, _registration(NEWCOMER, generate_type="dynamic", time_expire="300"),
              _registered(NEWCOMER, "0"), "MD5", "DES"),
    VisitStep("验动态码", VERIFY, _verification, _is(NEWCOMER)),
    VisitStep("取授权链接", "ehc.ehealthcard.authurl", _authorisation, _authorise_url, "SM3", "Plain"),
    VisitStep("查授权，未确认", "ehc.ehealthcard.auth.query", _asked, lambda _, reply: reply["auth_status"] == "ing"),
    VisitStep("查授权，已确认", "ehc.ehealthcard.auth.query", _asked,
              lambda _, reply: reply["auth_status"] == "succ" and reply["user_name"] == NEWCOMER.user_name,
              before="approve", repeats=20),
    VisitStep("改个人信息", "ehc.ehealthcard.alterinfo",
              _alteration(mobile_phone=NEW_PHONE, address="示例市演示区新址2号"), _altered, "MD5", "SM4"),
    VisitStep("关联实体卡", "ehc.ehealthcard.alterlink",
              _alteration(from_card_type="", from_card_no="", to_card_type=NEW_CARD[0], to_card_no=NEW_CARD[1]),
              _altered),
    VisitStep("查询，卡已关联", "ehc.ehealthcard.regquery",
              lambda _: {"id_type": NEWCOMER.id_type, "id_no": NEWCOMER.id_no}, _has_new_card),
    VisitStep("验码，手机号已改", VERIFY, _verification,
              lambda _, reply: reply["mobile_phone"] == NEW_PHONE, "SM3", "AES"),
    VisitStep("第二人注册", REGISTER, _registration(SECOND), _registered(SECOND, "1"), "SM3", "DES"),
    VisitStep("消息推送", "ehc.ehealthcard.push", _closing, _same_card),
    VisitStep("注销卡", "ehc.ehealthcard.close", _closing, _same_card),
    VisitStep("验已注销的卡", VERIFY, _verification, lambda *_: True, code="2002"),
    VisitStep("文档B的注册字段", QUERYWITHREG, _registration(THIRD, "out_trade"), _registered(THIRD, "1"),
              "MD5", "Plain"),
]  # fmt: skip


def in_data(step: VisitStep, visit: DemoVisit) -> str:
    """The step's InData, as a HIS writes it (document A 3.2)."""
    return json.dumps(
        {
            "app_id": DEMO.app_id,
            "biz_content": step.biz(visit),
            "enc_type": step.enc_type,
            "key": DEMO.key,
            "method": step.method,
            "sign": "",
            "sign_type": step.sign_type,
            "term_id": DEMO.term_id,
            "timestamp": visit.now,
            "version": "X.M.0.1",
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
