"""People and cards: found, created, linked, closed; their codes on screen, read back by a scanner, and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import overflow, shot
from tests.pages.console import NEWCOMER, PERSON, REGQUERY, VERIFY, his_of, scanned, who
from tests.sandbox.conftest import in_clear, verification
from vcchk.sandbox import magic
from vcchk.sandbox.seed import DEMO


def number_of(sandbox, person):
    """Return a person's row number."""
    return sandbox("people", query=person.id_no, clear=True)["people"][0]["person"]


def open_person(page, sandbox, person=PERSON):
    page.goto(f"{sandbox.base_url}/console/people/{number_of(sandbox, person)}")


def table(page):
    return page.locator("tbody tr")


def test_search_and_personal_data_on_a_click_alone(page, sandbox):
    page.goto(sandbox.base_url + "/console/people")
    expect(table(page)).to_have_count(
        len(DEMO.people) + 1
    )  # the sample's person; the magic people have a page of their own
    assert in_clear(page.content()) == []
    for text in ("小明", PERSON.id_no, PERSON.mobile_phone, PERSON.cards[0][1]):
        page.get_by_label("查找").fill(text)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(table(page)).to_have_count(1)
        assert page.get_by_label("查找").input_value() == text
    page.locator("#reveal").click()
    expect(table(page)).to_have_count(1)
    expect(table(page)).to_contain_text(PERSON.id_no)
    expect(table(page)).to_contain_text(PERSON.cards[0][1])
    page.get_by_role("link", name="显示全部").click()
    expect(table(page).nth(1)).to_contain_text(DEMO.people[1].user_name)
    page.locator("#reveal").click()
    assert in_clear(page.content()) == []
    page.get_by_label("查找").fill("没有这个人")
    page.get_by_role("button", name="查找").click()
    expect(table(page)).to_contain_text("没有符合条件的人员")


@pytest.mark.parametrize("scripts", [True, False])
def test_created_from_the_documents_fields(open_page, page_faults, sandbox, scripts):
    page_faults.expected = ("status of 400",)
    page = open_page(sandbox.base_url + "/console/people", scripts=scripts)
    page.get_by_role("link", name="建档", exact=True).click()
    page.get_by_label("证件号 id_no").fill(PERSON.id_no)
    page.get_by_label("出生日期").fill("1985-3-12")
    page.get_by_label("手机号码").fill("1" * 33)
    page.get_by_role("button", name="建档").click()
    expect(page.get_by_role("alert")).to_contain_text("没有建档")
    errors = {
        "用户姓名 user_name": "请填写用户姓名",
        "出生日期": "yyyyMMdd",
        "手机号码": "最多 32 个字符，现在有 33 个",
    }
    for label, sentence in errors.items():
        field = page.get_by_label(label)
        assert field.get_attribute("aria-invalid") == "true"
        expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text(sentence)
    assert page.get_by_label("证件号 id_no").input_value() == PERSON.id_no  # what was typed stays
    shot(page, "console-new-person-wrong")
    page.get_by_label("用户姓名").fill("新来者")
    page.get_by_label("出生日期").fill("19850312")
    page.get_by_label("手机号码").fill("13900000088")
    page.get_by_role("button", name="建档").click()
    expect(page.locator(".field.wrong")).to_contain_text("已有相同证件类型和证件号的人")
    page.get_by_label("证件号 id_no").fill("350299198503129990")
    page.get_by_label("用户性别").select_option("2")
    page.get_by_label("民族").select_option("22")
    page.get_by_label("同时开通电子健康卡").check()
    page.get_by_role("button", name="建档").click()
    expect(page.get_by_role("status").first).to_have_text("已建档。")
    found = his_of(sandbox).call(REGQUERY, {"id_type": "01", "id_no": "350299198503129990"})
    assert (found.code, found.biz["user_name"]) == ("0000", "新来者")
    page.locator("#reveal").click()
    expect(page.locator("main")).to_contain_text("13900000088")


