"""The platform's clock in the console: stopped, set, advanced; what runs out by it."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser import shot
from tests.pages.console import AUTH_QUERY, AUTHURL, PERSON, VERIFY, his_of
from tests.sandbox.conftest import authorisation, verification

HERE = "/console/clock"


@pytest.mark.parametrize("scripts", [True, False])
def test_stop_advance_go_on_and_back(open_page, sandbox, scripts):
    page = open_page(sandbox.base_url + HERE, scripts=scripts)
    expect(page.locator("[data-key=state]")).to_have_text("正在走动。与本机时间相同。")
    page.get_by_role("button", name="停住").click()
    expect(page.locator("[data-key=state]")).to_contain_text("停住不走。")
    expect(page.locator(".strip")).to_have_text("平台时钟已停住")
    first = sandbox("clock")
    assert (first["stopped"], sandbox("clock")["now"]) == (True, first["now"])
    for name, seconds in (("+60 秒", 60), ("+5 分", 300), ("+1 天", 86400)):
        before = sandbox("clock")["now"]
        page.get_by_role("button", name=name).click()
        assert sandbox("clock")["now"] - before == seconds
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(sandbox("clock")["now"]))
    expect(page.locator("[data-key=now]")).to_have_text(moment)
    expect(page.locator("[data-key=state]")).to_have_text("停住不走。比本机时间快 1 天。")
    shot(page, "console-clock-stopped")
    page.get_by_role("button", name="从这里继续走").click()
    expect(page.locator("[data-key=state]")).to_contain_text("正在走动。比本机时间快 1 天。")
    assert not sandbox("clock")["stopped"]
    page.get_by_role("button", name="恢复真实时间").click()
    expect(page.locator("[data-key=state]")).to_have_text("正在走动。与本机时间相同。")
    assert abs(sandbox("clock")["shift"]) < 0.1
    assert page.locator(".strip").count() == 0


def test_set(page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    page.goto(sandbox.base_url + HERE)
    page.get_by_label("平台时间").fill("2030-01-31T08:00:00")
    page.get_by_role("button", name="设置").click()
    expect(page.locator("[data-key=now]")).to_contain_text("2030-01-31 08:00")
    assert sandbox("clock")["stamp"].startswith("203001310800")
    page.get_by_label("平台时间").fill("")
    page.get_by_role("button", name="设置").click()
    expect(page.locator(".field .error")).to_contain_text("2026-01-31 08:00:00")
    page.get_by_label("平台时间").fill("2150-01-01T00:00")
    page.get_by_role("button", name="设置").click()
    expect(page.locator(".field .error")).to_contain_text("1970 年到 2100 年")
    assert page.get_by_label("平台时间").input_value() == "2150-01-01T00:00"
    assert sandbox("clock")["stamp"].startswith("2030")


def test_codes_and_authorisations_run_out_on_the_page_and_for_the_his(page, sandbox):
    his, biz = his_of(sandbox), authorisation()
    his.call(AUTHURL, biz)
    code = sandbox.code(PERSON.id_no, seconds=200)
    sandbox.voucher(PERSON.id_no, seconds=500)
    page.goto(sandbox.base_url + HERE)
    rows = page.locator("tbody tr")
    kinds = [rows.nth(i).locator("td").first.inner_text() for i in range(3)]
    assert kinds == ["授权", "动态码", "医保电子凭证"]  # the next to run out first
    left = rows.first.locator(".left")
    expect(left).to_have_text(re.compile("^(5[0-9]|60) 秒$"))
    page.get_by_role("button", name="+60 秒").click()
    expect(rows.filter(has_text="授权")).to_contain_text("已到期")
    assert his.call(AUTH_QUERY, biz).biz["auth_status"] == "fail"
    assert his.call(VERIFY, verification(code)).code == "0000"
    page.get_by_role("button", name="+5 分").click()
    assert his.call(VERIFY, verification(code)).code == "2001"
    expect(rows.filter(has_text="动态码")).to_have_count(0)  # long gone
    expect(rows.filter(has_text="医保电子凭证")).to_contain_text("秒")


def test_others_turn_it_and_the_page_follows(page, sandbox):
    page.goto(sandbox.base_url + HERE)
    sandbox.clock(set="20310203040506", stop=True)
    expect(page.locator("[data-key=now]")).to_have_text("2031-02-03 04:05:06")
