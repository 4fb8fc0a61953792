"""What becomes of answers that a C string, a short return value or an old program's comparison would garble."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.http_peer import ScriptedPlatform
from tests.package.conftest import Till
from vcchk.base.errors import DEVICE_CODES
from vcchk.sandbox.seed import DEMO

REGQUERY = "ehc.ehealthcard.regquery"
VERIFY = "ehc.ehealthcode.verify"


@pytest.mark.parametrize(
    ("ret_code", "ret_msg", "code", "said"),
    [
        # Delphi's and PowerBuilder's Trim would make "00", success, of these.
        (" 00", "x", "9998", "x（平台返回码 00）[9998]"),
        ("\t00 ", "x", "9998", "x（平台返回码 00）[9998]"),
        ("\x0000", "x", "9998", "x（平台返回码 00）[9998]"),
        (" 2001 ", "", "2001", "电子健康卡二维码已过期[2001]"),
        ("E_CARD_CLOSED", "x", "E_CARD_CLOSED", "x[E_CARD_CLOSED]"),
        ("E_CARD_IS_CLOSED", "x", "9998", "x（平台返回码 E_CARD_IS_CLOSED）[9998]"),
        ("失败", "x", "9998", "x（平台返回码 失败）[9998]"),
        ("2001", "过期\0后", "2001", "过期后[2001]"),
        ("2001", "过期[2001]", "2001", "过期[2001]"),
    ],
)
def test_a_foreign_code_never_reads_as_success_and_never_loses_itself(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ret_code: str, ret_msg: str, code: str, said: str
) -> None:
    platform.answer = lambda _: json.dumps({"ret_code": ret_code, "ret_msg": ret_msg}).encode()
    assert make_till().call(REGQUERY, {"id_no": "1"}) == (code, said)


@pytest.mark.parametrize("ret_code", ["", " ", "\0", "\0 \n"])
def test_a_blank_code_is_no_code(platform: ScriptedPlatform, make_till: Callable[..., Till], ret_code: str) -> None:
    platform.answer = lambda _: json.dumps({"ret_code": ret_code, "ret_msg": "x"}).encode()
    code, said = make_till().call(REGQUERY, {"id_no": "1"})
    assert code == "9008"
    assert said.startswith("平台应答的 ret_code 为空，请把发生时间和“ret_code 为空”告诉平台")


def test_business_fields_that_the_caller_encrypted_are_not_replaced_by_a_scanned_code(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: b'{"ret_code":"0000","method":"ehc.ehealthcode.verify","biz_content":{}}'
    till = make_till("[scanner]\ndriver = continuous\nport = /dev/no-such-port\n")
    assert till.raw(json.dumps({"method": VERIFY, "sign": "THEIRS", "biz_content": "A1B2C3"})) == ("00", "{}")
    assert json.loads(platform.requests[0])["biz_content"] == "A1B2C3"
    code, _ = till.call(VERIFY, {"ehealth_code": ""})
    assert (code, len(platform.requests)) == (DEVICE_CODES["open_failed"][1], 1), "who is asked to scan here, fails"


@pytest.mark.parametrize(("name", "code"), [("method", "1004"), ("key", "9002")])
def test_null_is_a_missing_field(make_till: Callable[..., Till], name: str, code: str) -> None:
    whole = {"method": VERIFY, "key": DEMO.key, "sign": None, "biz_content": {}, name: None}
    assert make_till().raw(json.dumps(whole))[0] == code


def test_each_function_names_the_setting_of_its_own_buffer(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: b'{"code":0,"data":"%s"}' % (b"x" * 5000)
    till = make_till()
    in_data = b'{"transType":"ec.query"}'
    for transact, setting in (
        (till.boundary.virtual_card_trans, "[abi] out_capacity"),
        (till.boundary.nation_ec_trans, "[abi] nation_capacity"),
    ):
        code, out = transact(till.url.encode(), in_data)
        assert code == "9008"
        assert setting in out.decode("gb18030")


@pytest.mark.parametrize(("method", "doubt"), [(VERIFY, True), (REGQUERY, False)])
def test_our_own_fault_after_sending_says_that_the_state_is_unknown(
    platform: ScriptedPlatform,
    make_till: Callable[..., Till],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    doubt: bool,
) -> None:
    platform.answer = lambda _: b'{"ret_code":"0000","biz_content":{}}'

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vcchk.wire.codec.unseal", breaks)
    code, said = make_till().call(method, {"ehealth_code": "1", "out_verify_no": "1"})
    assert code == "8009"
    assert said.startswith("内部异常，请运行 vcchk doctor，并查看日志")
    assert ("交易状态未知" in said) is doubt
    assert ("请患者重新出示二维码" in said) is doubt
