"""被扫 everywhere: by a wedge's keys, by the library's own scanner; expired, refused, cancelled; the voucher."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import overflow, shot
from tests.deadlines import PATIENCE
from tests.pages.kiosk.conftest import begin, scan, to_ways, type_code, values
from tests.sandbox.conftest import in_clear
from vcchk.sandbox.seed import DEMO

VERIFY = "ehc.ehealthcode.verify"
EVERYWHERE = ["till", "window", "kiosk", "doctor", "pharmacy", "laboratory", "ward"]
OPTIONAL = ["pharmacy", "laboratory", "ward"]


def verified(bench):
    """Return the one verify that the platform saw."""
    calls = bench.control("traffic", method=VERIFY)["calls"]
    assert len(calls) == 1
    return calls[0]


def test_the_card_menu_has_the_health_card_first(page, bench):
    begin(page, bench, "kiosk")
    assert page.locator(".tile").all_inner_texts()[0].startswith("电子健康卡")
    assert page.locator(".tile").all_inner_texts()[1].startswith("芯片卡")
    shot(page, "kiosk-card-menu")
    assert overflow(page) == 0
    page.click("#ehealth")
    ways = page.locator(".tile").all_inner_texts()
    assert [label.split("\n")[0].strip() for label in ways] == ["主扫", "被扫"]
    shot(page, "kiosk-ways")
    bench.choose(name="多码融合码")
    begin(page, bench, "kiosk")
    assert page.locator(".tile").all_inner_texts()[0].startswith("多码融合码")


@pytest.mark.parametrize("place", EVERYWHERE)
def test_a_wedge_types_the_code(page, bench, place):
    scan(page, bench, place, bench.code(seconds=60))
    expect(page.locator("#success")).to_have_text("✓ 验证成功")
    shot(page, "kiosk-scanned")
    assert overflow(page) == 0
    assert in_clear(page.inner_text("body")) == []
    call = verified(bench)
    assert (call["ret_code"], call["signature"], call["findings"]) == ("0000", "held", [])
    count = bench.archive("SELECT count(*) FROM patients")[0][0]
    if place in OPTIONAL:
        expect(page.locator("#ask")).to_contain_text("提示用户建档")
        assert count == 0
    else:
        expect(page.locator("#by")).to_contain_text("已自动建档")
        assert count == 1


@pytest.mark.parametrize("place", ["till", "kiosk", "pharmacy"])
def test_the_library_reads_its_own_scanner(page, bench, place):
    bench.choose(name="多码融合码", source="scanner")
    bench.devices.presented_code = bench.code(1, seconds=60).encode()
    to_ways(page, bench, place)
    page.click("#scan")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")
    call = verified(bench)
    assert call["ret_code"] == "0000"
    assert '"IsMultiCode"' in call["request"]


def test_waiting_for_a_scan_is_cancelled(page, bench):
    bench.choose(source="scanner")
    to_ways(page, bench, "kiosk")
    page.click("#scan")
    expect(page.locator("#say")).to_contain_text("正在等待扫码")
    assert bench.devices.triggers.acquire(timeout=PATIENCE)
    shot(page, "kiosk-scan-waiting")
    page.click("#cancel")
    expect(page.locator("#authorise")).to_be_visible()
    assert page.locator("#notice").count() == 0
    assert bench.control("traffic")["calls"] == []
    bench.devices.presented_code = bench.code().encode()  # the next patient's scan is not disturbed
    page.click("#scan")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")


def test_a_scan_that_somebody_walked_away_from_does_not_hold_the_scanner(page, bench):
    bench.choose(source="scanner")
    to_ways(page, bench, "kiosk")
    page.click("#scan")
    expect(page.locator("#say")).to_be_visible()
    bench.devices.presented_code = None
    page.goto(bench.at("doctor"))
    page.click("#f0")
    page.click("#ehealth")
    assert bench.devices.triggers.acquire(timeout=PATIENCE)
    bench.devices.presented_code = bench.code().encode()
    page.click("#scan")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")


@pytest.mark.parametrize("source", ["wedge", "scanner"])
def test_an_expired_code_goes_back_a_page(page, bench, source):
    bench.choose(source=source)
    code = bench.code(seconds=30)
    bench.control("clock", advance=31)
    if source == "wedge":
        scan(page, bench, "kiosk", code)
    else:
        bench.devices.presented_code = code.encode()
        to_ways(page, bench, "kiosk")
        page.click("#scan")
    expect(page.locator("#notice")).to_contain_text("已过期[2001]")
    assert page.url.endswith("/ways")
    expect(page.locator("#scan")).to_be_visible()
    shot(page, "kiosk-scan-expired")


@pytest.mark.parametrize(("source", "place"), [("wedge", "kiosk"), ("scanner", "doctor")])
def test_another_refusal_stays_with_its_code(page, bench, source, place):
    bench.choose(source=source)
    if source == "wedge":
        scan(page, bench, place, "nonsense")
    else:
        bench.devices.presented_code = b"nonsense"
        to_ways(page, bench, place)
        page.click("#scan")
    expect(page.locator("#notice")).to_contain_text("[2002]")
    assert page.url.endswith("/scan")
    shot(page, "kiosk-scan-refused")
    if source == "wedge":
        type_code(page, bench.code())
    else:
        bench.devices.presented_code = bench.code().encode()
        page.click("#again")
    expect(page.locator("#success")).to_be_visible()


def test_nothing_typed_is_reported(page, bench):
    scan(page, bench, "till", " ")
    expect(page.locator("#notice")).to_contain_text("没有读到二维码")
    assert bench.control("traffic")["calls"] == []


# --- the archive ---


def test_found_by_ehealth_card_id_the_second_time(page, bench):
    scan(page, bench, "doctor", bench.code())
    number = values(page)["档案号"]
    scan(page, bench, "pharmacy", bench.code(seconds=60))
    expect(page.locator("#by")).to_contain_text("ehealth_card_id")
    assert values(page)["档案号"] == number


def test_found_by_the_number_of_a_bound_card_and_linked(page, bench):
    bench.archive("INSERT INTO patients (patient, id_type, id_no, user_name) VALUES (42, '01', ?, '旧')",
                  DEMO.people[0].id_no)  # fmt: skip
    bench.archive("INSERT INTO cards VALUES ('01', 'D6351280', 42)")
    scan(page, bench, "ward", bench.code())
    expect(page.locator("#by")).to_contain_text("按绑定的卡号找到")
    assert values(page)["档案号"] == "P000042"
    assert bench.archive("SELECT length(ehealth_card_id), length(mindex_id) FROM patients") == [(64, 64)]
    page.click("#diagram")
    shot(page, "kiosk-diagram-scanned")


def test_a_card_number_of_somebody_else_is_never_linked(page, bench):
    bench.archive("INSERT INTO patients (patient, id_type, id_no) VALUES (9, '01', '350299190001010019')")
    bench.archive("INSERT INTO cards VALUES ('01', 'D6351280', 9)")
    scan(page, bench, "till", bench.code())
    expect(page.locator("#notice")).to_contain_text("另一个人的档案（P000009）")
    assert bench.archive("SELECT count(*), max(ehealth_card_id) FROM patients") == [(1, None)]


@pytest.mark.parametrize(("setting", "number"), [("社保卡号", "D6351281"), ("社会保险号", DEMO.people[1].id_no)])
def test_the_number_in_use_is_the_hospitals_choice(page, bench, setting, number):
    bench.choose(card_number=setting)
    scan(page, bench, "doctor", bench.code(1))
    expect(page.locator("#by")).to_contain_text("已自动建档")
    assert bench.archive("SELECT card_type, card_no FROM cards") == [("01", number)]


def test_creating_an_archive_is_optional(page, bench):
    scan(page, bench, "pharmacy", bench.code())
    page.click("#decline")
    expect(page.locator("#declined")).to_contain_text("到收费窗口或自助终端建档")
    assert bench.archive("SELECT count(*) FROM patients") == [(0,)]
    shot(page, "kiosk-archive-declined")
    scan(page, bench, "pharmacy", bench.code(seconds=60))
    shot(page, "kiosk-archive-optional")
    page.click("#create")
    expect(page.locator("#by")).to_contain_text("已自动建档")
    assert bench.archive("SELECT count(*) FROM patients") == [(1,)]


# --- the voucher ---


@pytest.mark.parametrize(("source", "by_service"), [("wedge", False), ("scanner", True)])
def test_a_voucher_shows_its_region_and_can_be_filled_in(page, bench, source, by_service):
    bench.choose(name="多码融合码", source=source)
    bench.control("options", verify_without_token=by_service)
    code = bench.control("voucher", id_no=DEMO.people[0].id_no)["code"]
    if source == "wedge":
        scan(page, bench, "till", code)
    else:
        bench.devices.presented_code = code.encode()
        to_ways(page, bench, "till")
        page.click("#scan")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")
    assert values(page)["卡类型"] == "医保电子凭证"
    assert "厦门市" in values(page)["参保地区"]
    page.click("#fill")
    expect(page.locator(".notice")).to_contain_text("码已填入医保软件")
    assert bench.devices.voucher.read_text() == code
    shot(page, "kiosk-voucher")
    page.click("#fill")
    expect(page.locator(".notice.bad")).to_contain_text("[7203]")
    page.click("#diagram")
    assert ("ec.query" in page.content()) is by_service


# --- the label ---


def test_a_label_is_printed(page, bench):
    scan(page, bench, "till", bench.code())
    before = len(bench.devices.printer.received)
    page.click("#print")
    expect(page.locator(".notice")).to_contain_text("标签已打印")
    assert b"BITMAP" in bench.devices.printer.received[before:]
    scan(page, bench, "doctor", bench.code(seconds=60))
    assert page.locator("#print").count() == 0


# --- the chip card ---


def test_a_chip_card_is_looked_up_in_the_archive(page, bench):
    begin(page, bench, "kiosk")
    page.click("#chip")
    shot(page, "kiosk-chip")
    page.click("#social-0")
    expect(page.locator("#notice")).to_contain_text("领取电子健康卡")
    shot(page, "kiosk-chip-none")
    page.click("#register")
    page.click("#social-0")
    expect(page.locator("#success")).to_have_text("✓ 已有电子健康卡")
    begin(page, bench, "ward")
    page.click("#chip")
    page.click("#social-0")
    expect(page.locator("#success")).to_have_text("✓ 读卡成功")
    begin(page, bench, "ward")
    page.click("#chip")
    page.click("#citizen-1")
    expect(page.locator("#notice")).to_contain_text("前往收费窗口或自助终端办理")
    page.get_by_role("link", name="返回", exact=True).click()
    page.click("#ehealth")
    assert page.locator("#notice").count() == 0
