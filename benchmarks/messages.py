"""The messages of the benchmarks: InData of a HIS, the same on the wire, and the platform's fixed reply.

Synthetic throughout. The sizes are those that a HIS sees in an ordinary verify: 500 bytes of InData, 600 of OutData.
"""

from __future__ import annotations

import json

from vcchk.sandbox.seed import DEMO
from vcchk.wire import codec, jsontext, message
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile

KEY = "BENCH0123456789ABCDEF0123456789AB"
PROFILE: Profile = BUILTIN["xiamen"]
REQUEST_BYTES = 500
REPLY_BYTES = 600

_ENVELOPE = {
    "app_id": "BENCHAPP0001",
    "method": "ehc.ehealthcode.verify",
    "term_id": "350200000001",
    "version": "X.M.0.1",
    "timestamp": "20260101080000",
    "sign_type": "SM3",
    "enc_type": "SM4",
}
_REQUEST = {
    "ehealth_code": ":0:",
    "out_verify_no": "V20260101080000",
    "out_verify_time": "20260101080000",
    "operator_id": "0001",
    "operator_name": "bench",
    "ip_addr": "10.0.0.1",
    "treatment_code": "010101",
    "office_code": "0303",
}
_REPLY = {
    "mindex_id": "M" * 40,
    "ehealth_card_id": "A" * 64,
    "id_type": "01",
    "id_no": "990000199001010000",
    "user_name": "畲测试",
    "user_sex": "1",
    "mobile_phone": "19900000000",
    "birthday": "1990-01-01",
    "telephone": "",
    "address": "",
    "work_unit": "",
    "card_type": "01",
    "card_no": "C00000000000",
}


def _filled(fields: dict[str, str], name: str, size: int, now: int) -> dict[str, str]:
    return {**fields, name: "X" * (size - now) + fields[name]}


def in_data() -> bytes:
    """Return InData of `REQUEST_BYTES`, ASCII; no check of the field tables has anything to say about it."""

    def text(biz: dict[str, str]) -> str:
        return json.dumps({**_ENVELOPE, "key": KEY, "sign": "", "biz_content": biz}, separators=(",", ":"))

    return text(_filled(_REQUEST, "ehealth_code", REQUEST_BYTES, len(text(_REQUEST)))).encode("ascii")


def sealed_request() -> bytes:
    """Return what `in_data` becomes on the wire."""
    parsed = message.parse(in_data().decode("ascii"))
    return codec.seal_request(PROFILE, parsed.fields, parsed.biz_text, parsed.key).body


def sandbox_query() -> bytes:
    """Return a query about one of the sandbox's people as it goes over the wire: what the sandbox's speed is of."""
    fields = {"app_id": DEMO.app_id, "method": "ehc.ehealthcard.regquery", "term_id": DEMO.term_id,
              "version": "X.M.0.1", "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": "SM4"}  # fmt: skip
    biz = jsontext.compact({"id_type": "01", "id_no": DEMO.people[0].id_no})
    return codec.seal_request(PROFILE, fields, biz, DEMO.key).body


def reply() -> bytes:
    """Return a signed, encrypted reply whose OutData has `REPLY_BYTES` in GB18030."""
    fields = {name: _ENVELOPE[name] for name in ("app_id", "method", "sign_type", "enc_type")}
    fields |= {"ret_code": "0000", "ret_msg": "ok"}
    biz = _filled(_REPLY, "address", REPLY_BYTES, len(jsontext.compact(_REPLY).encode("gb18030")))
    return codec.seal_reply(PROFILE, fields, jsontext.compact(biz), KEY).body
