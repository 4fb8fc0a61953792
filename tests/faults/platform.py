"""The platform's side of the fault matrix: right and subtly wrong answers, sealed with the package's own wire core."""

from __future__ import annotations

import json
from collections.abc import Mapping

from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

KEY = "FAULTKEY0123456789ABCDEF01234567"
APP = "FAULTAPP000000000000000000000001"
TERM = "350200100"
PROFILE = BUILTIN["xiamen"]
READING = "ehc.ehealthcard.regquery"
WRITING = "ehc.ehealthcard.alterinfo"
BIZ = '{"ehealth_card_id":"FAULTCARD","user_name":"测试"}'


def in_data(writing: bool) -> dict[str, object]:
    """Return what a HIS would pass as InData: a method with a serial number of its own, or a query."""
    return {
        "app_id": APP,
        "method": WRITING if writing else READING,
        "term_id": TERM,
        "version": "X.M.0.1",
        "timestamp": "20260101120000",
        "sign_type": "SM3",
        "enc_type": "SM4",
        "key": KEY,
        "biz_content": {
            "ehealth_card_id": "FAULTCARD",
            "out_alter_no": "F1",
            "out_alter_time": "20260101120000",
            "user_name": "测试",
        },
    }


def answer(
    body: bytes,
    *,
    key: str = KEY,
    ret_code: str = "0000",
    biz: str = BIZ,
    change: Mapping[str, str | None] | None = None,
) -> bytes:
    """Return the reply's body for a request's body; ``change`` replaces (None: removes) fields after sealing.

    A request that does not open, or whose signature is wrong, is answered 9003: no row of the matrix may pass by a
    request that was damaged on our side.
    """
    asked = codec.open(PROFILE, body, KEY, reply=False)
    if asked.signature != "held":
        ret_code = "9003"
    fields = dict(asked.fields) | {"ret_code": ret_code, "ret_msg": "操作成功" if ret_code == "0000" else "失败"}
    fields.pop("sign", None)
    whole: dict[str, str] = json.loads(codec.seal_reply(PROFILE, fields, biz, key).body)
    for name, value in (change or {}).items():
        whole.pop(name, None)
        if value is not None:
            whole[name] = value
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def sealed_content(body: bytes) -> str:
    """Return the ciphertext that the right answer to ``body`` carries."""
    content: str = json.loads(answer(body))["biz_content"]
    return content
