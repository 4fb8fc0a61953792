"""The texts that the fuzzing starts from: good requests of every kind, and those that ended programs before."""

from __future__ import annotations

import json
from pathlib import Path

from vcchk.sandbox.seed import DEMO

from .compiled import PERSON, request


def _changed(**changes: object) -> str:
    made = json.loads(request())
    made.update(changes)
    return json.dumps({name: value for name, value in made.items() if value is not None}, ensure_ascii=False)


def texts() -> list[bytes]:
    """Every text as bytes; some are 1 MB."""
    good = request()
    requests = [
        good,
        _changed(enc_type="AES", sign_type="MD5"),
        _changed(enc_type="DES"),
        _changed(enc_type="Plain"),
        _changed(biz_content=json.dumps({"id_type": PERSON.id_type, "id_no": PERSON.id_no})),
        _changed(method="ehc.ehealthcode.verify", biz_content={"ehealth_code": "00" * 32 + ":1", "out_verify_no": "1"}),
        _changed(method="ehc.ehealthcard.auth.query", biz_content={"out_authorize_no": "1"}),
        _changed(method=None),
        _changed(key=None),
        _changed(key=None, sign="00112233"),
        _changed(app_id=None, term_id=None),
        _changed(app_id=DEMO.limited_app_id, key=DEMO.limited_key),
        _changed(biz_content={"name": "\U0001f600𠮷㐀吴䶮", "n": 1.10, "big": 12345678901234567890}),
        json.dumps({"transType": "ec.query", "data": {"ecQrCode": "1" * 28}}),
        '{"method":"m","biz_content":{"a":"\\ud83d","b":"\\udc00\\ud83d","c":"\\u0000"}}',
        '{"method":"m","method":"n","biz_content":{"a":1,"a":2}}',
        "{}",
        "[]",
        "null",
        '"text"',
        "",
        " \r\n\t",
    ]
    found = [text.encode("gb18030") for text in requests] + [text.encode("utf-8") for text in requests[:4]]
    found += [
        b"\xef\xbb\xbf" + good.encode("utf-8"),
        good.encode("utf-16"),
        good.encode("gbk").replace(b"DEMO", b"DE\0MO", 1),
        b"\xff" * 50,
        "联通".encode("gbk"),
        b'{"a":' * 64 + b"1" + b"}" * 64,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 5000,
        b"[" * 1_000_000,
        b'{"method":"m","biz_content":"' + b"[" * 3000 + b'"}',
        b'{"method":"m","biz_content":"' + b"x" * 1_000_000 + b'"}',
        _changed(biz_content={"id_no": "9" * 1_000_000}).encode("gbk"),
        _changed(app_id="中" * 350_000).encode("utf-8"),
    ]
    return found


def write(path: Path) -> Path:
    """Write them in fuzz.c's form; returns ``path``."""
    path.write_bytes(b"".join(len(text).to_bytes(4, "little") + text for text in texts()))
    return path
