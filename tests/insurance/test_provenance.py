"""Whose word a reply of the voucher's service is, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from vcchk.insurance.provenance import is_the_services


@pytest.mark.parametrize(
    ("status", "reply", "expected"),
    [
        (200, {"code": 0, "message": "成功", "orgId": "1", "data": {"ecToken": "T"}}, True),
        (200, {"code": 0, "data": "{}"}, True),
        (200, {"code": -2, "message": "取消"}, True),
        (200, {"code": "-1", "message": "凭证码已失效", "data": None}, True),
        (400, {"code": -1, "message": "凭证码已失效"}, True),
        (200, {"code": 7, "message": "不行", "data": None}, True),
        (200, {"code": 10001, "message": "不行", "orgId": "1"}, True),
        (200, {"code": 7, "message": "不行"}, False),
        (200, {"code": 504, "msg": "网关超时"}, False),
        (200, {"code": 504, "message": "网关超时", "data": None}, False),
        (200, {"code": 408, "message": "请求超时", "data": None}, False),
        (200, {"code": "429", "message": "too many requests", "data": {}}, False),
        (504, {"code": -1, "message": "凭证码已失效", "data": None}, False),
        (200, {"code": -1, "msg": "系统繁忙"}, False),
        (200, {"code": 0, "msg": "success"}, False),
        (200, {"code": 0, "message": "success", "data": None}, False),
        (200, {"message": "成功"}, False),
        (404, {"code": 404, "message": "no route"}, False),
    ],
)
def test_whose_word(status: int, reply: dict[str, Any], expected: bool) -> None:
    assert is_the_services(status, reply) is expected
