"""Trying candidate dialects against the platform: only when it answers 9003, one a second, forty in all.

The query is `auth.query` of a serial number that nobody has used: it reads, and finds nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import product

import requests

from vcchk.base.errors import VcchkError
from vcchk.base.record import Record
from vcchk.wire import ciphers, codec
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.signature import SUFFIXES
from vcchk.wire.profile import CHOICES, Profile

MOST = 40
PAUSE = 1.0
TIMEOUT = 10.0
_MAX_REPLY = 1 << 20
# Codes that a platform gives only after it has accepted signature and cipher: success, no such record, and the like.
# Anything else proves nothing (with other field names it says 1001, for app_id is empty).
_ACCEPTED = frozenset({"0000", "10", "200", "0", "3001", "3002", "3003"})


class Outcome(Record):
    """How the probe ended. ``profile``: the dialect that was accepted, or None; ``tries``: messages sent."""

    profile: Profile | None
    tries: int
    sentence: str


def candidates(current: Profile) -> Iterator[Profile]:
    """Yield dialects in the order of their likelihood, the site's own first; equal ones may follow."""
    yield current
    yield from BUILTIN.values()
    for signed, case, suffix in product(CHOICES["signed"], CHOICES["hash_case"], SUFFIXES):
        yield current.replace(signed=signed, hash_case=case, key_suffix=suffix)
    for sign, naming in product(CHOICES["sign_names"], CHOICES["naming"]):
        for suffix in SUFFIXES:
            yield current.replace(sign_names=sign, naming=naming, key_suffix=suffix)
    for order, empty in product(CHOICES["order"], CHOICES["empty"]):
        yield current.replace(order=order, empty=empty)
    for charset, hash_name in product(CHOICES["charset"], CHOICES["hash"]):
        yield current.replace(charset=charset, hash=hash_name)


def cipher_candidates(current: Profile, enc_type: str) -> Iterator[Profile]:
    """Yield ``current`` with every other way of ``enc_type``, the likeliest first."""
    family = enc_type.lower()
    keys = [f"{family}_{part}" for part in ("mode", "encoding", "padding", "key")]
    if family == "aes":
        keys.append("aes_key_bytes")
    elif family == "des":
        keys.append("des_kind")
    default = Profile()
    combined = [dict(zip(keys, values, strict=True)) for values in product(*(CHOICES[key] for key in keys))]
    combined.sort(key=lambda one: sum(getattr(default, key) != value for key, value in one.items()))
    for one in combined:
        yield current.replace(**one)


def query(app_id: str, term_id: str, version: str, sign_type: str, enc_type: str) -> tuple[dict[str, str], str]:
    """Return fields and biz_content of the harmless query, with the time of now (local)."""
    now = time.strftime("%Y%m%d%H%M%S")
    fields = {
        "app_id": app_id,
        "term_id": term_id,
        "method": "ehc.ehealthcard.auth.query",
        "version": version,
        "timestamp": now,
        "sign_type": sign_type,
        "enc_type": enc_type,
    }
    return fields, f'{{"out_authorize_no":"VCCHKPROBE{now}"}}'


class Prober:
    """Sends at most `MOST` messages, at most one each `PAUSE` seconds. ``said``: called with a Chinese line each."""

    def __init__(self, url: str, key: str, verify: bool | str, said: Callable[[str], None]) -> None:
        self._url = url
        self._key = key
        self._said = said
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = verify
        self._last = 0.0
        self.tries = 0

    def run(self, current: Profile, fields: dict[str, str], biz_text: str) -> Outcome:
        """Try ``current``, and on 9003 the others: first the signature in clear, then the cipher.

        9007 counts as 9003: a platform that decrypts before it verifies says so of a foreign dialect.
        """
        code = self._send(current, fields, biz_text)
        if code not in ("9003", "9007"):
            sentence = (
                f"平台返回 {code}，不是 9003 验签失败：问题不在签名规则（现行 {current.name}），未作尝试"
                if code
                else "平台没有可读的应答，无法尝试：请先用 vcchk doctor 检查网络和地址"
            )
            return Outcome(profile=current if code in _ACCEPTED else None, tries=1, sentence=sentence)
        clear = {**fields, "enc_type": "Plain"}
        sealed = fields["enc_type"].upper() not in ciphers.PLAIN
        # In clear first: the signature is then found without guessing the cipher too.
        signed = self._first(candidates(current), clear, biz_text, skip_first=not sealed)
        if signed is None:
            return Outcome(profile=None, tries=self.tries, sentence=f"试了 {self.tries} 次，没有一种签名规则被平台接受")
        if not sealed:
            return Outcome(profile=signed, tries=self.tries, sentence=f"第 {self.tries} 次被平台接受")
        found = self._first(cipher_candidates(signed, fields["enc_type"]), fields, biz_text)
        if found is None:
            sentence = f"签名规则已找到（明文时被接受），但 {fields['enc_type']} 的加密方式试了 {self.tries} 次仍未找到"
            return Outcome(profile=signed, tries=self.tries, sentence=sentence)
        return Outcome(profile=found, tries=self.tries, sentence=f"第 {self.tries} 次被平台接受")

    def _first(
        self, found: Iterator[Profile], fields: dict[str, str], biz_text: str, *, skip_first: bool = False
    ) -> Profile | None:
        sent = set()
        for number, one in enumerate(found):
            if self.tries >= MOST:
                return None
            try:
                body = codec.seal_request(one, fields, biz_text, self._key).body
            except VcchkError:
                continue
            if body in sent:
                continue
            sent.add(body)
            if number == 0 and skip_first:
                continue
            code = self._send(one, fields, biz_text)
            if code in _ACCEPTED:
                return one
        return None

    def _send(self, one: Profile, fields: dict[str, str], biz_text: str) -> str:
        """Return the platform's code for one message, "" when there is none."""
        wait = self._last + PAUSE - time.monotonic()
        if self.tries and wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()
        self.tries += 1
        sealed = codec.seal_request(one, fields, biz_text, self._key)
        try:
            with self._session.post(
                codec.address(self._url, sealed.path),
                data=sealed.body,
                headers={"Content-Type": sealed.content_type},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as reply:
                data = reply.raw.read(_MAX_REPLY, decode_content=True)
            code = codec.read(one, data, reply=True).ret_code
        except (requests.RequestException, VcchkError):
            code = ""
        self._said(f"第 {self.tries} 次：{_described(one)} → {code or '无可读应答'}")
        return code


def _described(one: Profile) -> str:
    """Return how a profile differs from the default, for the person who watches."""
    default = Profile()
    different = [
        f"{key}={getattr(one, key)}"
        for key in Profile._fields
        if key != "name" and getattr(one, key) != getattr(default, key)
    ]
    return "、".join(different) or "默认规则"
