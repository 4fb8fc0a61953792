"""Document B whole, over the C boundary's Python side: a real sandbox, signed and encrypted, GBK in and out."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_request import demo_request
from tests.insurance.people import REQUEST
from vcchk.base.errors import DEVICE_CODES
from vcchk.boundary.abi import Boundary
from vcchk.records import log
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.settings import parse_settings
from vcchk.transaction.sequence import Transactions

BASE = "/localcfc/api/hsecfc/"
PERSON = DEMO.people[0]
SECRETS = (PERSON.id_no, PERSON.user_name, PERSON.mobile_phone, DEMO.key)


class Site:
    """One hospital: a platform, and a HIS with the DLL's Python side."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.serial = 0
        self.codes: list[str] = []
        self.reopen()

    def reopen(self, ini: str = "") -> None:
        """Begin a new process's boundary with these settings."""
        loaded = parse_settings(f"[log]\nfolder = {self.folder}\n[autofill]\nway = file\n{ini}")
        assert loaded.warnings == ()
        self.boundary = Boundary(Transactions(loaded, log.Log(loaded)))

    def control(self, order: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = requests.post(f"{self.server.base_url}/_sandbox/{order}", json=body, timeout=60).json()
        assert answer["ok"], answer
        return answer

    def voucher(self, **more: Any) -> str:
        code: str = self.control("voucher", id_no=PERSON.id_no, **more)["code"]
        self.codes.append(code)
        return code

    def in_data(self, biz: dict[str, Any], **envelope: Any) -> bytes:
        made = demo_request("ehc.ehealthcode.verify", biz) | envelope
        return json.dumps(made, ensure_ascii=False).encode("gbk")

    def call(self, in_data: bytes, url: str = "") -> tuple[str, str]:
        code, data = self.boundary.virtual_card_trans((url or self.server.gateway_url).encode(), in_data)
        return code, data.decode("gb18030")

    def verify(self, code: str, multi: str = "1", **more: Any) -> tuple[str, str]:
        self.serial += 1
        biz = {**REQUEST, "out_verify_no": f"V{self.serial}", "ECUrl": self.server.base_url + BASE + "localQrCodeQuery",
               "IsMultiCode": multi, **({"ehealth_code": code} if code else {}), **more}  # fmt: skip
        return self.call(self.in_data(biz))

    def nation(self, in_data: str, what: str = "localQrCodeQuery") -> tuple[str, str]:
        url = (self.server.base_url + BASE + what).encode()
        code, data = self.boundary.nation_ec_trans(url, in_data.encode("gbk"))
        return code, data.decode("gb18030")

    def asked(self) -> list[str]:
        """The methods that both services saw since the last reset."""
        return [call["method"] for call in self.control("traffic")["calls"]]

    def autofill(self) -> tuple[str, str]:
        """SetEcQrcode: the row's name ("" for success) and what stands in the file."""
        number, message = self.boundary.set_ec_qrcode()
        name = next((n for n, row in DEVICE_CODES.items() if row[0] == number and n != "absent"), "") if number else ""
        assert message.decode("gb18030") == (DEVICE_CODES[name][2] if name else "")
        file = self.folder / "ecqrcode.txt"
        return name, file.read_text("ascii") if file.exists() else ""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = tmp_path_factory.mktemp("sandbox") / "platform.db"
    with Server(Sandbox(str(database), write=lambda _line: None)) as running:
        yield running


@pytest.fixture
def site(server: Server, tmp_path: Path) -> Iterator[Site]:
    made = Site(server, tmp_path)
    made.control("reset")
    yield made
    made.boundary.transactions.set_ec_qrcode()
    for path in made.folder.rglob("*"):
        if path.is_file() and path.name != "ecqrcode.txt":
            text = path.read_bytes().decode("utf-8", "replace")
            found = [secret for secret in (*SECRETS, *made.codes) if secret in text]
            assert not found, f"{path.name} holds personal data or a voucher's code"


# --- one scan for every code


def test_a_health_code_is_the_platforms(site: Site) -> None:
    code = site.control("code", id_no=PERSON.id_no, seconds=60)["code"]
    returned, out = site.verify(code)
    assert returned == "00"
    answer = json.loads(out)
    assert (answer["user_name"], answer["card_no"]) == (PERSON.user_name, PERSON.cards[0][1])
    assert "ecToken" not in answer
    assert site.asked() == ["ehc.ehealthcode.verify"]
    assert site.autofill() == ("voucher_none", "")


def test_a_voucher_that_the_platform_answers(site: Site) -> None:
    code = site.voucher()
    returned, out = site.verify(code)
    answer = json.loads(out)
    assert returned == "00"
    assert answer["card_type"] == "A2"
    assert answer["EcQrCode"] == code
    assert answer["id_no"] == PERSON.id_no
    assert answer["ecToken"]
    assert site.asked() == ["ehc.ehealthcode.verify"]
    assert site.boundary.ehealth_id_print(None, b"1", b"n") == 9001  # another function's bad call takes no code away
    assert site.autofill() == ("", code)
    assert site.autofill()[0] == "voucher_used"


@pytest.mark.parametrize(
    ("charset", "data"), [("utf-8", "object"), ("utf-8", "text"), ("gbk", "object"), ("gbk", "text")]
)
def test_a_voucher_without_token_is_completed_by_ecurl(site: Site, charset: str, data: str) -> None:
    site.control("options", verify_without_token=True, voucher_charset=charset, voucher_data=data)
    code = site.voucher()
    returned, out = site.verify(code)
    answer = json.loads(out)
    assert returned == "00"
    assert {n: answer[n] for n in ("card_type", "EcQrCode", "insuOrg", "user_name", "id_no", "id_type")} == {
        "card_type": "A2", "EcQrCode": code, "insuOrg": "350200", "user_name": PERSON.user_name,
        "id_no": PERSON.id_no, "id_type": "01"}  # fmt: skip
    assert answer["ecToken"]
    assert ": " not in out
    assert ", " not in out
    assert site.asked() == ["ehc.ehealthcode.verify", "ec.query"]
    assert site.autofill() == ("", code)


def test_only_vouchers(site: Site) -> None:
    code = site.voucher()
    returned, out = site.verify(code, "0")
    assert returned == "00"
    assert json.loads(out)["EcQrCode"] == code
    assert site.asked() == ["ec.query"]
    assert site.autofill() == ("", code)


def test_only_vouchers_and_a_health_code(site: Site) -> None:
    code = site.control("code", id_no=PERSON.id_no)["code"]
    returned, out = site.verify(code, "0")
    assert returned == "2002"
    assert out.endswith("[2002]")
    assert "医保电子凭证" in out
    assert site.asked() == []


def test_without_a_code_the_service_reads_its_own_scanner(site: Site) -> None:
    code = site.voucher(present=True)
    returned, out = site.verify("", "0")
    assert returned == "00"
    assert json.loads(out)["EcQrCode"] == code
    assert site.autofill() == ("", code)


def test_nobody_shows_a_code(site: Site) -> None:
    returned, out = site.verify("", "0")
    assert (returned, "取消或超时" in out) == ("9998", True)


NO_SCANNER = "[scanner] 设置 driver"


def test_document_bs_verify_without_a_scanner_asks_the_services_own_reader_once(site: Site) -> None:
    code = site.voucher(present=True)
    returned, out = site.verify("", "1")
    assert returned == "00"
    assert json.loads(out)["EcQrCode"] == code
    assert site.asked() == ["ec.query"]


@pytest.mark.slow
def test_a_failed_verify_without_code_says_what_to_do(site: Site) -> None:
    for multi in ("0", "1"):
        returned, out = site.verify("", multi)
        assert (returned, NO_SCANNER in out, out.endswith("[9998]")) == ("9998", True, True)
    returned, out = site.verify("", "1", ECUrl="")
    assert returned == "9001"
    assert "缺少 ehealth_code" in out
    assert NO_SCANNER in out
    assert out.endswith("[9001]")
    assert NO_SCANNER in "".join(path.read_text("utf-8") for path in site.folder.rglob("*.log"))
    site.serial += 1
    biz = {**REQUEST, "out_verify_no": f"V{site.serial}", "IsMultiCode": "1"}
    returned, out = site.call(site.in_data(biz), "http://127.0.0.1:1/ehcService/gateway.do")
    assert (returned, NO_SCANNER in out) == ("8004", False)  # a scanner would not have helped


def test_a_scanner_that_may_not_scan_is_named(site: Site) -> None:
    site.reopen("[scanner]\ndriver = continuous\nport = /dev/null\nscan = never\n")
    returned, out = site.verify("", "1", ECUrl="")
    assert (returned, "[scanner] scan 设成了不读码" in out) == ("9001", True)


def test_a_code_is_good_once_and_both_say_so(site: Site) -> None:
    code = site.voucher()
    assert site.verify(code)[0] == "00"
    returned, out = site.verify(code)
    assert returned == "9998"
    assert "已被使用" in out
    assert out.endswith("[9998]")
    assert site.autofill()[0] == "voucher_none"


def test_an_expired_code(site: Site) -> None:
    code = site.voucher(seconds=1)
    site.control("clock", advance=2)
    returned, out = site.verify(code)
    assert (returned, "已过期" in out) == ("9998", True)


def test_the_platform_down_does_not_stop_a_voucher(site: Site) -> None:
    site.control("faults", kind="drop", value="before", method="ehc.ehealthcode.verify")
    code = site.voucher()
    returned, out = site.verify(code)
    assert returned == "00", out
    assert json.loads(out)["EcQrCode"] == code
    assert site.autofill() == ("", code)


def test_a_platform_that_used_the_code_up_and_fell_silent(site: Site) -> None:
    site.control("faults", kind="drop", value="after", method="ehc.ehealthcode.verify")
    returned, out = site.verify(site.voucher())
    assert returned == "9998"
    assert "已被使用，请刷新后重试" in out
    assert site.autofill() == ("voucher_none", "")


def test_an_empty_reply_of_the_service(site: Site) -> None:
    site.control("options", voucher_empty=True)
    returned, out = site.verify(site.voucher(), "0")
    assert (returned, "没有返回内容" in out) == ("9004", True)
    assert site.asked() == ["ec.query"]


def test_a_wrong_key_is_the_callers_fault_and_not_carried_to_ecurl(site: Site) -> None:
    returned, _ = site.call(site.in_data({"ehealth_code": site.voucher(), "ECUrl": "http://127.0.0.1:9/"}, key=""))
    assert returned == "9002"
    assert site.asked() == []


# --- the memory of SetEcQrcode

FAILING: dict[str, Callable[[Site], object]] = {
    "refused by both": lambda site: site.verify("0" * 28),
    "a health code": lambda site: site.verify(site.control("code", id_no=PERSON.id_no)["code"]),
    "2002": lambda site: site.verify("a:1", "0"),
    "no JSON": lambda site: site.call(b"{"),
    "no key": lambda site: site.call(site.in_data({"ehealth_code": "1"}, key="")),
    "no strUrl": lambda site: site.boundary.virtual_card_trans(b"", site.in_data({"ehealth_code": "1"})),
    "NULL InData": lambda site: site.boundary.virtual_card_trans(b"http://127.0.0.1", None),
    "document A's form": lambda site: site.call(site.in_data({"ehealth_code": "9F" * 32 + ":1", "out_verify_no": "A"})),
    "nobody listens": lambda site: site.call(site.in_data({"ehealth_code": "0" * 28}), "http://127.0.0.1:9/"),
    "another patient by NationEcTrans": lambda site: site.nation('{"transType":"ec.query"}'),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", FAILING)
def test_every_new_verify_forgets_whatever_becomes_of_it(site: Site, how: str) -> None:
    assert site.verify(site.voucher(), "0")[0] == "00"
    FAILING[how](site)
    assert site.autofill() == ("voucher_none", "")


def test_a_call_that_is_no_verify_keeps_the_code(site: Site) -> None:
    code = site.voucher()
    site.verify(code, "0")
    site.call(site.in_data({"id_type": "01", "id_no": PERSON.id_no}, method="ehc.ehealthcard.regquery"))
    assert site.autofill() == ("", code)


@pytest.mark.slow
def test_the_code_expires(site: Site) -> None:
    site.reopen("seconds = 1\n")
    site.verify(site.voucher(), "0")
    time.sleep(1.05)
    assert site.autofill() == ("voucher_expired", "")


def test_a_voucher_without_ecurl_leaves_its_code_too(site: Site) -> None:
    code = site.voucher()
    biz = {name: value for name, value in REQUEST.items() if name != "orgId"}
    returned, out = site.call(site.in_data({**biz, "ehealth_code": code}))
    assert returned == "00", out
    assert site.autofill() == ("", code)


# --- InData with transType


def query(**data: str) -> str:
    asked = {**data, "businessType": "01101", "officeName": "内科", "operatorName": "甲", "orgId": "35020319001"}
    return json.dumps({"data": asked, "orgId": "35020319001", "transType": "ec.query"}, ensure_ascii=False)


def test_nation_ec_trans(site: Site) -> None:
    code = site.voucher()
    returned, out = site.nation(query(ecQrCode=code))
    assert returned == "0000"
    answer = json.loads(out)
    assert (answer["code"], answer["data"]["userName"], answer["data"]["ecQrCode"]) == (0, PERSON.user_name, code)
    token = {"ecToken": answer["data"]["ecToken"], "idType": "01", "idNo": PERSON.id_no, "userName": PERSON.user_name}
    check = json.dumps({"data": token, "orgId": "1", "transType": "ec.check"}, ensure_ascii=False)
    flags = [json.loads(site.nation(check, "localEcTokenCheck")[1])["data"]["flag"] for _ in range(2)]
    assert flags == [1, 0], "a token is good once"


def test_nation_ec_trans_refused_hands_the_reply_on(site: Site) -> None:
    returned, out = site.nation(query())
    assert returned == "9998"
    assert json.loads(out)["code"] == -2


def test_virtual_card_trans_with_trans_type(site: Site) -> None:
    url = site.server.base_url + BASE + "localQrCodeQuery"
    returned, out = site.call(query(ecQrCode=site.voucher()).encode("gbk"), url)
    assert returned == "00"
    assert json.loads(out)["data"]["userName"] == PERSON.user_name
    returned, out = site.call(query().encode("gbk"), url)
    assert returned == "9998"
    assert out.endswith("[9998]")
    assert "取消或超时" in out


# --- the code read from the scanner


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pty")
@pytest.mark.parametrize("multi", ["0", "1"])
def test_the_code_comes_from_the_scanner(site: Site, multi: str) -> None:
    master, slave = os.openpty()
    try:
        site.reopen(f"[scanner]\ndriver = continuous\nport = {os.ttyname(slave)}\nseconds = 60\n")
        code = site.voucher()

        def show() -> None:
            time.sleep(0.6)
            os.write(master, code.encode() + b"\r\n")

        thread = threading.Thread(target=show)
        thread.start()
        returned, out = site.verify("", multi)
        thread.join()
        assert returned == "00", out
        assert json.loads(out)["EcQrCode"] == code
        assert site.autofill() == ("", code)
    finally:
        os.close(master)
        os.close(slave)
