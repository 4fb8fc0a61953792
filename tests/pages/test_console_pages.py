"""Every page of the console as it looks with traffic behind it; the start page; pages for what went wrong."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import expect

from tests.browser import overflow, shot
from tests.pages.console import PERSON, REGQUERY, called, his_of, some_traffic, who
from tests.sandbox.conftest import in_clear
from vcchk.sandbox.console import start
from vcchk.sandbox.pages import MENU
from vcchk.sandbox.seed import DEMO

# name of the screenshot: path, and the heading that the page must have
SHOWN = {
    "start": ("/", "电子健康卡模拟平台"),
    "traffic": ("/console", "报文"),
    "call-wrong-signature": ("/console/calls/6", "第 6 次调用"),
    "call": ("/console/calls/3", "第 3 次调用"),
    "people": ("/console/people", "人员与卡"),
    "new-person": ("/console/people/new", "建档"),
    "person": ("/console/people/1", "陈*"),
    "print": ("/console/people/1/print", "陈* 的二维码"),
    "print-all": ("/console/people/print", "静态码"),
    "magic": ("/console/magic", "魔法人员"),
    "authorisations": ("/console/authorisations", "等待确认的授权"),
    "faults": ("/console/faults", "故障"),
    "clock": ("/console/clock", "时钟"),
    "applications": ("/console/applications", "应用与终端"),
    "data": ("/console/data", "数据"),
    "statistics": ("/console/statistics", "用卡统计"),
}
ON_A_PHONE = ("start", "traffic", "person", "authorisations")
"""Whose pictures in phone size are kept too; all are looked at."""


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page(open_page, sandbox, size):
    some_traffic(sandbox)
    first = sandbox.traffic()[0]["number"] - 1  # numbers go on over a reset
    page = open_page(phone=size == "phone")
    for name, (path, heading) in SHOWN.items():
        if "/calls/" in path:
            number = first + int(path.rsplit("/", 1)[1])
            path, heading = f"/console/calls/{number}", f"第 {number} 次调用"
        page.goto(sandbox.base_url + path)
        expect(page.locator("h1")).to_have_text(heading)
        assert page.title().endswith(" · 电子健康卡模拟平台")
        assert overflow(page) == 0, name
        if size == "desktop":
            shot(page, f"console-{name}")
        elif name in ON_A_PHONE:
            shot(page, f"console-{name}-phone")


def test_menu_leads_everywhere_and_says_where_one_is(page, sandbox):
    page.goto(sandbox.base_url)
    for path, _ in MENU:
        page.locator(f'header > a[href="{path}"]').click()
        assert page.url == sandbox.base_url + path
        assert page.locator("header [aria-current=page]").get_attribute("href") == path
    page.locator("header b a").click()
    assert page.url == sandbox.base_url + "/"


def test_menu_by_keyboard_alone(page, sandbox):
    page.goto(sandbox.base_url)
    for word in ("电子健康卡模拟平台", "报文", "人员与卡"):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.inner_text() == word
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("人员与卡")


def test_start_page_example_works_at_once(page, sandbox, tmp_path):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(sandbox.base_url)
    page.get_by_role("button", name="复制 InData").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#example").input_value()
    assert PERSON.user_name in called(tmp_path, copied, page.locator("#url").inner_text())
    assert (sandbox.last()["ret_code"], sandbox.last()["signature"]) == ("0000", "held")
    assert page.locator("#url").inner_text() == sandbox.gateway_url
    for path, _, _ in start.STEPS:
        assert requests.get(sandbox.base_url + path, timeout=60).status_code == 200


def test_copying_where_the_clipboard_is_refused_selects_the_text(page, sandbox):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined});"
                         "document.execCommand = () => false")  # fmt: skip
    page.goto(sandbox.base_url)
    page.get_by_role("button", name="复制 InData").click()
    expect(page.get_by_role("button", name="请按 Ctrl+C")).to_be_visible()
    selected = page.locator("#example").evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)")
    assert selected == page.locator("#example").input_value()


def test_start_page_has_no_example_that_would_fail(page, sandbox):
    sandbox("remove", apps=[DEMO.app_id])
    page.goto(sandbox.base_url)
    expect(page.locator("main")).to_contain_text("没有现成的例子")
    assert page.locator("#example").count() == 0


def test_statistics_count_what_was_used(page, sandbox):
    page.goto(sandbox.base_url + "/console/statistics")
    expect(page.locator("main")).to_contain_text("共 0 次用卡")
    sandbox.clock(set="20270301120000")  # no midnight comes between
    some_traffic(sandbox)
    page.reload()
    expect(page.locator("main")).to_contain_text("共 3 次用卡")

    def table(title):
        rows = page.locator("section", has=page.get_by_role("heading", name=title)).locator("tbody tr")
        return [rows.nth(i).locator("td").all_inner_texts()[:2] for i in range(rows.count())]

    assert table("按操作员") == [["9527", "2 次"], ["1001", "1 次"]]
    assert table("按诊疗环节") == [["010105 收费", "2 次"], ["010101 挂号", "1 次"]]
    assert sorted(table("按科室")) == [["0300 内科", "1 次"], ["0400 外科", "2 次"]]
    assert table("按方式") == [["被扫", "2 次"], ["主扫授权", "1 次"]]
    assert table("按终端") == [[DEMO.term_id, "3 次"]]
    assert len(table("按日期")) == 1
    assert in_clear(page.content()) == []


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nowhere", 404, "没有这个页面"),
        ("/console/calls/99999999", 404, "没有这次调用"),
        ("/console/people/99999999", 404, "没有此人"),
        ("/console/data/reset", 405, "不接受这种请求方式"),
        ("/ehcService/gateway.do", 405, "这是网关地址"),
        ("/profiles/xiamen/gateway.do", 405, "这是网关地址"),
    ],
)
def test_pages_for_what_went_wrong(page, page_faults, sandbox, path, status, sentence):
    page_faults.expected = (f"status of {status}",)
    answer = page.goto(sandbox.base_url + path)
    assert answer.status == status
    expect(page.locator("h1")).to_contain_text(sentence)
    assert overflow(page) == 0
    shot(page, "console-error")
    page.get_by_role("link", name="回到起始页").click()
    assert page.url == sandbox.base_url + "/"


def test_a_defect_of_the_sandbox_is_reported_as_one(page, page_faults, sandbox, monkeypatch):
    def broken(*_):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(start.state, "app", broken)
    page_faults.expected = ("status of 500",)
    assert page.goto(sandbox.base_url).status == 500
    expect(page.locator("h1")).to_have_text("模拟平台自身出错")
    assert "broken on purpose" not in page.content()


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({"Host": "evil.example"}, 421, "这个主机名不属于本平台"),
        ({"Origin": "http://evil.example"}, 403, "请求来自其他网站的页面"),
    ],
)
def test_refusals_of_the_guards_are_pages_for_browsers_alone(sandbox, headers, status, sentence):
    url = sandbox.base_url + "/console/data/reset"
    answer = requests.post(url, headers={**headers, "Accept": "text/html"}, timeout=60)
    assert answer.status_code == status
    assert sentence in answer.text
    assert "<h1>" in answer.text
    plain = requests.post(url, headers=headers, timeout=60)
    assert (plain.status_code, "<" in plain.text) == (status, False)
    assert his_of(sandbox).call(REGQUERY, who(PERSON)).code == "0000"
