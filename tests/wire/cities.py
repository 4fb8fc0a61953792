"""Platforms drawn at random: a family's dialect with a choice on each of its open questions, and habits.

A city answers bodies with bodies, as a platform does over HTTP. It reads and writes with the wire's codec, whose
families golden vectors pin; what is drawn, in which order it checks, and what it counts is its own.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from vcchk.base.errors import VcchkError
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile
from vcchk.wire.signing import Signature

FAMILIES = ("card", "gotool", "payment", "gateway", "ehui", "sichuan")
# family → profile, choices of each open question, (enc_type, sign_type) that its callers use
_DRAWN = {
    "card": ("xiamen", {"key_suffix": ("key=K", "&key=K"), "charset": ("utf-8", "gbk"), "sm4_mode": ("ecb", "cbc"),
                        "des_encoding": ("HEX", "base64"), "key": ("direct", "derived")},
             ("Plain", "AES", "DES", "SM4"), ("MD5", "SM3")),
    "gotool": ("gotool", {"hash_case": ("lower", "upper"), "sm4_key": ("hex", "direct")},
               ("SM4", "AES"), ("SM3", "SHA256")),
    "payment": ("payment", {"des_encoding": ("base64/76", "HEX"), "hash_case": ("upper", "upper", "lower")},
                ("Plain", "AES", "DES"), ("MD5",)),
    "gateway": ("gateway", {"hash_case": ("upper",)}, ("Plain", "AES", "SM4"), ("MD5", "SM3")),
    "ehui": ("ehui", {"sm4_reply_key": ("same", "hex_text")}, ("Plain", "AES", "SM4"), ("MD5", "SM3")),
    "sichuan": ("sichuan", {}, ("SM4",), ("SM3",)),
}  # fmt: skip


@dataclass
class City:
    """One platform. ``log``: what it answered; ``done``: serial numbers carried out."""

    family: str
    profile: Profile
    app_id: str
    key: str
    enc_type: str
    sign_type: str
    refuses_plain: bool
    signs_refusals: bool
    verifies_first: bool
    one_code: bool
    locks_after: int = 10
    log: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    bad: int = 0

    @property
    def is_locked(self) -> bool:
        return self.bad >= self.locks_after

    def answer(self, body: bytes) -> bytes:
        code, message, fields, biz = self._judge(body)
        self.log.append(code)
        if code in ("9003", "9007"):
            self.bad += 1
        is_signed = code == "0000" or (self.signs_refusals and code in ("9003", "9007"))
        reply = {
            "ret_code": code,
            "ret_msg": message,
            **{n: fields[n] for n in ("app_id", "method", "version", "timestamp") if n in fields},
        }
        types = {n: fields[n] for n in ("sign_type", "enc_type") if n in fields} if is_signed else {}
        return codec.seal_reply(self.profile, reply | types, biz, self.key if is_signed else "").body

    def _judge(self, body: bytes) -> tuple[str, str, dict, str]:
        try:
            raw = codec.read(self.profile, body, reply=False)
        except VcchkError:
            return "9008", "报文读取错误", {}, ""
        fields = dict(raw.fields)
        for name, code in (("app_id", "1001"), ("term_id", "1002"), ("method", "1004")):
            if not fields.get(name):
                return code, "字段为空", fields, ""
        if fields["app_id"] != self.app_id:
            return "1008", "应用不存在", fields, ""
        if self.is_locked:
            return "9999", "应用已锁定", fields, ""
        enc_type = fields.get("enc_type", "").upper()
        if enc_type in ("", "PLAIN") and self.refuses_plain:
            return "1006", "未知加密类型", fields, ""
        bad_signature = ("9003", "验签失败")
        bad_cipher = bad_signature if self.one_code else ("9007", "报文解密失败")
        reads_first = self.verifies_first and self.profile.signed == "cipher"
        if reads_first and not codec.verify(self.profile, raw, self.key, raw.biz):
            return *bad_signature, fields, ""
        try:
            opened = codec.unseal(self.profile, raw, self.key)
        except VcchkError as error:
            if error.code in ("1006", "1007"):
                return error.code, "未知类型", fields, ""
            return *(bad_signature if self.verifies_first else bad_cipher), fields, ""
        if opened.signature != Signature.HELD:
            return *bad_signature, fields, ""
        self.done.append(str((opened.biz or {}).get("out_verify_no", "")))
        return "0000", "操作成功", fields, json.dumps({"user_name": "测试", "count": 2}, ensure_ascii=False)


def _app_id(rng: random.Random, family: str) -> str:
    """Return an id as this family's platforms give them, or one without any form."""
    if rng.random() < 0.3:
        return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=20))
    if family == "gotool":
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=18))
    if family == "sichuan":
        digits = rng.randbytes(16).hex().upper()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    head = "".join(rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=12))
    return head + rng.randbytes(4).hex().upper() + "0000" + rng.randbytes(4).hex().upper()


def _key(rng: random.Random, family: str, profile: Profile) -> str:
    if family == "sichuan":
        return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=16))
    text = rng.randbytes(16).hex()
    return text if profile.sm4_key == "hex" else text.upper()


def draw(rng: random.Random, family: str) -> City:
    name, choices, enc_types, sign_types = _DRAWN[family]
    values = {key: rng.choice(options) for key, options in choices.items()}
    how = values.pop("key", "")
    keys = {f"{kind}_key": how for kind in ("aes", "des", "sm4")} if how else {}
    profile = BUILTIN[name].replace(**values | keys)
    return City(
        family=family,
        profile=profile,
        app_id=_app_id(rng, family),
        key=_key(rng, family, profile),
        enc_type=rng.choice(enc_types),
        sign_type=rng.choice(sign_types),
        refuses_plain=rng.random() < 0.5,
        signs_refusals=rng.random() < 0.5,
        verifies_first=rng.random() < 0.5,
        one_code=rng.random() < 0.5,
    )


def request_of(city: City, number: int) -> dict:
    """Return InData of a verify with a Chinese name."""
    return {
        "app_id": city.app_id,
        "term_id": "35020010001",
        "method": "ehc.ehealthcode.verify",
        "version": "X.M.0.1",
        "timestamp": "20260101080000",
        "sign_type": city.sign_type,
        "enc_type": city.enc_type,
        "key": city.key,
        "biz_content": {
            "ehealth_code": "0" * 64 + ":1:::35020001001",
            "operator_id": "0001",
            "operator_name": "测试员王芳",
            "out_verify_no": f"VCCHK{number:08}",
            "out_verify_time": "20260101080000",
            "treatment_code": "010101",
        },
    }
