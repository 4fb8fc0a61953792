"""Applications, terminals, keys, addresses; the whole state taken out, put back, reset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import shot
from tests.pages.console import NEWCOMER, PERSON, QUERYWITHREG, REGQUERY, his_of, who
from tests.sandbox.conftest import registration
from vcchk.sandbox.seed import DEMO

APPLICATIONS, DATA = "/console/applications", "/console/data"


def card(page, heading):
    return page.locator("section", has=page.get_by_role("heading", name=heading))


@pytest.mark.parametrize("scripts", [True, False])
def test_keys_are_shown_on_a_click_alone(open_page, sandbox, scripts):
    page = open_page(sandbox.base_url + APPLICATIONS, scripts=scripts)
    assert DEMO.key not in page.content()
    page.get_by_role("link", name="显示 示例医院信息系统 的密钥").click()
    expect(card(page, "示例医院信息系统").locator("code[id^=key-]")).to_have_text(DEMO.key)
    assert DEMO.limited_key not in page.content()
    page.get_by_role("link", name="隐去").click()
    assert DEMO.key not in page.content()


def test_application_and_terminal_added_and_removed(page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    page.goto(sandbox.base_url + APPLICATIONS)
    form = card(page, "添加应用")
    form.get_by_label("应用编号").fill("A" * 33)
    form.get_by_role("button", name="添加应用").click()
    expect(page.locator("#f-app_id-e")).to_have_text("最多 32 个字符，现在有 33 个")
    expect(page.locator("#f-key-e")).to_have_text("请填写密钥")
    assert page.locator("#f-app_id").input_value() == "A" * 33
    form.get_by_label("应用编号").fill(DEMO.app_id)
    form.get_by_label("密钥").fill("MYKEY")
    form.get_by_label("名称").fill("我的 HIS")
    form.get_by_text("只允许调用部分接口").click()
    form.get_by_label(REGQUERY).check()
    form.get_by_role("button", name="添加应用").click()
    expect(page.locator("#f-app_id-e")).to_contain_text("已有这个应用")
    assert form.get_by_label(REGQUERY).is_checked()
    form.get_by_label("应用编号").fill("MYAPP")
    form.get_by_role("button", name="添加应用").click()
    expect(page.get_by_role("status").first).to_contain_text("已添加应用")
    his = his_of(sandbox, app_id="MYAPP", key="MYKEY", term_id="T1")
    assert his.call(REGQUERY, who(PERSON)).code == "1009"
    form = card(page, "添加终端")
    form.get_by_label("所属应用").select_option(label="我的 HIS")
    form.get_by_role("button", name="添加终端").click()
    expect(page.locator("#f-term_id-e")).to_have_text("请填写终端编号")
    form.get_by_label("终端编号").fill("T1")
    form.get_by_role("button", name="添加终端").click()
    expect(page.get_by_role("status").first).to_have_text("已添加终端。")
    assert his.call(REGQUERY, who(PERSON)).code == "0000"
    assert his.call(QUERYWITHREG, registration(NEWCOMER)).code == "1010"
    form.get_by_label("所属应用").select_option(label="我的 HIS")
    form.get_by_label("终端编号").fill("T1")
    page.keyboard.press("Enter")
    expect(page.locator("#f-term_id-e")).to_have_text("这个应用已有此终端")
    shot(page, "console-applications-wrong")
    page.get_by_role("button", name="删除 我的 HIS 的终端 T1").click()
    expect(page.get_by_role("status").first).to_have_text("已删除。")
    assert his.call(REGQUERY, who(PERSON)).code == "1009"
    page.get_by_role("button", name="删除应用 我的 HIS").click()
    assert his.post(his.envelope(REGQUERY, who(PERSON))).json()["ret_code"] == "1008"
    assert his_of(sandbox).call(REGQUERY, who(PERSON)).code == "0000"


def test_removed_twice(open_page, page_faults, sandbox):
    page_faults.expected = ("status of 400",)
    page = open_page(sandbox.base_url + APPLICATIONS, scripts=False)
    sandbox("remove", terminals=[{"app_id": DEMO.app_id, "term_id": DEMO.term_id}])
    page.get_by_role("button", name=f"删除 示例医院信息系统 的终端 {DEMO.term_id}").click()
    expect(page.get_by_role("alert")).to_contain_text("没有删除：没有这个终端")


def test_addresses_and_default_profile(page, sandbox):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(sandbox.base_url + APPLICATIONS)
    for name in ("xiamen", "sichuan", "ehui", "gotool"):
        assert page.locator(f"#url-{name}").inner_text() == f"{sandbox.base_url}/profiles/{name}/gateway.do"
    assert page.locator("#url-default").inner_text() == sandbox.gateway_url
    page.locator("tr", has=page.locator("#url-ehui")).get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{sandbox.base_url}/profiles/ehui/gateway.do"
    page.get_by_role("button", name="把 sichuan 设为默认").click()
    expect(page.get_by_role("status").first).to_have_text("默认地址的报文规则已改变。")
    assert sandbox("profile")["name"] == "sichuan"
    his_of(sandbox).post(his_of(sandbox).envelope(REGQUERY, who(PERSON)))
    assert sandbox.last()["profile"] == "sichuan"
    page.get_by_role("button", name="把 xiamen 设为默认").click()
    assert his_of(sandbox).call(REGQUERY, who(PERSON)).code == "0000"


def test_exported_reset_and_imported(page, sandbox, tmp_path):
    his = his_of(sandbox)
    assert his.call(QUERYWITHREG, registration(NEWCOMER)).code == "0000"
    page.goto(sandbox.base_url + DATA)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="导出 JSON").click()
    file = Path(tmp_path, downloaded.value.suggested_filename)
    assert file.name.startswith("vcchk-sandbox-")
    downloaded.value.save_as(file)
    assert json.loads(file.read_text("utf-8")).keys() == sandbox.export().keys()
    page.get_by_role("button", name="恢复演示数据").click()
    expect(page.get_by_role("status").first).to_have_text("已恢复为演示数据。")
    assert his.call(REGQUERY, who(NEWCOMER)).code == "3001"
    page.get_by_label("导出的 JSON 文件").set_input_files(file)
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("status").first).to_have_text("已导入，原有数据已被替换。")
    assert his.call(REGQUERY, who(NEWCOMER)).code == "0000"


def test_emptied_and_seeded_again(page, sandbox):
    page.goto(sandbox.base_url + DATA)
    page.get_by_text("连演示数据也不要").click()
    page.get_by_role("button", name="确认清空").click()
    expect(page.get_by_role("status").first).to_contain_text("已清空")
    his = his_of(sandbox)
    assert his.post(his.envelope(REGQUERY, who(PERSON))).json()["ret_code"] == "1008"
    for path, sentence in (
        (APPLICATIONS, "没有应用"),
        ("/console/people", "没有符合条件的人员"),
        ("/", "没有现成的例子"),
    ):
        page.goto(sandbox.base_url + path)
        expect(page.locator("main")).to_contain_text(sentence)
    page.goto(sandbox.base_url + DATA)
    page.get_by_role("button", name="恢复演示数据").click()
    assert his.call(REGQUERY, who(PERSON)).code == "0000"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "请选择一个导出的文件"),
        (b"\xff\xfe not json", "这个文件不是 JSON"),
        (b"[1, 2]", "请选择本页导出的文件"),
        (b'{"format": 99}', "请选择本页导出的文件"),
    ],
)
def test_bad_files_change_nothing(page, page_faults, sandbox, content, sentence):
    page_faults.expected = ("status of 400",)
    before = _rows(sandbox)
    page.goto(sandbox.base_url + DATA)
    if content is not None:
        upload = {"name": "state.json", "mimeType": "application/json", "buffer": content}
        page.get_by_label("导出的 JSON 文件").set_input_files(upload)
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("alert")).to_have_text("没有导入，原有数据没有改变。")
    expect(page.locator("#file-e")).to_contain_text(sentence)
    assert _rows(sandbox) == before


def _rows(sandbox):
    """Return the state without its clock, which goes on."""
    return {name: value for name, value in sandbox.export().items() if name != "clock"}


@pytest.mark.parametrize("scripts", [True, False])
def test_too_large_a_file(open_page, page_faults, sandbox, scripts):
    page_faults.expected = ("status of 413",)
    page = open_page(sandbox.base_url + DATA, scripts=scripts)
    upload = {"name": "state.json", "mimeType": "application/json", "buffer": b" " * ((4 << 20) + 1)}
    page.get_by_label("导出的 JSON 文件").set_input_files(upload)
    page.get_by_role("button", name="导入").click()
    if scripts:  # it is not even sent
        assert "文件超过 4 MB" in page.locator("#file").evaluate("e => e.validationMessage")
        assert page.url == sandbox.base_url + DATA
    else:
        expect(page.locator("h1")).to_contain_text("上传的内容太大")


def test_the_check_is_made_strict_and_back(page, sandbox):
    page.goto(sandbox.base_url + APPLICATIONS)
    his = his_of(sandbox)
    lacking = {name: value for name, value in registration(NEWCOMER).items() if name != "certificate_mode"}
    page.locator("#strict").click()
    expect(page.get_by_text("现在严格")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("严格检查")
    reply = his.call(QUERYWITHREG, lacking)
    assert (reply.code, "certificate_mode 不能为空" in reply.message) == ("9001", True)
    page.locator("#strict").click()
    expect(page.get_by_text("现在宽松")).to_be_visible()
    assert his.call(QUERYWITHREG, lacking).code == "0000"
