"""A HIS's side written a second time, from the documents alone: no import of vcchk, so that no mistake is shared.

Rules of the profile xiamen: canonical text with ``key=K`` and no ``&``, upper-case hex; AES-CBC, DES-CBC, SM4-ECB with
PKCS#7. Ciphers and digests are `cryptography`'s and hashlib's.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_NUMBERS = itertools.count(1)
_RUN = os.urandom(4).hex().upper()


def serial() -> str:
    """Return a serial number that no other test uses."""
    return f"T{_RUN}{next(_NUMBERS):08d}"


def cipher(enc_type: str, key: str) -> tuple[Cipher, int] | None:
    data = key.encode()
    if enc_type == "AES":
        return Cipher(algorithms.AES(data[:16].ljust(16, b"\0")), modes.CBC(b"0102030405060708")), 16
    if enc_type == "DES":
        des = data[:8].ljust(8, b"\0")
        return Cipher(TripleDES(des * 3), modes.CBC(bytes(range(1, 9)))), 8
    if enc_type == "SM4":
        return Cipher(algorithms.SM4(data[:16].ljust(16, b"\0")), modes.ECB()), 16
    return None


def encrypt(enc_type: str, key: str, text: str) -> str:
    made = cipher(enc_type, key)
    if made is None:
        return text
    algorithm, block = made
    data = text.encode()
    pad = block - len(data) % block
    worker = algorithm.encryptor()
    return (worker.update(data + bytes([pad]) * pad) + worker.finalize()).hex().upper()


def decrypt(enc_type: str, key: str, text: str) -> str:
    made = cipher(enc_type, key)
    if made is None:
        return text
    worker = made[0].decryptor()
    data = worker.update(bytes.fromhex(text)) + worker.finalize()
    assert 1 <= data[-1] <= made[1]
    assert data[-data[-1] :] == bytes([data[-1]]) * data[-1]
    return data[: -data[-1]].decode()


def canonical(fields: dict[str, str], key: str) -> str:
    kept = sorted((n, v) for n, v in fields.items() if n not in ("sign", "key") and v != "")
    return "&".join(f"{n}={v}" for n, v in kept) + "key=" + key


def sign(fields: dict[str, str], key: str) -> str:
    digest = {"MD5": "md5", "SM3": "sm3"}[fields["sign_type"]]
    return hashlib.new(digest, canonical(fields, key).encode()).hexdigest().upper()


@dataclass
class Reply:
    """What came back, opened and checked by this file's own rules."""

    code: str
    message: str
    biz: dict[str, Any]
    envelope: dict[str, Any]
    is_signed: bool


@dataclass
class His:
    """A hospital program: ``call`` sends one signed and encrypted message and checks the answer's signature."""

    url: str
    app_id: str
    key: str
    term_id: str
    sign_type: str = "SM3"
    enc_type: str = "SM4"
    session: requests.Session = field(default_factory=requests.Session)

    def envelope(self, method: str, biz: Any, /, **changes: Any) -> dict[str, Any]:
        """Return the message as it goes on the wire; a change to None leaves the field out, also before signing."""
        text = biz if isinstance(biz, str) else json.dumps(biz, ensure_ascii=False)
        fields = {
            "app_id": self.app_id,
            "method": method,
            "term_id": self.term_id,
            "version": "X.M.0.1",
            "timestamp": "20260101080000",
            "sign_type": self.sign_type,
            "enc_type": self.enc_type,
            "biz_content": text,
            **changes,
        }
        fields = {n: v for n, v in fields.items() if v is not None}
        if fields.get("sign_type") in ("MD5", "SM3"):
            fields["sign"] = sign(fields, self.key)
        fields["biz_content"] = encrypt(fields.get("enc_type", ""), self.key, text)
        return fields

    def post(self, message: Any) -> requests.Response:
        """Send a message as it is."""
        data = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        return self.session.post(self.url, data=data, headers=headers, timeout=60)

    def call(self, method: str, biz: Any, /, **changes: Any) -> Reply:
        """Send, check the reply's signature when there is one, decrypt."""
        return self.read(self.post(self.envelope(method, biz, **changes)))

    def read(self, response: requests.Response) -> Reply:
        """Open a reply."""
        assert response.status_code == 200, response.text
        fields = response.json()
        text = fields.get("biz_content") or ""
        clear = decrypt(fields.get("enc_type", ""), self.key, text) if text else ""
        received = fields.get("sign", "")
        if received:
            assert received == sign({**fields, "biz_content": clear}, self.key)
        biz = json.loads(clear) if clear else {}
        return Reply(fields["ret_code"], fields["ret_msg"], biz, fields, bool(received))
