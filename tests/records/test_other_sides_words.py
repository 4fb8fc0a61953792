"""What the other side says of a patient reaches the HIS alone; what a gateway says is in the log, too."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.http_peer import ScriptedPlatform
from tests.package.conftest import Till, make_till, platform  # noqa: F401 - fixtures
from vcchk.records.journal import FILE

SENTENCE = "王小二的电子健康卡已于昨日注销"
REGISTER = "ehc.ehealthcard.register"
REGQUERY = "ehc.ehealthcard.regquery"
BIZ = {"id_type": "01", "id_no": "350299196502020018", "out_register_no": "R1"}
Make = Callable[..., Till]


def written(till: Till) -> str:
    """Return everything on the disk: log and journal."""
    texts = [till.log_text()]
    if (till.folder / FILE).exists():
        with closing(sqlite3.connect(till.folder / FILE)) as db:
            texts += [str(row) for row in db.execute("SELECT * FROM call").fetchall()]
    return "\n".join(texts)


def reply(platform: ScriptedPlatform, **members: Any) -> None:  # noqa: F811
    platform.answer = lambda body: json.dumps(members, ensure_ascii=False).encode()


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["auto", "off", "strict"])
@pytest.mark.parametrize("method", [REGISTER, REGQUERY])
@pytest.mark.parametrize(
    "members",
    [
        {"ret_code": "9999", "app_id": "A", "term_id": "T", "method": REGISTER, "sign": "00"},
        {"ret_code": "9999", "app_id": "A", "term_id": "T", "method": REGISTER},
        {"ret_code": "9999"},
        {"ret_code": "0001"},
        {"ret_code": "王小二"},
        {"ret_code": "1008"},
        {"ret_code": "3002", "app_id": "A", "term_id": "T", "method": REGISTER},
        {"ret_code": "0000", "biz_content": {"id_no": "1"}},
        {"ret_code": "0000"},
    ],
)
def test_the_platforms_sentence_is_for_the_his_alone(
    make_till: Make,  # noqa: F811
    platform: ScriptedPlatform,  # noqa: F811
    rule: str,
    method: str,
    members: dict[str, Any],
) -> None:
    till = make_till(f"[wire]\nverify_reply = {rule}\n")
    reply(platform, **members, ret_msg=SENTENCE)
    code, out = till.call(method, BIZ)
    if members["ret_code"] not in ("0000",):
        assert SENTENCE in out, "the HIS shows it to the clerk"
    assert code in written(till)
    assert "王小二" not in written(till)


@pytest.mark.parametrize(("code_name", "text_name"), [("respCode", "respMsg"), ("retCode", "retMsg"), ("code", "msg")])
def test_so_is_another_familys(make_till: Make, platform: ScriptedPlatform, code_name: str, text_name: str) -> None:  # noqa: F811
    till = make_till()
    reply(platform, **{code_name: "9999", text_name: SENTENCE})
    till.call(REGISTER, BIZ)
    assert "王小二" not in written(till)


@pytest.mark.parametrize("body", [{"code": -1}, {"code": 1001, "orgId": "1"}, {"code": 7}, {"code": "x" * 40}])
@pytest.mark.parametrize("nation", [True, False])
def test_so_is_the_voucher_services(
    make_till: Make,  # noqa: F811
    platform: ScriptedPlatform,  # noqa: F811
    body: dict[str, Any],
    nation: bool,
) -> None:
    till = make_till()
    reply(platform, **body, message=SENTENCE)
    call = till.boundary.nation_ec_trans if nation else till.boundary.virtual_card_trans
    in_data = json.dumps({"transType": "ec.query", "orgId": "1", "data": {}}).encode()
    out = call(platform.url.encode(), in_data)[1].decode("gb18030")
    assert "王小二" in out
    assert "王小二" not in written(till)


def test_the_log_has_the_platforms_code_and_a_sentence_of_the_table(
    make_till: Make,  # noqa: F811
    platform: ScriptedPlatform,  # noqa: F811
) -> None:
    till = make_till()
    reply(platform, ret_code="0001", ret_msg="流水号重复", app_id="A", method=REGQUERY)
    assert till.call(REGQUERY, BIZ)[0] == "9998"
    assert "ret_code=0001 ret_msg=流水号重复" in till.log_text()


def test_a_member_may_be_named_after_a_patient(make_till: Make, platform: ScriptedPlatform) -> None:  # noqa: F811
    till = make_till()
    reply(platform, ret_code="3001", 王小二="x", E12345678x=1)
    till.call(REGISTER, BIZ)
    assert "王小二" not in written(till)
    assert "E12345678" not in written(till)
    assert "members ret_code" in till.log_text()


def test_a_long_sentence_is_not_in_the_log_in_part(make_till: Make, platform: ScriptedPlatform) -> None:  # noqa: F811
    till = make_till()
    reply(platform, ret_code="9999", ret_msg=("甲" * 90 + SENTENCE) * 5)
    till.call(REGISTER, BIZ)
    assert "王小二" not in written(till)
    assert "甲" not in written(till)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"code": 504, "msg": "网关超时"}, "网关超时"),
        ({"code": "502", "message": "no healthy upstream"}, "no healthy upstream"),
        ({"code": 404, "msg": "no route for 350299196502020018" + " x" * 500}, "no route for 350***18"),
    ],
)
def test_a_gateways_words_are_in_the_log_masked(
    make_till: Make,  # noqa: F811
    platform: ScriptedPlatform,  # noqa: F811
    members: dict[str, Any],
    said: str,
) -> None:
    till = make_till()
    reply(platform, **members)
    till.call(REGISTER, BIZ)
    assert said in till.log_text()
    assert " x" * 61 not in till.log_text()


def test_a_gateway_before_the_voucher_service_too(make_till: Make, platform: ScriptedPlatform) -> None:  # noqa: F811
    till = make_till()
    reply(platform, code=504, msg="网关超时")
    till.boundary.virtual_card_trans(platform.url.encode(), b'{"transType":"ec.query","orgId":"1","data":{}}')
    assert "网关超时" in till.log_text()


def test_the_search_sees_what_is_written(make_till: Make, platform: ScriptedPlatform, tmp_path: Path) -> None:  # noqa: F811
    till = make_till()
    till.boundary.transactions.log.info(SENTENCE)
    assert "王小二" in written(till)
