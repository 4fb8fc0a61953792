"""What people do besides: double clicks, the browser's way back, a second window."""

from __future__ import annotations

import requests
from playwright.sync_api import expect

from tests.deadlines import PATIENCE
from tests.pages.kiosk.conftest import begin, opened, polled, to_ways
from vcchk.sandbox.seed import DEMO


def visit_of(page):
    """Return the address of the visit that a page shows."""
    return page.url.rsplit("/", 1)[0]


def test_a_second_click_does_nothing_twice(page, bench):
    to_ways(page, bench, "kiosk")
    page.click("#scan")
    page.fill("#code", bench.code(seconds=60))
    bench.control("faults", kind="delay", value=0.4, count=9)
    with page.expect_navigation(url="**/patient"):
        page.evaluate("send.click(); setTimeout(() => send.click(), 150)")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")
    assert len(bench.control("traffic", method="ehc.ehealthcode.verify")["calls"]) == 1
    page.go_back()
    page.go_forward()
    begin(page, bench, "kiosk")  # a page that was gone back from has buttons that work
    expect(page.locator("#ehealth")).to_be_visible()


def test_an_authorisation_given_up_in_another_window_is_no_success(page, bench):
    opened(page, bench, "kiosk")
    page.evaluate(
        "new MutationObserver(() => { window.name += document.getElementById('entered').hidden ? '' : 'entered'; })"
        ".observe(document.getElementById('entered'), {attributes: true})"
    )
    requests.post(visit_of(page) + "/authorise/leave", timeout=PATIENCE)
    with page.expect_navigation(url="**/ways"):
        polled(page)
    assert page.evaluate("window.name") == ""


def test_back_from_a_scan_that_waits(page, bench):
    bench.choose(source="scanner")
    to_ways(page, bench, "till")
    page.click("#scan")
    assert bench.devices.triggers.acquire(timeout=PATIENCE)
    page.go_back()
    page.click("#scan")
    assert bench.devices.triggers.acquire(timeout=PATIENCE)
    page.go_back()
    page.click("#authorise")
    expect(page.locator("#countdown")).to_be_visible()
    page.go_back()
    bench.devices.presented_code = bench.code(1).encode()
    with page.expect_navigation(url="**/patient"):
        page.click("#scan")
    expect(page.locator("#success")).to_have_text("✓ 验证成功")
    assert DEMO.people[1].user_name[0] in page.inner_text("dl >> nth=0")
