"""Faults ordered in the console, and what a HIS then meets."""

from __future__ import annotations

import time

import pytest
import requests
from playwright.sync_api import expect

from tests.browser import shot
from tests.pages.console import NEWCOMER, PERSON, QUERYWITHREG, REGQUERY, VERIFY, his_of, who
from tests.sandbox.conftest import registration, verification
from vcchk.base.errors import SENTENCES
from vcchk.sandbox.console.faults import OTHERS

HERE = "/console/faults"
# Those that the sandbox has no rule for, and some that it has.
CODES = ["2005", "8005", "8006", "8007", "8008", "9002", "9005", "9006", "9998", "9999", "3001", "1001"]


def waiting(page):
    return page.locator("tbody tr:not([data-key=none])")


def card(page, heading):
    return page.locator("section", has=page.get_by_role("heading", name=heading))


def test_every_return_code_is_there_with_its_sentence(page, sandbox):
    page.goto(sandbox.base_url + HERE)
    options = page.get_by_label("返回码", exact=True).locator("option").all_inner_texts()
    assert options == [f"{code} {description}" for code, description in SENTENCES.items() if code != "0000"]


@pytest.mark.parametrize(("scripts", "codes"), [(True, CODES), (False, CODES[:2])])
def test_return_codes(open_page, sandbox, scripts, codes):
    his, page = his_of(sandbox), open_page(sandbox.base_url + HERE, scripts=scripts)
    expect(page.locator("tbody")).to_contain_text("没有，平台照常应答")
    for code in codes:
        page.get_by_label("返回码", exact=True).select_option(code)
        page.get_by_role("button", name="设置返回码").click()
        expect(page.get_by_role("status").first).to_have_text("有 1 项故障等待发生")
        expect(waiting(page)).to_contain_text(f"返回码 {code} {SENTENCES[code]}")
        reply = his.call(REGQUERY, who(PERSON))
        assert (reply.code, reply.message) == (code, SENTENCES[code])
        assert his.call(REGQUERY, who(PERSON)).code == "0000"  # used up
    if scripts:
        expect(waiting(page)).to_have_count(0)


def test_for_one_method_and_several_calls_live(page, sandbox):
    his = his_of(sandbox)
    page.goto(sandbox.base_url + HERE)
    form = card(page, "返回指定的返回码")
    form.get_by_label("或城市自有的返回码").fill("7001")
    form.get_by_label("接口").select_option(REGQUERY)
    form.get_by_label("次数").fill("2")
    page.keyboard.press("Enter")
    expect(waiting(page)).to_have_count(1)
    assert waiting(page).locator("td").all_inner_texts() == ["返回码 7001 （城市自有）", REGQUERY, "2"]
    shot(page, "console-faults-waiting")
    assert his.call(VERIFY, verification("x")).code == "2002"  # another method
    assert his.call(REGQUERY, who(PERSON)).code == "7001"
    expect(waiting(page).locator("td").nth(2)).to_have_text("1")
    assert his.call(REGQUERY, who(PERSON)).code == "7001"
    expect(page.locator("tbody")).to_contain_text("没有，平台照常应答")


def _order(page, sandbox, name, number=""):
    page.goto(sandbox.base_url + HERE)
    form = card(page, "传输与报文故障")
    form.get_by_label("故障").select_option(name)
    form.get_by_label("数值").fill(number)
    form.get_by_role("button", name="设置故障").click()
    expect(waiting(page)).to_have_count(1)


def _register(sandbox):
    """Post a registration; return the raw answer."""
    his = his_of(sandbox)
    return his.post(his.envelope(QUERYWITHREG, registration(NEWCOMER)))


def _is_registered(sandbox):
    return his_of(sandbox).call(REGQUERY, who(NEWCOMER)).code == "0000"


def test_all_kinds_can_be_ordered(page, sandbox):
    page.goto(sandbox.base_url + HERE)
    options = card(page, "传输与报文故障").get_by_label("故障").locator("option")
    assert options.all_inner_texts() == [description for _, _, description, _ in OTHERS.values()]


def test_delay(page, sandbox):
    _order(page, sandbox, "delay", "0.5")
    started = time.monotonic()
    assert _register(sandbox).json()["ret_code"] == "0000"
    assert time.monotonic() - started >= 0.5


@pytest.mark.parametrize(("name", "is_done"), [("drop-before", False), ("drop-after", True), ("truncate", True)])
def test_lost_replies(page, sandbox, name, is_done):
    _order(page, sandbox, name)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _register(sandbox)
    assert _is_registered(sandbox) is is_done


def test_empty_and_http_status(page, sandbox):
    _order(page, sandbox, "empty")
    answer = _register(sandbox)
    assert (answer.status_code, answer.content) == (200, b"")
    _order(page, sandbox, "status", "503")
    assert "返回 HTTP 503" in waiting(page).inner_text()
    assert _register(sandbox).status_code == 503
    assert not _is_registered(sandbox)


@pytest.mark.parametrize("name", ["unsigned", "bad_sign", "wrong_cipher"])
def test_replies_that_do_not_hold(page, sandbox, name):
    _order(page, sandbox, name)
    answer, his = _register(sandbox), his_of(sandbox)
    if name == "unsigned":
        assert not answer.json().get("sign")
    elif name == "bad_sign":
        with pytest.raises(AssertionError):
            his.read(answer)
    else:
        with pytest.raises((AssertionError, ValueError)):
            his.read(answer)
    assert _is_registered(sandbox)


def test_clear(page, sandbox):
    _order(page, sandbox, "hold", "5")
    assert "占用流水号和卡 5 秒" in waiting(page).inner_text()
    page.get_by_role("button", name="全部清除").click()
    expect(page.get_by_role("status").first).to_have_text("已清除。")
    assert sandbox("faults")["waiting"] == []


@pytest.mark.parametrize(
    ("heading", "fields", "sentence"),
    [
        ("返回指定的返回码", {"或城市自有的返回码": "12345"}, "四位数字"),
        ("返回指定的返回码", {"或城市自有的返回码": "0000"}, "0000（成功）除外"),
        ("返回指定的返回码", {"次数": "many"}, "请填写数字"),
        ("返回指定的返回码", {"次数": "0"}, "请填写 1 到"),
        ("返回指定的返回码", {"次数": "1.5"}, "请填写整数"),
        ("传输与报文故障", {"数值": "soon"}, "请填写数字"),
        ("传输与报文故障", {"数值": "601"}, "请填写 0 到 600 之间的数"),
        ("传输与报文故障", {"数值": ""}, "请填写数字"),
    ],
)
def test_bad_input_is_reported_beside_its_field(page, page_faults, sandbox, heading, fields, sentence):
    page_faults.expected = ("status of 400",)
    page.goto(sandbox.base_url + HERE)
    form = card(page, heading)
    for label, text in fields.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("没有设置故障")
    label, text = next(iter(fields.items()))
    field = card(page, heading).get_by_label(label)
    assert field.input_value() == text
    expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text(sentence)
    assert page.locator("[aria-invalid]").count() == 1
    assert sandbox("faults")["waiting"] == []
