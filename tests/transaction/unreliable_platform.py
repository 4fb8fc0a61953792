"""A platform behind a bad front: it knows what it has carried out, whatever reaches the till of it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from tests.http_peer import HttpPeer, Reply
from vcchk.sandbox.seed import DEMO
from vcchk.specification import serial_number
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

XIAMEN = BUILTIN["xiamen"]
NAMES = ("张三", "郑伟", "王小二", "欧阳·娜", "李婷婷", "赵子轩", "买买提·吐尔逊", "陈鑫")
"""郑伟 in GBK is valid UTF-8 as well; the dot has two bytes in UTF-8."""

# What becomes of a call, with its weight: whether the platform acts, and what comes back.
WAYS = {
    "right": 40, "refused": 6, "foreign": 6, "foreign after acting": 8, "foreign success": 6, "replayed": 10,
    "replayed after acting": 6, "cut after acting": 6, "re-encoded": 8, "late": 2, "bare refusal after acting": 2,
}  # fmt: skip
FOREIGN = (
    (504, {"code": 504, "msg": "网关超时"}),
    (200, {"code": 504, "msg": "网关超时"}),
    (502, {"ret_code": "9999", "ret_msg": "bad gateway"}),
    (400, {"code": 40001, "message": "upstream closed", "timestamp": 1}),
)
SUCCESSES = (
    (200, {"code": "0000", "msg": "success"}),
    (200, {"code": 0, "message": "ok", "data": {}}),
    (599, {"ret_code": "0000"}),
    (200, {"ret_code": "0000", "ret_msg": "操作成功"}),
)


def person_of(card: str) -> dict[str, str]:
    """Return the person whose card this is, the same every time."""
    number = int(card.rpartition("-")[2])
    return {
        "id_type": "01",
        "id_no": f"3502991990{number:08d}",
        "user_name": NAMES[number % len(NAMES)],
        "ehealth_card_id": card,
    }


class UnreliablePlatform(HttpPeer):
    """Answers by `WAYS`, drawn with ``seed``. ``late``: seconds that a late reply takes."""

    def __init__(self, seed: int, late: float) -> None:
        self.done: set[str] = set()
        """Serial numbers of the writes that were carried out."""
        self.garbled: list[str] = []
        self.ways: dict[str, int] = dict.fromkeys(WAYS, 0)
        self._late = late
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._recorded: list[bytes] = []
        super().__init__()

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = codec.open(XIAMEN, body, DEMO.key, reply=False)
        card, serial = asked.biz["mindex_id"], (serial_number(asked.biz) or ("", ""))[1]
        if asked.biz["user_name"] != person_of(card)["user_name"]:
            self.garbled.append(asked.biz["user_name"])
        with self._lock:
            way = self._random.choices(list(WAYS), list(WAYS.values()))[0]
            self.ways[way] += 1
            if "acting" in way or way in ("right", "re-encoded", "late"):
                self.done.add(serial)
            recorded = self._random.choice(self._recorded) if self._recorded else b""
            foreign, success = self._random.choice(FOREIGN), self._random.choice(SUCCESSES)
        right = self._right(asked, card, "Plain" if way == "re-encoded" else "SM4")
        charset, status, data = "UTF-8", 200, right
        if way == "refused":
            data = self._sealed(asked, "{}", "SM4", ret_code="3001", ret_msg="无符合条件的查询记录")
        elif way.startswith("replayed") and recorded:
            data = recorded
        elif way == "replayed":
            status, data = 502, b""
        elif way == "foreign success":
            status, data = success[0], json.dumps(success[1], ensure_ascii=False).encode()
        elif way.startswith("foreign"):
            status, data = foreign[0], json.dumps(foreign[1], ensure_ascii=False).encode()
        elif way == "bare refusal after acting":
            data = b'{"ret_code":"9001","ret_msg":"x"}'
        elif way == "re-encoded":
            charset, data = ("ISO-8859-1" if len(right) % 2 else "UTF-8"), right.decode().encode("gbk")
        elif way == "late":
            time.sleep(self._late)
        if way == "right":
            with self._lock:
                self._recorded = [*self._recorded[-200:], right]
        return Reply(data, status, f"application/json;charset={charset}", is_cut=way == "cut after acting")

    def _right(self, asked: codec.Opened, card: str, enc_type: str) -> bytes:
        biz: dict[str, Any] = {**person_of(card), "mindex_id": card}
        if asked.fields["method"].endswith("alterinfo"):
            biz["out_alter_no"] = asked.biz["out_alter_no"]
        return self._sealed(asked, json.dumps(biz, ensure_ascii=False), enc_type)

    @staticmethod
    def _sealed(asked: codec.Opened, biz: str, enc_type: str, **changes: str) -> bytes:
        fields = {name: asked.fields[name] for name in ("app_id", "method", "version", "sign_type")}
        fields |= {"ret_code": "0000", "ret_msg": "操作成功", "enc_type": enc_type}
        fields["timestamp"] = time.strftime("%Y%m%d%H%M%S")
        return codec.seal_reply(XIAMEN, fields | changes, biz, DEMO.key).body
