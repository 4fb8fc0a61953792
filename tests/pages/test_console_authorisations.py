"""Authorisations in the console: they come by themselves, and are approved, cancelled or failed for the person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import shot
from tests.pages.console import AUTH_QUERY, AUTHURL, PERSON, his_of
from tests.sandbox.conftest import authorisation, in_clear
from vcchk.sandbox.seed import DEMO

HERE = "/console/authorisations"


def waiting(page):
    return page.locator("section.card")


def ended(page):
    return page.locator("tbody tr:not([data-key=none])")


@pytest.mark.parametrize(
    ("scripts", "button", "notice", "status"),
    [
        (True, "同意", "已授权。", "succ"),
        (True, "取消", "已取消授权。", "cancel"),
        (True, "置为失败", "已置为授权失败。", "fail"),
        (False, "同意", "已授权。", "succ"),
    ],
)
def test_decided(open_page, sandbox, scripts, button, notice, status):
    his, biz = his_of(sandbox), authorisation()
    page = open_page(sandbox.base_url + HERE, scripts=scripts)
    expect(page.locator("main")).to_contain_text("没有等待确认的授权")
    his.call(AUTHURL, biz)
    if not scripts:
        page.reload()
    expect(waiting(page)).to_have_count(1)
    expect(waiting(page)).to_contain_text("收费，外科")
    assert in_clear(page.content()) == []
    page.get_by_label("以谁的电子健康卡").select_option(index=1)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status").first).to_have_text(notice)
    expect(waiting(page)).to_have_count(0)
    expect(ended(page)).to_have_count(1)
    answer = his.call(AUTH_QUERY, biz).biz
    assert answer["auth_status"] == status
    assert answer.get("user_name") == (DEMO.people[1].user_name if status == "succ" else None)


def test_several_wait_and_the_newest_does_not_disturb_a_choice(page, sandbox):
    his, first, second = his_of(sandbox), authorisation(), authorisation(treatment_code="010101")
    his.call(AUTHURL, first)
    page.goto(sandbox.base_url + HERE)
    choice = waiting(page).filter(has_text=first["out_authorize_no"]).get_by_label("以谁的电子健康卡")
    choice.select_option(index=2)
    his.call(AUTHURL, second)
    expect(waiting(page)).to_have_count(2)
    assert choice.evaluate("e => e.selectedIndex") == 2
    shot(page, "console-authorisations-two")
    waiting(page).filter(has_text=first["out_authorize_no"]).get_by_role("button", name="同意").focus()
    page.keyboard.press("Enter")
    expect(ended(page)).to_have_count(1)
    assert his.call(AUTH_QUERY, first).biz["user_name"] == DEMO.people[2].user_name
    assert his.call(AUTH_QUERY, second).biz["auth_status"] == "ing"


def test_seconds_left_and_what_nobody_answers(page, sandbox):
    his, biz = his_of(sandbox), authorisation()
    his.call(AUTHURL, biz)
    page.goto(sandbox.base_url + HERE)
    assert 50 <= int(page.locator(".left").inner_text().split()[0]) <= 60
    sandbox.clock(stop=True)
    expect(page.locator(".left:not([data-left])")).to_be_visible()  # a stopped clock does not count
    sandbox.clock(advance=61)
    expect(ended(page)).to_contain_text("过期，无人确认")
    expect(waiting(page)).to_have_count(0)
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "fail"


def test_decided_elsewhere_in_the_meantime(open_page, sandbox):
    his, biz = his_of(sandbox), authorisation()
    his.call(AUTHURL, biz)
    page = open_page(sandbox.base_url + HERE, scripts=False)
    sandbox.approve(biz["out_authorize_no"], id_no=PERSON.id_no)
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("status").first).to_have_text("这笔授权已经结束，没有改变。")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "succ"


def test_card_closed_in_the_meantime_changes_nothing(open_page, page_faults, sandbox):
    page_faults.expected = ("status of 404",)
    his, biz = his_of(sandbox), authorisation()
    his.call(AUTHURL, biz)
    page = open_page(sandbox.base_url + HERE, scripts=False)
    sandbox("close", id_no=PERSON.id_no)
    page.get_by_role("button", name="同意").click()
    expect(page.locator("h1")).to_contain_text("此人没有有效的电子健康卡")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "ing"


def test_phone_page_from_here(page, sandbox):
    his_of(sandbox).call(AUTHURL, authorisation())
    page.goto(sandbox.base_url + HERE)
    page.get_by_role("link", name="手机页面").click()
    expect(page.locator("#status")).to_have_text("等待确认")
