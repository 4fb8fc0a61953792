"""Several readings in one visit: nothing of an earlier patient ever stands beside a later one."""

from __future__ import annotations

import re
import time

import pytest
import requests

from tests.deadlines import PATIENCE
from tests.kiosk.process import hospital, terminal
from tests.sandbox.conftest import Control
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox

WITH_CHIP, OTHER, THIRD = DEMO.people[0], DEMO.people[1], DEMO.people[2]


class Clerk:
    """Somebody at a place of the terminal, without scripts."""

    def __init__(self, url, control):
        self.url, self.control = url, control

    def begins(self, place="till", function="0"):
        """Begin a visit; returns its address."""
        answer = requests.post(f"{self.url}at/{place}", data={"function": function}, timeout=60)
        return answer.url.rsplit("/", 1)[0]

    def posts(self, address, **data):
        """Send a form and go where it leads."""
        page = requests.post(address, data=data, timeout=60)
        while page.url.endswith("/busy"):
            page = requests.get(page.url, timeout=60)
        return page

    def code(self, person, **more):
        return self.control("code", id_no=person.id_no, **more)["code"]


@pytest.fixture
def clerk(tmp_path):
    library = hospital(tmp_path / "his")
    with Server(Sandbox()) as server, terminal(library, "--url", server.gateway_url) as url:
        yield Clerk(url, Control(server.base_url))


def facts(page):
    """Return what the page's lists say."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", page.text))


def test_a_chip_card_after_somebody_elses_code(clerk):
    clerk.posts(clerk.begins() + "/scan/code", code=clerk.code(WITH_CHIP))
    visit = clerk.begins()
    other = facts(clerk.posts(visit + "/scan/code", code=clerk.code(OTHER)))
    assert (other["档案号"], other["姓名"]) == ("P000002", f"{OTHER.user_name[0]}*")
    chip = facts(clerk.posts(visit + "/chip", reader="social", person="0"))
    assert (chip["档案号"], chip["姓名"]) == ("P000001", f"{WITH_CHIP.user_name[0]}*")


def test_a_refused_code_leaves_nobody(clerk):
    visit = clerk.begins()
    assert "验证成功" in clerk.posts(visit + "/scan/code", code=clerk.code(OTHER)).text
    assert "[2002]" in clerk.posts(visit + "/scan/code", code="nonsense").text
    page = requests.get(visit + "/patient", timeout=60)
    assert page.url.endswith("/card")
    assert "档案号" not in clerk.posts(visit + "/print").text


def test_an_archive_that_must_not_be_used_leaves_nobody(clerk):
    first = clerk.begins()
    clerk.posts(first + "/scan/code", code=clerk.code(WITH_CHIP))
    clerk.control("link", id_no=THIRD.id_no, card_type="01", card_no=WITH_CHIP.cards[0][1])
    assert "是另一个人的档案" in clerk.posts(first + "/scan/code", code=clerk.code(THIRD)).text
    assert "档案号" not in facts(requests.get(first + "/patient", timeout=60))


def test_who_declined_an_archive_is_not_the_next(clerk):
    visit = clerk.begins("pharmacy")
    clerk.posts(visit + "/scan/code", code=clerk.code(WITH_CHIP))
    assert "没有建档：" in clerk.posts(visit + "/patient", choice="decline").text
    page = clerk.posts(visit + "/scan/code", code=clerk.code(OTHER))
    assert "请提示用户建档" in page.text
    assert "没有建档：" not in page.text


def test_a_cancelled_authorisation_lets_nobody_in(clerk):
    visit = clerk.begins()
    clerk.posts(visit + "/authorise")
    assert clerk.posts(visit + "/authorise/leave").url.endswith("/ways")
    (row,) = clerk.control("authorisations", clear=True)["authorisations"]
    clerk.control("approve", out_authorize_no=row["out_authorize_no"])
    answer = requests.get(visit + "/authorise/status", timeout=60).json()
    assert (answer["status"], answer["next"]) == ("fail", visit.replace(clerk.url.rstrip("/"), "") + "/ways")
    assert requests.get(visit + "/patient", timeout=60).url.endswith("/card")


def test_only_the_last_voucher_is_filled_in(clerk):
    clerk.posts(clerk.url + "settings", name="多码融合码", source="wedge")
    visit = clerk.begins()
    page = clerk.posts(visit + "/scan/code", code=clerk.control("voucher", id_no=OTHER.id_no)["code"])
    assert "没有关联" in page.text
    assert facts(page)["参保地区"] == "厦门市（350200）"
    elsewhere = clerk.posts(clerk.begins() + "/scan/code", code=clerk.control("voucher", id_no=THIRD.id_no)["code"])
    assert facts(elsewhere)["参保地区"] == THIRD.insu_org == "350299"
    clerk.posts(clerk.begins() + "/scan/code", code=clerk.control("voucher", id_no=WITH_CHIP.id_no)["code"])
    assert "码没有填入：之后又扫过别的码" in clerk.posts(visit + "/fill").text


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "", "٣", "99"])
def test_a_button_that_is_not_there(clerk, number):
    assert requests.post(f"{clerk.url}at/till", data={"function": number}, timeout=60).status_code == 400
    visit = clerk.begins(function="register")
    answer = requests.post(visit + "/register", data={"reader": "id", "person": number}, timeout=60)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "value", "sentence"), [("code", "9998", "没有办成"), ("drop", "after", "不知道有没有办成")]
)
def test_a_registration_that_may_have_been_done_is_not_called_undone(clerk, kind, value, sentence):
    visit = clerk.begins("till", "register")
    clerk.posts(visit + "/register", reader="id", person="4")
    clerk.control.fault(kind, value)
    page = clerk.posts(visit + "/register/form", mobile_phone="13900000005")
    assert f"<h1>{sentence}</h1>" in page.text
    again = clerk.posts(visit + "/register", reader="id", person="4")
    assert again.url.rsplit("/", 1)[1] == ("patient" if kind == "drop" else "form")


def test_the_library_shall_read_and_has_no_scanner(clerk):
    clerk.posts(clerk.url + "settings", source="scanner")
    visit = clerk.begins()
    page = clerk.posts(visit + "/scan")
    until = time.monotonic() + PATIENCE
    while "正在等待扫码" in page.text:
        assert time.monotonic() < until
        page = requests.get(visit + "/scan", timeout=60)
    assert "[9001]。由动态库读码时" in page.text
