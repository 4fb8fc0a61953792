"""Every branch of document B 4.2's verify as a row: what was scanned, what both services say, what the HIS gets.

`play` carries a row out over real HTTP and returns a transcript, which tests/insurance/transcripts keeps.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.insurance.people import CITIZEN, HEALTH_CODE, HOLDER, REQUEST, VOUCHER, success
from tests.insurance.service import DROP, PLATFORM_PATH, QUERY_PATH, Service
from vcchk.base.errors import VcchkError
from vcchk.base.result import Result
from vcchk.insurance import multicode
from vcchk.network.deadline import Deadline
from vcchk.network.fault import for_verify
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import Settings

NOT_ASKED = "(not asked)"


class Branch(NamedTuple):
    """``platform`` and ``ec``: the services' answers, NOT_ASKED where the branch must not reach them."""

    title: str
    code: str
    platform: object
    ec: object
    returns: str
    voucher: str = ""
    request: dict[str, Any] = {}


def ok(**biz: object) -> dict[str, object]:
    """The platform's success around ``biz``."""
    return {"ret_code": "0000", "ret_msg": "操作成功", "biz_content": biz}


def no(code: str, message: str) -> dict[str, object]:
    """The platform's refusal."""
    return {"ret_code": code, "ret_msg": message, "biz_content": {}}


WITH_TOKEN = {**CITIZEN, "card_type": "A2", "card_no": "", "ecToken": "PT01", "insuOrg": "350200", "EcQrCode": VOUCHER}
ONLY = {"IsMultiCode": "0"}

BRANCHES: dict[str, Branch] = {
    "health_code": Branch("a health code, fusion platform: the platform's answer as it is", HEALTH_CODE,
                          ok(**CITIZEN), NOT_ASKED, "00"),
    "health_code_refused": Branch("a health code that the platform refuses: the platform is responsible", HEALTH_CODE,
                                  no("2001", "二维码已过期"), NOT_ASKED, "2001"),
    "health_code_no_answer": Branch("a health code, the platform breaks off: the platform is responsible", HEALTH_CODE,
                                    DROP, NOT_ASKED, "8001"),
    "voucher_platform_answers": Branch("a voucher that the platform answers with an ecToken: ECUrl is not asked",
                                       VOUCHER, ok(**WITH_TOKEN), NOT_ASKED, "00", VOUCHER),
    "voucher_without_token": Branch("a voucher, the platform knows the person but gives no ecToken: ECUrl adds it",
                                    VOUCHER, ok(**CITIZEN), success(HOLDER), "00", VOUCHER),
    "voucher_refused_by_platform": Branch("a voucher that the platform refuses: ECUrl answers alone", VOUCHER,
                                          no("2002", "二维码不合法"), success(json.dumps(HOLDER)), "00", VOUCHER),
    "voucher_platform_silent": Branch("a voucher, the platform breaks off: ECUrl answers alone", VOUCHER,
                                      DROP, success(HOLDER), "00", VOUCHER),
    "both_fail": Branch("a voucher that both refuse: ECUrl is responsible", VOUCHER,
                        no("2002", "二维码不合法"), {"code": -103, "message": "凭证码已过期"}, "9998"),
    "both_silent": Branch("a voucher, both break off: ECUrl is responsible, the code may be used up", VOUCHER,
                          DROP, DROP, "8001"),
    "token_missing_and_service_fails": Branch("a voucher without ecToken anywhere: no success without what settles it",
                                              VOUCHER, ok(**CITIZEN), {"code": -2, "message": "超时"}, "9998"),
    "different_people": Branch("a voucher for which the two services name different people", VOUCHER,
                               ok(**{**CITIZEN, "id_no": "350200198505050000"}), success(HOLDER), "9998"),
    "voucher_without_ecurl": Branch("a voucher in a request without ECUrl: the platform's answer stands", VOUCHER,
                                    ok(**CITIZEN), NOT_ASKED, "00", VOUCHER, {"ECUrl": None}),
    "other_text": Branch("neither a health code nor a voucher (a card number): the platform decides", "D000001",
                         no("2002", "二维码不合法"), NOT_ASKED, "2002"),
    "nothing_scanned": Branch("no code at all: the service reads its own scanner, the platform is not asked", "",
                              NOT_ASKED, success(HOLDER), "00", VOUCHER),
    "nothing_scanned_cancelled": Branch("no code at all, and nobody shows one to the service", "", NOT_ASKED,
                                        {"code": -2, "message": "用户取消"}, "9998"),
    "nothing_scanned_no_ecurl": Branch("no code at all and no ECUrl: the platform decides", "",
                                       no("9001", "请求参数有误"), NOT_ASKED, "9001", "", {"ECUrl": None}),
    "only_voucher": Branch("IsMultiCode 0, a voucher: ECUrl alone", VOUCHER, NOT_ASKED, success(HOLDER), "00", VOUCHER,
                           ONLY),
    "only_voucher_other_text": Branch("IsMultiCode 0, another text without a colon: ECUrl decides", "622900000000",
                                      NOT_ASKED, {"code": -1, "message": "码不合法"}, "9998", "", ONLY),
    "only_voucher_no_text": Branch("IsMultiCode 0 without a scanned text: the service reads its own scanner", "",
                                   NOT_ASKED, success(HOLDER), "00", VOUCHER, ONLY),
    "only_voucher_health_code": Branch("IsMultiCode 0, a text with a colon cannot be a voucher", HEALTH_CODE,
                                       NOT_ASKED, NOT_ASKED, "2002", "", ONLY),
    "only_voucher_no_answer": Branch("IsMultiCode 0, ECUrl breaks off: in doubt, never sent twice", VOUCHER,
                                     NOT_ASKED, DROP, "8001", "", ONLY),
    "only_voucher_empty_reply": Branch("IsMultiCode 0, ECUrl answers nothing", VOUCHER, NOT_ASKED, b"", "9004", "",
                                       ONLY),
    "only_voucher_no_ecurl": Branch("IsMultiCode 0 without ECUrl: the request goes to the platform as it is", VOUCHER,
                                    ok(**CITIZEN), NOT_ASKED, "00", VOUCHER, {**ONLY, "ECUrl": None}),
}  # fmt: skip