def test_card_linked_unlinked_closed_and_opened_again(page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    his = his_of(sandbox)
    code = sandbox.code(PERSON.id_no)

    def links():
        return [card["card_no"] for card in his.call(REGQUERY, who(PERSON)).biz["card_list"]]

    open_person(page, sandbox)
    page.get_by_text("关联一张卡").click()
    page.get_by_role("button", name="关联", exact=True).click()
    expect(page.locator(".field.wrong")).to_contain_text("请填写卡号")
    page.get_by_label("卡类型").select_option("05")
    page.get_by_label("卡号 card_no").fill("3502009999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("已关联。")
    assert links() == [*(number for _, number in PERSON.cards), "3502009999"]
    page.get_by_role("button", name="解除关联").first.click()
    expect(page.get_by_role("status").first).to_have_text("已解除关联。")
    assert PERSON.cards[0][1] not in links()
    page.get_by_text("注销这张卡").click()
    page.get_by_role("button", name="确认注销").click()
    expect(page.locator("#status")).to_have_text("已注销")
    assert his.call(VERIFY, verification(code)).code == "2002"
    assert page.get_by_role("button", name="出动态码").count() == 0
    page.get_by_role("button", name="开通电子健康卡").click()
    expect(page.locator("#status")).to_have_text("有效")
    assert his.call(VERIFY, verification(code)).code == "0000"


def test_a_stale_page_unlinks_nothing(page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    open_person(page, sandbox)
    sandbox("link", id_no=PERSON.id_no, card_type="01", card_no=PERSON.cards[0][1], remove=True)
    page.get_by_role("button", name="解除关联").first.click()
    expect(page.get_by_role("alert")).to_contain_text("关联卡已有变化")
    expect(page.get_by_role("button", name="解除关联")).to_have_count(1)


def test_codes_on_screen_are_read_and_run_out(page, sandbox):
    his = his_of(sandbox)
    open_person(page, sandbox)
    static = page.locator("[data-key=static]")
    assert scanned(static.locator("svg")) == static.locator("code").inner_text() == sandbox.code(PERSON.id_no)
    expect(page.locator("[data-key=dynamic]")).to_contain_text("还没有出动态码")
    page.get_by_label("动态码有效秒数").fill("300")
    page.get_by_role("button", name="出动态码").click()
    dynamic = page.locator("[data-key=dynamic]")
    code = scanned(dynamic.locator("svg"))
    assert his.call(VERIFY, verification(code)).biz["user_name"] == PERSON.user_name
    left = int(dynamic.locator(".left").inner_text().split()[0])
    assert 240 <= left <= 300
    expect(dynamic.locator(".left")).not_to_have_text(f"{left} 秒")  # it counts
    shot(page, "console-person-codes")
    sandbox.clock(advance=280)
    expect(dynamic.locator(".left")).to_have_text(re.compile("^([1-9]|1[0-9]|20) 秒$"))
    sandbox.clock(advance=30)
    expect(dynamic).to_contain_text("已到期")
    expect(dynamic).to_have_class("card qr over")
    assert his.call(VERIFY, verification(code)).code == "2001"


def test_voucher_is_used_up_by_one_verify(page, sandbox):
    open_person(page, sandbox)
    page.get_by_role("button", name="出医保电子凭证").click()
    voucher = page.locator("[data-key=voucher]")
    code = scanned(voucher.locator("svg"))
    assert his_of(sandbox).call(VERIFY, verification(code, IsMultiCode="1")).biz["card_type"] == "A2"
    expect(voucher).to_contain_text("已使用")


def test_codes_without_scripts(open_page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    page = open_page(f"{sandbox.base_url}/console/people/{number_of(sandbox, PERSON)}", scripts=False)
    page.get_by_label("动态码有效秒数").fill("soon")
    page.get_by_role("button", name="出动态码").click()
    expect(page.get_by_role("alert")).to_have_text("没有出码。有效秒数：请填写数字。")
    assert page.get_by_label("动态码有效秒数").input_value() == "soon"
    page.get_by_label("动态码有效秒数").fill("90")
    page.keyboard.press("Enter")
    code = scanned(page.locator("[data-key=dynamic] svg"))
    assert his_of(sandbox).call(VERIFY, verification(code)).code == "0000"
    assert page.get_by_role("button", name="复制").count() == 0  # what needs scripts is not there


def test_copied_code(page, sandbox):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_person(page, sandbox)
    page.locator("[data-key=static]").get_by_role("button", name="复制").click()
    expect(page.locator("[data-key=static]").get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == sandbox.code(PERSON.id_no)


def test_somebody_without_a_card_has_no_code(page, sandbox):
    open_person(page, sandbox, NEWCOMER)
    expect(page.locator("[data-key=static]")).to_contain_text("没有有效的电子健康卡")
    page.get_by_role("button", name="开通电子健康卡").click()
    expect(page.get_by_role("status").first).to_have_text("已开通电子健康卡。")
    code = scanned(page.locator("[data-key=static] svg"))
    assert his_of(sandbox).call(VERIFY, verification(code)).biz["user_name"] == NEWCOMER.user_name


def test_on_paper(page, sandbox):
    sandbox.code(PERSON.id_no, seconds=90)
    open_person(page, sandbox)
    page.get_by_role("link", name="打印页").click()
    page.evaluate("window.print = () => document.title = 'printed'")
    page.get_by_role("button", name="打印").click()
    assert page.title() == "printed"
    page.emulate_media(media="print")
    assert page.locator("header").is_hidden()
    assert page.get_by_role("button", name="打印").count() == 0
    pictures = page.locator(".qr svg")
    expect(pictures).to_have_count(2)
    assert scanned(pictures.first) == sandbox.code(PERSON.id_no)
    assert his_of(sandbox).call(VERIFY, verification(scanned(pictures.nth(1)))).code == "0000"
    shot(page, "console-print-paper")
    page.emulate_media(media="screen")
    page.goto(sandbox.base_url + "/console/people")
    page.get_by_role("link", name="打印静态码").click()
    expect(page.locator(".qr svg")).to_have_count(sum(person.is_registered for person in DEMO.people) + 1)
    assert scanned(page.locator(".qr svg").first) == sandbox.code(PERSON.id_no)
    page.get_by_role("link", name="返回").click()
    assert page.url == sandbox.base_url + "/console/people"


def test_magic_people_do_what_their_page_says(page, sandbox):
    his = his_of(sandbox)
    page.goto(sandbox.base_url + "/console/people")
    page.get_by_role("link", name="魔法人员").click()
    expect(table(page)).to_have_count(len(magic.PEOPLE))
    assert overflow(page) == 0
    for code in ("2005", "8005", "9998"):
        row = table(page).filter(has_text=magic.id_no(code))
        expect(row).to_contain_text(code)
        assert his.call(REGQUERY, {"id_type": "01", "id_no": row.locator("code").inner_text()}).code == code
    table(page).filter(has_text=magic.id_no("8005")).get_by_role("link").click()
    assert his.call(VERIFY, verification(scanned(page.locator("[data-key=static] svg")))).code == "8005"
