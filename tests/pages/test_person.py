"""The person's own page, in phone size: confirm, cancel, run out; with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import overflow, shot
from tests.pages.console import AUTH_QUERY, AUTHURL, PERSON, his_of
from tests.sandbox.conftest import authorisation, in_clear
from vcchk.sandbox.seed import DEMO

OUTCOMES = [("#approve", "succ", "授权成功"), ("#cancel", "cancel", "已取消")]


def opened(open_page, sandbox, **how):
    """Return the HIS, what it asked for, and the page that the patient's phone opens from the QR code."""
    his, biz = his_of(sandbox), authorisation()
    page = open_page(his.call(AUTHURL, biz).biz["ehealth_authurl"], phone=True, **how)
    return his, biz, page


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("button", "status", "sentence"), OUTCOMES)
def test_person_decides(open_page, sandbox, scripts, button, status, sentence):
    his, biz, page = opened(open_page, sandbox, scripts=scripts)
    expect(page.locator("#status")).to_have_text("等待确认")
    expect(page.locator("dl")).to_contain_text("收费")
    expect(page.locator("dl")).to_contain_text("外科")
    assert in_clear(page.content()) == []
    assert overflow(page) == 0
    shot(page, "person-phone")
    page.locator(button).click()
    expect(page.locator(".big")).to_contain_text(sentence)
    assert overflow(page) == 0
    shot(page, f"person-phone-{status}")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == status


def test_by_keyboard_alone_and_as_somebody_else(open_page, sandbox):
    his, biz, page = opened(open_page, sandbox)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the next person
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "approve"
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("授权成功")
    assert his.call(AUTH_QUERY, biz).biz["user_name"] == DEMO.people[1].user_name


@pytest.mark.parametrize(
    ("decision", "sentence"), [("approve", "授权成功"), ("cancel", "已取消授权"), ("fail", "授权失败")]
)
def test_decided_elsewhere_it_shows_by_itself(open_page, sandbox, decision, sentence):
    _, biz, page = opened(open_page, sandbox)
    sandbox.approve(biz["out_authorize_no"], decision=decision, id_no=PERSON.id_no)
    expect(page.locator("#status")).to_have_text(sentence)
    assert page.locator("#approve").count() == 0


def test_it_counts_and_runs_out(open_page, sandbox):
    his, biz, page = opened(open_page, sandbox)
    left = page.locator(".left").inner_text()
    assert 50 <= int(left.split()[0]) <= 60
    expect(page.locator(".left")).not_to_have_text(left)
    sandbox.clock(advance=61)
    expect(page.locator(".big")).to_have_text("二维码已过期")
    expect(page.locator("main")).to_contain_text("重新获取二维码")
    shot(page, "person-phone-expired")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "fail"


def test_too_late_changes_nothing(open_page, sandbox):
    his, biz, page = opened(open_page, sandbox, scripts=False)
    sandbox.clock(advance=61)
    page.locator("#approve").click()
    expect(page.locator(".big")).to_have_text("二维码已过期")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "fail"


def test_unknown_and_forgotten_links(open_page, page_faults, sandbox):
    _, _, page = opened(open_page, sandbox)
    sandbox.reset()
    expect(page.locator("h1")).to_have_text("授权链接无效")
    page_faults.expected = ("status of 404",)
    assert page.goto(sandbox.base_url + "/auth/nobody").status == 404
    expect(page.locator("h1")).to_have_text("授权链接无效")


def test_a_magic_person_may_be_chosen(open_page, sandbox):
    his, biz, page = opened(open_page, sandbox)
    page.get_by_label("以谁的电子健康卡授权").select_option(label="错误9998 交易失败")
    page.locator("#approve").click()
    expect(page.locator("#status")).to_have_text("授权成功")
    assert his.call(AUTH_QUERY, biz).code == "9998"
