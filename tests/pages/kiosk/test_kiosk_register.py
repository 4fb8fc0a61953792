"""领取 / 注册 at the till and the kiosk, without and with a card; the places that refuse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser import overflow, shot
from tests.pages.kiosk.conftest import begin, read, values
from tests.sandbox.conftest import in_clear
from vcchk.sandbox.seed import DEMO

NEWCOMER, KNOWN = 4, 0
QUERYWITHREG, REGQUERY = "ehc.ehealthcard.querywithreg", "ehc.ehealthcard.regquery"
REGISTER = "ehc.ehealthcard.register"


def sent(bench, method):
    """Return what the platform saw of a method: one call's business fields, masked."""
    calls = bench.control("traffic", method=method)["calls"]
    assert len(calls) == 1
    return calls[0]


@pytest.mark.parametrize(
    ("place", "reader", "mode", "apply_method"),
    [("till", "id", "01", "3"), ("till", "social", "02", "3"), ("kiosk", "id", "01", "2"),
     ("kiosk", "social", "02", "2"), ("kiosk", "citizen", "02", "2")],
)  # fmt: skip
def test_without_a_card(page, bench, place, reader, mode, apply_method):
    begin(page, bench, place, "register")
    shot(page, "kiosk-register-readers")
    assert overflow(page) == 0
    read(page, reader, NEWCOMER)
    expect(page.locator("h1")).to_contain_text("还没有电子健康卡")
    assert page.locator("#mobile_phone").evaluate("e => e === document.activeElement")
    page.keyboard.type("13900001234")
    shot(page, "kiosk-register-form")
    page.keyboard.press("Enter")
    expect(page.locator("#success")).to_have_text("✓ 电子健康卡注册成功")
    expect(page.locator("#by")).to_contain_text("已自动建档")
    assert page.locator("#qr svg").count() == 1
    shot(page, "kiosk-registered")
    assert overflow(page) == 0
    assert in_clear(page.inner_text("body")) == []
    call = sent(bench, REGISTER if reader != "id" else QUERYWITHREG)  # document A: card_list is register's
    assert (call["ret_code"], call["signature"]) == ("0000", "held")
    assert f'"certificate_mode":"{mode}","apply_method":"{apply_method}"' in call["request"].replace(" ", "")
    row = bench.archive("SELECT id_no, mobile_phone, length(ehealth_card_id), length(mindex_id) FROM patients")
    assert row == [(DEMO.people[NEWCOMER].id_no, "13900001234", 64, 64)]
    linked = bench.archive("SELECT card_type FROM cards")
    assert linked == {"id": [], "social": [("01",)], "citizen": [("04",)]}[reader]
    if reader != "id":
        assert '"card_list"' in call["request"]


def test_with_a_card_and_no_archive(page, bench):
    begin(page, bench, "kiosk", "register")
    read(page, "id", KNOWN)
    expect(page.locator("#success")).to_have_text("✓ 已有电子健康卡")
    expect(page.locator("#by")).to_contain_text("已自动建档")
    assert bench.control("traffic", method=QUERYWITHREG)["calls"] == []
    assert bench.archive("SELECT card_type, card_no FROM cards ORDER BY 1") == sorted(DEMO.people[KNOWN].cards)
    shot(page, "kiosk-register-known")


def test_with_a_card_and_an_archive_found_by_its_number(page, bench):
    bench.archive("INSERT INTO patients (patient, user_name) VALUES (7, '旧档案')")
    bench.archive("INSERT INTO cards VALUES ('01', 'D6351280', 7)")
    begin(page, bench, "till", "register")
    read(page, "social", KNOWN)
    expect(page.locator("#by")).to_contain_text("按绑定的卡号找到")
    assert values(page)["档案号"] == "P000007"
    assert bench.archive("SELECT patient, length(ehealth_card_id) FROM patients") == [(7, 64)]


@pytest.mark.parametrize("place", ["window", "doctor", "pharmacy", "laboratory", "ward"])
def test_other_places_refuse(page, bench, place):
    begin(page, bench, place, "register")
    expect(page.locator("#notice")).to_contain_text("前往收费窗口或自助终端办理")
    assert bench.control("traffic")["calls"] == []
    shot(page, "kiosk-register-refused")
    page.goto(page.url.replace("/refused", "/register"))
    expect(page.locator("h1")).to_have_text("不支持办理")


def test_a_telephone_that_is_none_is_reported(page, bench):
    begin(page, bench, "kiosk", "register")
    read(page, "id", NEWCOMER)
    page.fill("#mobile_phone", "没有手机")
    page.click("#send")
    expect(page.locator("#notice")).to_contain_text("请填写手机号码")
    assert bench.control("traffic", method=QUERYWITHREG)["calls"] == []


def test_document_b_has_its_own_fields(page, bench):
    bench.choose(name="多码融合码")
    begin(page, bench, "kiosk", "register")
    read(page, "social", NEWCOMER)
    page.fill("#mobile_phone", "13900001234")
    page.click("#send")
    expect(page.locator("#success")).to_have_text("✓ 多码融合码注册成功")
    assert '"out_trade_no"' in sent(bench, QUERYWITHREG)["request"]


@pytest.mark.parametrize("method", [REGQUERY, QUERYWITHREG])
def test_a_refusal_shows_code_and_sentence(page, bench, method):
    bench.control("faults", kind="code", value="8005", method=method)
    begin(page, bench, "till", "register")
    read(page, "id", NEWCOMER)
    if method == QUERYWITHREG:
        page.fill("#mobile_phone", "13900001234")
        page.click("#send")
    expect(page.locator("#notice")).to_have_text("数据库连接失败[8005]")
    assert bench.archive("SELECT count(*) FROM patients") == [(0,)]
    shot(page, "kiosk-failed")


def test_a_slow_platform_leaves_the_page_alive(page, bench):
    bench.control("faults", kind="delay", value=5, method=REGQUERY)
    held: list[Route] = []
    # Its page does not hear that the step is over before it has been looked at.
    page.route("**/status", lambda route: held.append(route))
    begin(page, bench, "kiosk", "register")
    read(page, "id", KNOWN)
    expect(page.locator("#say")).to_contain_text("正在查询")
    shot(page, "kiosk-busy")
    page.unroute("**/status")
    for route in held:
        route.continue_()
    expect(page.locator("#success")).to_have_text("✓ 已有电子健康卡")
