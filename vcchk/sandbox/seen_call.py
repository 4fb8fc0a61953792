"""One call that the platform saw, as it is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vcchk.sandbox.platform.diagnosis import Diagnosis
from vcchk.wire.profile import Profile

MAX_BODY_BYTES = 256 << 10
"""Bytes of one body that are remembered: a photograph's request is cut."""


@dataclass
class SeenCall:
    """One call. ``signature``: held, missing, wrong, or empty when it was never looked at. ``ms``: server time.

    ``request``/``reply``: the business JSON in clear, empty when it could not be opened. ``body``/``reply_body``: the
    bytes as they travelled, `MAX_BODY_BYTES` at most, of ``size``/``reply_size``. ``envelope``: the request's fields by
    document A's names. ``replay_of``: the number of the call that this one repeats, else 0.
    """

    number: int
    at: float
    method: str = ""
    app_id: str = ""
    term_id: str = ""
    profile: str = ""
    sign_type: str = ""
    enc_type: str = ""
    signature: str = ""
    ret_code: str = ""
    cause: str = ""
    serial: str = ""
    ms: float = 0.0
    http: int = 200
    request: str = ""
    reply: str = ""
    envelope: dict[str, Any] = field(default_factory=dict)
    diagnosis: Diagnosis | None = None
    path: str = ""
    content_type: str = ""
    body: bytes = b""
    size: int = 0
    reply_type: str = ""
    reply_body: bytes = b""
    reply_size: int = 0
    rules: Profile | None = None
    key: str = field(default="", repr=False)
    replay_of: int = 0
    weight: int = 0
    """Bytes that it takes in memory, roughly."""

    def __post_init__(self) -> None:
        size = self.size = len(self.body)
        reply_size = self.reply_size = len(self.reply_body)
        if size > MAX_BODY_BYTES or reply_size > MAX_BODY_BYTES:
            self.body, self.reply_body = self.body[:MAX_BODY_BYTES], self.reply_body[:MAX_BODY_BYTES]
            size, reply_size = min(size, MAX_BODY_BYTES), min(reply_size, MAX_BODY_BYTES)
        self.weight = size + reply_size + len(self.request) + len(self.reply)
