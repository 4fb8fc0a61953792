"""The traffic page: live, filtered, each call opened, copied and sent again."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser import shot
from tests.pages.console import NEWCOMER, PERSON, QUERYWITHREG, REGQUERY, VERIFY, altered, called, his_of, who
from tests.sandbox.conftest import in_clear, registration, verification
from vcchk.sandbox.seed import DEMO


def rows(page):
    return page.locator("#rows tr:not([data-none])")


def test_new_calls_appear_by_themselves_unless_paused(page, sandbox):
    his = his_of(sandbox)
    page.goto(sandbox.base_url + "/console")
    expect(page.locator("#rows")).to_contain_text("还没有报文")
    his.call(REGQUERY, who(PERSON))
    expect(rows(page)).to_have_count(1)
    his.call(VERIFY, verification("x"))
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("2002 电子健康卡二维码不合法")  # the newest above
    assert in_clear(page.content()) == []
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#live")).to_have_text("已暂停")
    with page.expect_response(lambda answer: "/calls/new" in answer.url) as polled:
        his.call(REGQUERY, who(PERSON))
        page.get_by_role("button", name="继续").click()
    assert polled.value.json()["html"].count("<tr>") == 1
    expect(rows(page)).to_have_count(3)


def test_paused_page_asks_for_nothing(page, sandbox):
    page.clock.install()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sandbox.base_url + "/console")
    page.get_by_role("button", name="暂停").click()
    asked.clear()
    page.clock.run_for(10_000)
    assert asked == []
    page.get_by_role("button", name="继续").click()
    page.clock.run_for(1_100)
    assert len(asked) == 1


def test_filters(page, sandbox):
    his = his_of(sandbox)
    his.call(REGQUERY, who(PERSON))
    his.call(VERIFY, verification("x"))
    page.goto(sandbox.base_url + "/console")
    page.get_by_label("接口").select_option(REGQUERY)
    page.get_by_role("button", name="筛选").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="全部报文").click()
    page.get_by_label("只看失败").check()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("2002")
    his.call(REGQUERY, who(PERSON))
    his.call(VERIFY, verification("y"))
    expect(rows(page)).to_have_count(2)  # live rows pass the filter too
    assert "regquery" not in rows(page).first.inner_text()
    page.goto(sandbox.base_url + "/console?method=ehc.ehealthcard.close")
    expect(page.locator("#rows")).to_contain_text("还没有符合条件的报文")


def test_without_scripts_the_page_is_reloaded(open_page, sandbox):
    page = open_page(sandbox.base_url + "/console", scripts=False)
    his_of(sandbox).call(REGQUERY, who(PERSON))
    page.get_by_role("link", name="刷新").click()
    expect(rows(page)).to_have_count(1)
    assert page.get_by_role("button", name="暂停").count() == 0
    rows(page).get_by_role("link").click()
    page.get_by_role("link", name="复制为 InData").click()
    assert json.loads(page.locator("#copied-text").input_value())["method"] == REGQUERY


def test_opened_by_keyboard_a_wrong_signature_is_explained(page, sandbox):
    his = his_of(sandbox)
    his.post(altered(his))
    page.goto(sandbox.base_url + "/console")
    page.locator("#rows a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ret")).to_have_text("9003")
    expected, received = page.locator("#expected"), page.locator("#received")
    seen = sandbox.last(clear=True)
    assert expected.inner_text() == seen["sign_expected"]
    assert received.inner_text() == seen["sign_received"] != seen["sign_expected"]
    same = len(expected.inner_text()) - len(expected.locator("mark").inner_text())
    assert expected.inner_text()[:same] == received.inner_text()[:same]
    assert expected.inner_text()[same] != received.inner_text()[same]
    canonical = page.locator("#canonical")
    assert canonical.inner_text() == seen["canonical"]
    assert canonical.inner_text().endswith("key=***")
    at = seen["difference"]["at"]
    assert canonical.locator("mark").inner_text() == seen["canonical"][at - 1]
    expect(page.locator("main")).to_contain_text(f"第一处不同：第 {at} 个字符")
    expect(page.locator("main")).to_contain_text("对方签名用的是：biz_content 带空格的文本")
    assert DEMO.key not in page.content()


def test_opened_shows_bytes_clear_text_and_findings(page, sandbox):
    his = his_of(sandbox)
    his.call(QUERYWITHREG, registration(NEWCOMER, out_register_time="tomorrow"))
    seen = sandbox.last(clear=True)
    page.goto(f"{sandbox.base_url}/console/calls/{seen['number']}")
    assert json.loads(page.locator("#biz").inner_text())["user_name"] == NEWCOMER.user_name
    page.get_by_text("原样的明文").click()
    assert page.locator("#verbatim").inner_text() == seen["request"]
    assert page.locator("#body").inner_text() == seen["body"]
    assert json.loads(page.locator("#body").inner_text())["enc_type"] == "SM4"
    assert json.loads(page.locator("#reply").inner_text())["id_no"] == NEWCOMER.id_no
    assert page.locator("#reply-body").inner_text() == seen["reply_body"]
    finding = page.locator("tr", has_text="out_register_time")
    assert finding.locator("td").all_inner_texts()[:2] == ["out_register_time", "time"]
    expect(finding).to_contain_text("A 4.1")
    assert DEMO.key not in page.content()
    page.get_by_text("应答的待签文本和签名").click()
    expect(page.get_by_text(seen["reply_sign"], exact=True)).to_be_visible()


def test_older_and_newer(page, sandbox):
    his = his_of(sandbox)
    for _ in range(3):
        his.call(REGQUERY, who(PERSON))
    number = sandbox.last()["number"]
    page.goto(f"{sandbox.base_url}/console/calls/{number - 1}")
    page.get_by_role("link", name="下一次").click()
    expect(page.locator("h1")).to_have_text(f"第 {number} 次调用")
    assert page.get_by_role("link", name="下一次").count() == 0
    page.get_by_role("link", name="上一次").click()
    expect(page.locator("h1")).to_have_text(f"第 {number - 1} 次调用")
    page.get_by_role("main").get_by_role("link", name="全部报文").click()
    assert page.url == sandbox.base_url + "/console"


def test_copied_as_indata_and_as_curl(page, sandbox, tmp_path):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    his_of(sandbox).call(REGQUERY, who(PERSON))
    number = sandbox.last()["number"]
    page.goto(f"{sandbox.base_url}/console/calls/{number}")
    page.get_by_role("link", name="复制为 InData").click()
    expect(page.locator("#copied-note")).to_contain_text("应为 xiamen")
    expect(page.get_by_role("link", name="已复制")).to_be_visible()
    text = page.locator("#copied-text").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == text
    assert PERSON.user_name in called(tmp_path, text, sandbox.gateway_url)
    assert sandbox.last()["number"] == number + 1
    shot(page, "console-call-copied")
    page.get_by_role("link", name="复制为 curl").click()
    expect(page.locator("#copied-note")).to_contain_text("完全相同的字节")
    assert page.locator("#copied-text").input_value() == sandbox("curl", number=number)["curl"]
    page.locator("#copied").get_by_role("button", name="复制").click()
    expect(page.locator("#copied").get_by_role("button", name="已复制")).to_be_visible()


def test_what_cannot_be_copied_says_why(page, sandbox):
    his = his_of(sandbox)
    his.post(b"no message at all")
    page.goto(f"{sandbox.base_url}/console/calls/{sandbox.last()['number']}")
    page.get_by_role("link", name="复制为 InData").click()
    expect(page.locator("#copied-note")).to_contain_text("不能复制")
    assert page.locator("#copied-text").input_value() == ""


def test_replayed_as_it_was_and_with_a_new_serial_number(page, sandbox):
    his = his_of(sandbox)
    assert his.call(QUERYWITHREG, registration(NEWCOMER)).code == "0000"
    first = sandbox.last(clear=True)
    url = f"{sandbox.base_url}/console/calls/{first['number']}"
    page.goto(url)
    page.get_by_role("button", name="原样重放").click()
    expect(page.locator("#ret")).to_have_text("3002")
    expect(page.locator("main")).to_contain_text("流水号已经用过")
    seen = sandbox.last(clear=True)
    assert (seen["replay_of"], seen["body"]) == (first["number"], first["body"])
    page.get_by_role("link", name=f"第 {first['number']} 次").click()
    assert page.url == url
    page.get_by_role("button", name="换流水号重放").click()
    expect(page.locator("#ret")).to_have_text("0000")
    seen = sandbox.last(clear=True)
    assert (seen["ret_code"], seen["signature"], seen["replay_of"]) == ("0000", "held", first["number"])
    assert seen["serial"] != first["serial"]


@pytest.mark.parametrize("how", ["same", "new"])
def test_what_cannot_be_replayed_says_why(page, page_faults, sandbox, how):
    page_faults.expected = ("status of 400",)
    his_of(sandbox).call(REGQUERY, who(PERSON))  # a query has no serial number of its own
    page.goto(f"{sandbox.base_url}/console/calls/{sandbox.last()['number']}")
    assert page.get_by_role("button", name="换流水号重放").count() == 0
    page.get_by_role("button", name="原样重放").evaluate("(e, how) => e.value = how", how)
    page.get_by_role("button", name="原样重放").click()
    if how == "same":
        expect(page.locator("#ret")).to_have_text("0000")
    else:
        expect(page.get_by_role("alert")).to_contain_text("没有重放：查询类接口没有自己的流水号")