def biz_of(branch: Branch, service: Service) -> dict[str, Any]:
    """InData's business fields of a branch."""
    biz = {**REQUEST, "ECUrl": service.query_url, "ehealth_code": branch.code, **branch.request}
    return {name: value for name, value in biz.items() if value is not None}


class Played(NamedTuple):
    """How a branch ended: ``code`` and ``text`` for the HIS."""

    code: str
    text: str
    voucher: str
    transcript: str


def _shown(said: object) -> str:
    """A field a line, indented."""
    if said is DROP:
        return "    (the connection ends without a byte)"
    if said == b"":
        return "    (an empty reply)"
    value = json.loads(said) if isinstance(said, bytes) else said
    return "\n".join("    " + line for line in json.dumps(value, ensure_ascii=False, indent=2).split("\n"))


def play(branch: Branch, service: Service, gateway: Gateway, settings: Settings, log: Log) -> Played:
    """Carry a branch out and return how it ended, with a transcript that names no port."""
    service.answers[PLATFORM_PATH] = branch.platform
    service.answers[QUERY_PATH] = branch.ec
    biz = biz_of(branch, service)
    deadline = Deadline(5)

    def platform() -> Result:
        # The platform's wire has tests of its own; this is the plainest envelope that the call can have.
        body = json.dumps({"method": "ehc.ehealthcode.verify", "biz_content": biz}, ensure_ascii=False).encode()
        reply = gateway.post(
            service.platform_url, body, "application/json; charset=UTF-8", writing=True, deadline=deadline
        )
        said = json.loads(reply.body)
        code = "00" if said["ret_code"] == "0000" else said["ret_code"]
        text = json.dumps(said["biz_content"], ensure_ascii=False, separators=(",", ":"))
        return Result(code=code, message=said["ret_msg"], text=text)

    lines = [f"# {branch.title}", "", "HIS: verify", _shown(biz)]
    voucher = ""
    try:
        verified = multicode.verify(biz, platform, gateway=gateway, settings=settings, deadline=deadline, log=log)
        code, voucher = verified.code, verified.voucher
        text = verified.text if code == "00" else f"{verified.message}[{code}]"
    except VcchkError as error:
        code, text = error.code, f"{for_verify(error.message)}[{error.code}]"
    for name, path, answer in (("platform", PLATFORM_PATH, branch.platform), ("ECUrl", QUERY_PATH, branch.ec)):
        bodies = service.bodies(path)
        lines.append("")
        if not bodies:
            lines.append(f"{name}: not asked")
            continue
        for body in bodies:
            lines += [f"{name}: asked", _shown(body), f"{name}: answers", _shown(answer)]
    lines += ["", f'HIS: gets "{code}"', "    " + text, ""]
    lines += [f"SetEcQrcode: {'would fill ' + voucher if voucher else 'has no code'}", ""]
    return Played(code, text, voucher, "\n".join(lines).replace(service.root[7:], "127.0.0.1"))
