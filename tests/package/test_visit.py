"""A patient's whole visit through the package against the sandbox: the demo's own table of steps, in both encodings."""

from __future__ import annotations

import json

import pytest
import requests

from native.buildkit.demo_visit import NEWCOMER, STEPS, DemoVisit, in_data
from tests.package.conftest import Till
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_the_whole_visit(till: Till, sandbox: Server, encoding: str) -> None:
    requests.post(f"{sandbox.base_url}/_sandbox/reset", json={}, timeout=60)
    visit = DemoVisit()
    for step in STEPS:
        if step.before == "approve":
            order = {"out_authorize_no": visit.authorise_no, "id_no": NEWCOMER.id_no}
            requests.post(f"{sandbox.base_url}/_sandbox/approve", json=order, timeout=60)
        code, out = till.raw(in_data(step, visit), encoding)
        assert code == step.code, (step.title, out)
        if code == "00":
            assert step.check(visit, json.loads(out)), step.title
            assert '":"' in out  # old programs search for "user_name":"
            assert "\\u" not in out
        else:
            assert out.endswith(f"[{code}]")
    seen = requests.post(f"{sandbox.base_url}/_sandbox/traffic", json={"count": 500}, timeout=60).json()["calls"]
    assert all(call["signature"] == "held" for call in seen)


def test_every_call_leaves_one_line_and_no_person(till: Till) -> None:
    biz = {"id_type": "01", "id_no": "350299198503120012"}
    code, out = till.call("ehc.ehealthcard.regquery", biz)
    assert code == "00"
    person = json.loads(out)
    text = till.log_text()
    assert text.count(" CALL ") == 1
    assert "ehc.ehealthcard.regquery 00 " in text
    for secret in (biz["id_no"], person["user_name"], person["ehealth_card_id"]):
        assert secret not in text


@pytest.mark.parametrize("field", ["user_name", "out_register_no", "app_id"])
def test_half_a_surrogate_pair_is_refused_as_the_callers_fault(till: Till, field: str) -> None:
    biz = {"out_register_no": f"S{field}", "id_type": "01", "id_no": "350299199501010011", "user_sex": "1",
           "user_name": "测试", "mobile_phone": "13900000000", "out_register_time": "20260101080000",
           "certificate_mode": "01", "apply_method": "3"}  # fmt: skip
    whole = {"app_id": DEMO.app_id, "biz_content": biz, "enc_type": "SM4", "key": DEMO.key, "sign_type": "SM3",
             "method": "ehc.ehealthcard.querywithreg", "term_id": DEMO.term_id, "version": "X.M.0.1"}  # fmt: skip
    (whole if field in whole else biz)[field] = "\ud800"
    assert till.raw(json.dumps(whole)) == ("9001", "请求参数有误：含有不完整的字符[9001]")
