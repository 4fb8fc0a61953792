"""The pages beside the flows: places, diagram, statistics, settings, archive; keys alone; foreign requests."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.browser import overflow, shot
from tests.deadlines import PATIENCE
from tests.pages.kiosk.conftest import begin, move, opened, polled, scan, to_ways, type_code
from tests.sandbox.conftest import in_clear
from vcchk.kiosk.places import PLACES


@pytest.mark.parametrize("phone", [False, True])
def test_places(open_page, bench, phone):
    page = open_page(bench.url, phone=phone)
    assert page.locator(".tile").count() == len(PLACES)
    shot(page, f"kiosk-places{'-phone' if phone else ''}")
    assert overflow(page) == 0
    for key in PLACES:
        page.goto(bench.at(key))
        assert overflow(page) == 0
        if key in ("till", "kiosk"):
            shot(page, f"kiosk-at-{key}{'-phone' if phone else ''}")
            assert page.locator(".tile").first.get_attribute("id") == "register"


def test_every_page_on_a_phone(open_page, bench):
    page = open_page(phone=True)

    def looked_at(name: str, wanted: str) -> None:
        expect(page.locator(wanted).first).to_be_visible()
        assert overflow(page) == 0, name
        shot(page, f"kiosk-phone-{name}")

    begin(page, bench, "kiosk", "register")
    looked_at("readers", "#social-4")
    page.click("#id-4")
    looked_at("form", "#mobile_phone")
    page.fill("#mobile_phone", "13900001234")
    page.click("#send")
    looked_at("patient", "#success")
    page.click("#diagram")
    looked_at("diagram", "svg[aria-label=时序图]")
    for name, wanted in (("archive", "td"), ("statistics", "h2"), ("settings", "#save")):
        page.goto(bench.url + name)
        looked_at(name, wanted)
    begin(page, bench, "doctor", "register")
    looked_at("refused", "#notice")
    begin(page, bench, "pharmacy")
    looked_at("card", "#ehealth")
    page.click("#chip")
    page.click("#social-3")
    looked_at("none", "#notice")
    to_ways(page, bench, "pharmacy")
    looked_at("ways", "#authorise")
    page.click("#scan")
    looked_at("scan", "#code")
    bench.control("faults", kind="code", value="8005")
    begin(page, bench, "kiosk", "register")
    page.click("#id-0")
    looked_at("failed", "#notice")
    to_ways(page, bench, "kiosk")
    page.click("#authorise")
    looked_at("authorise", "#qr svg")


def test_targets_are_big_enough_for_fingers(page, bench):
    to_ways(page, bench, "kiosk")
    for target in page.locator("main button, .actions .button").all():
        box = target.bounding_box()
        assert box["height"] >= 56
        assert box["width"] >= 80


def test_by_keys_alone(page, bench):
    page.goto(bench.url)
    for choice in ("自助机", "挂号", "电子健康卡", "被扫"):
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText || ''").strip().startswith(choice):
                break
        else:
            pytest.fail(f"Tab does not lead to {choice}")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        with page.expect_navigation():
            page.keyboard.press("Enter")
    type_code(page, bench.code())
    expect(page.locator("#success")).to_be_visible()


def test_the_diagram_is_of_what_happened(page, bench):
    scan(page, bench, "doctor", "nonsense")
    expect(page.locator("#notice")).to_be_visible()
    type_code(page, bench.code())
    page.click("#diagram")
    picture = page.locator("svg[aria-label=时序图]")
    texts = picture.locator("text").all_text_contents()
    assert texts[:6] == ["患者", "终端 / HIS", "院内档案", "读卡 / 扫码 / 屏", "VirtualCardChk", "平台"]
    joined = "\n".join(texts)
    assert joined.count("VirtualCardTrans ehc.ehealthcode.verify") == 2
    assert (
        len(re.findall(r"^(?:0000，[0-9.]+|2002，[0-9]+\.[0-9]+) ms$", joined, re.MULTILINE)) == 2
    )  # the platform's own lines
    assert re.search(r"^2002，\d+ ms$", joined, re.MULTILINE)
    assert re.search(r"^00，\d+ ms$", joined, re.MULTILINE)
    assert "已自动建档" in joined
    assert in_clear(page.content()) == []
    assert bench.code().split(":")[0] not in page.content()
    shot(page, "kiosk-diagram")
    page.click("summary")
    assert page.locator(".steps li").count() == len(page.locator("svg polygon").all())
    assert overflow(page) == 0


def test_the_diagram_of_an_authorisation(page, bench):
    opened(page, bench, "till")
    for _ in range(3):
        polled(page)
    serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
    bench.control("approve", out_authorize_no=serial)
    move(page, page.locator("#success").is_visible, 3000)
    with page.expect_navigation(url="**/patient"):
        page.clock.run_for(1500)
    page.click("#diagram")
    joined = "\n".join(page.locator("svg[aria-label=时序图] text").all_text_contents())
    asked = len(bench.control("traffic", method="ehc.ehealthcard.auth.query")["calls"])
    assert asked >= 4
    assert f"ehc.ehealthcard.auth.query（{asked - 1} 次）" in joined  # all but the last said "ing"
    assert "auth_status = succ" in joined
    assert "Set_QRflow_Mode(1)" in joined
    assert "Set_QRflow_Mode(0)" in joined
    assert "扫码并确认授权" in joined
    shot(page, "kiosk-diagram-authorise")
    assert overflow(page) == 0


def test_settings(page, bench):
    page.goto(bench.url + "settings")
    shot(page, "kiosk-settings")
    assert overflow(page) == 0
    page.get_by_label("多码融合码（").check()
    page.click("#save")
    expect(page.locator("#saved")).to_be_visible()
    page.goto(bench.at("kiosk"))
    expect(page.locator("#register")).to_contain_text("领取多码融合码")
    page.goto(bench.url + "settings")
    page.fill("#ec_url", "没有")
    page.click("#save")
    expect(page.locator("#notice")).to_contain_text("http://")


def test_the_archive_is_masked(page, bench):
    scan(page, bench, "doctor", bench.code())
    page.goto(bench.url + "archive")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert in_clear(page.content()) == []
    shot(page, "kiosk-archive")


def test_statistics_by_operator_treatment_and_office(page, bench):
    scan(page, bench, "doctor", bench.code())
    scan(page, bench, "pharmacy", bench.code(1))
    scan(page, bench, "pharmacy", bench.code(1, seconds=60))
    expect(page.locator("#success")).to_be_visible()
    page.goto(bench.url + "statistics")
    text = page.inner_text("main")
    expected = {("按操作员", "YF001"): 2, ("按诊疗环节", "010103 取药"): 2, ("按科室", "5403 西成药房"): 2,
                ("按操作员", "YS001"): 1, ("按科室", "0300 内科"): 1}  # fmt: skip
    for (title, name), uses in expected.items():
        assert title in text
        assert re.search(rf"{name}\s+{uses} 次", text)
    shot(page, "kiosk-statistics")
    assert overflow(page) == 0


def test_wrong_addresses_and_steps(page, bench, page_faults):
    page_faults.expected = ("404", "400")
    page.goto(bench.url + "visits/none/card")
    expect(page.locator("h1")).to_contain_text("没有这个页面")
    assert requests.post(bench.at("kiosk"), data={"function": "99"}, timeout=PATIENCE).status_code == 400
    assert requests.post(bench.at("kiosk"), data={}, timeout=PATIENCE).status_code == 400
    assert requests.get(bench.at("nowhere"), timeout=PATIENCE).status_code == 404


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_foreign_requests_are_refused(bench, headers):
    answer = requests.post(bench.at("kiosk"), data={"function": "0"}, headers=headers, timeout=PATIENCE)
    assert answer.status_code == (421 if "Host" in headers else 403)
