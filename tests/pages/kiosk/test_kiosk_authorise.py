"""主扫: the countdown, the phone beside it, success within three seconds, refusal and silence, the extension screen."""

from __future__ import annotations

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import overflow, shot
from tests.deadlines import until
from tests.pages.kiosk.conftest import Bench, move, opened, polled, to_ways, values
from tests.sandbox.conftest import in_clear
from vcchk.sandbox.seed import DEMO

PLACES = ["till", "kiosk", "doctor", "ward"]
"""One of each kind: with and without an extension screen, an archive created or offered."""
WITH_SCREEN = [place for place in PLACES if place != "kiosk"]
ALLOWED_MS = 3000
"""2.2: 自助机在3秒之内显示授权成功."""


def left(page: Page) -> int:
    return int(page.inner_text("#countdown"))


def screen_until(bench: Bench, is_shown: bool) -> None:
    """Wait for the extension screen's worker."""
    until(lambda: bench.devices.screen.exists() is is_shown, "the extension screen")


@pytest.mark.parametrize("place", PLACES)
def test_approved_on_the_phone(page, bench, open_page, place):
    url = opened(page, bench, place)
    assert 57 <= left(page) <= 60
    box, panel = page.locator(".countdown").bounding_box(), page.locator(".panel").bounding_box()
    assert box["x"] + box["width"] > panel["x"] + panel["width"] - 40
    assert box["y"] < panel["y"] + 40
    shot(page, f"kiosk-authorise-{place}")
    assert overflow(page) == 0
    before = left(page)
    moved = polled(page) + polled(page)
    assert abs(before - left(page) - moved / 1000) <= 1

    phone = open_page(url, phone=True)
    phone.select_option("#card", index=0)
    phone.click("#approve")
    expect(phone.locator("#status")).to_have_attribute("data-status", "succ")

    moved = move(page, page.locator("#success").is_visible, ALLOWED_MS)
    expect(page.locator("#success")).to_have_text("✓ 电子健康卡授权成功")
    shot(page, "kiosk-authorised")
    with page.expect_navigation(url="**/patient"):
        page.clock.run_for(ALLOWED_MS - moved)
    expect(page.locator("#finish")).to_be_visible()
    assert page.url.endswith("/patient")
    assert in_clear(page.inner_text("body")) == []
    page.clock.resume()
    if place == "ward":
        expect(page.locator("#ask")).to_contain_text("提示用户建档")
        page.click("#create")
    expect(page.locator("#by")).to_contain_text("已自动建档")
    assert values(page)["就诊卡号"].startswith("社保卡")
    if place in WITH_SCREEN:
        screen_until(bench, False)


def test_by_itself_in_real_time(page, bench):
    """That it takes three seconds at most is measured by the page's own clock, above."""
    to_ways(page, bench, "kiosk")
    page.click("#authorise")
    expect(page.locator("#qr svg")).to_be_visible()
    serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
    bench.control("approve", out_authorize_no=serial)
    expect(page.locator("#finish")).to_be_visible()


def test_the_extension_screen_shows_the_same_code(page, bench):
    url = opened(page, bench, "till")
    screen_until(bench, True)
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(bench.devices.screen))] == [url]
    page.clock.resume()
    page.click("#cancel")
    expect(page.locator("#authorise")).to_be_visible()
    screen_until(bench, False)


@pytest.mark.parametrize(("decision", "sentence"), [("cancel", "取消授权"), ("fail", "授权失败")])
def test_a_refusal_stays_and_counts_on_until_the_person_cancels(page, bench, decision, sentence):
    opened(page, bench, "kiosk")
    serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
    bench.control("approve", out_authorize_no=serial, decision=decision)
    polled(page)
    expect(page.locator("#message")).to_contain_text(sentence)
    shot(page, f"kiosk-authorise-{decision}")
    before, here = left(page), page.url
    page.clock.run_for(10_000)
    assert (left(page), page.url) == (before - 10, here)
    page.clock.resume()
    page.click("#cancel")
    expect(page.locator("#authorise")).to_be_visible()
    assert page.locator("#notice").count() == 0
    page.click("#diagram")
    drawn = page.locator("svg[aria-label=时序图]")
    expect(drawn).to_contain_text(f"auth_status = {decision}")
    expect(drawn).to_contain_text("点击“取消”")


def test_confirmed_in_the_last_second_is_let_in(page, bench):
    """Between the last question and 0: the page itself has not heard of it."""
    opened(page, bench, "kiosk")
    page.route("**/authorise/status", lambda route: route.fulfill(json={"status": "ing", "message": "", "next": ""}))
    page.clock.run_for((left(page) - 1) * 1000)
    serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
    bench.control("approve", out_authorize_no=serial)
    page.clock.run_for(1500)
    page.clock.resume()
    expect(page.locator("#success")).to_have_text("✓ 电子健康卡授权成功")
    assert page.url.endswith("/patient")


@pytest.mark.parametrize("refused", [False, True])
def test_at_zero_it_goes_back_a_page(page, bench, refused):
    opened(page, bench, "kiosk")
    if refused:
        serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
        bench.control("approve", out_authorize_no=serial, decision="cancel")
        polled(page)
    page.clock.run_for((left(page) - 1) * 1000)
    assert left(page) >= 1
    assert page.url.endswith("/authorise")
    page.clock.run_for(1500)
    page.clock.resume()
    expect(page.locator("#notice")).to_contain_text("已过期")
    assert "/ways" in page.url
    shot(page, "kiosk-authorise-expired")
    page.click("#diagram")
    expect(page.locator("svg[aria-label=时序图]")).to_contain_text("倒计时结束，返回上一页")


def test_a_platform_that_fails_meanwhile_is_reported_and_asked_again(page, bench):
    opened(page, bench, "kiosk")
    bench.control("faults", kind="code", value="8007", method="ehc.ehealthcard.auth.query")
    polled(page)
    expect(page.locator("#message")).to_have_text("数据操作失败[8007]")
    polled(page)
    expect(page.locator("#message")).to_have_text("")


@pytest.mark.parametrize(
    ("kind", "value", "code"), [("code", "9998", "9998"), ("status", 500, "9008"), ("empty", True, "9004")]
)
def test_no_authorisation_no_page(page, bench, kind, value, code):
    bench.control("faults", kind=kind, value=value, method="ehc.ehealthcard.authurl")
    to_ways(page, bench, "kiosk")
    page.click("#authorise")
    expect(page.locator("#notice")).to_contain_text(f"[{code}]")
    expect(page.locator("#scan")).to_be_visible()


def test_the_sandboxes_own_sixty_seconds(page, bench, open_page):
    """The platform's clock is ahead: the phone comes too late, the terminal is told fail and stays."""
    url = opened(page, bench, "kiosk")
    bench.control("clock", advance=61)
    phone = open_page(url, phone=True)
    expect(phone.locator("#status")).to_have_attribute("data-status", "fail")
    polled(page)
    expect(page.locator("#message")).to_contain_text("授权失败")


def test_without_scripts_it_follows_by_reloading(open_page, bench):
    page = open_page(bench.at("kiosk"), scripts=False)
    page.click("#f0")
    page.click("#ehealth")
    page.click("#authorise")
    serial = bench.control("traffic", method="ehc.ehealthcard.authurl")["calls"][0]["serial"]
    bench.control("approve", out_authorize_no=serial, id_no=DEMO.people[1].id_no)
    expect(page.locator("#success")).to_have_text("✓ 电子健康卡授权成功")
    expect(page.locator("#finish")).to_be_visible()
