"""Behind ``vcchk wire probe``: at most forty messages, one a second, of a query that finds nothing.

The query is `auth.query` of a serial number that nobody has used, with Chinese in it, so that the charset is settled
too. What to send next is decided as on the first calls (`vcchk.wire.inference.search`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vcchk.base.errors import VcchkError
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.wire import app_ids, codec
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.belief import Request, Sent
from vcchk.wire.inference.first_success import completed
from vcchk.wire.inference.refusal import Observation, observe
from vcchk.wire.inference.search import Search
from vcchk.wire.profile import Profile
from vcchk.wire.profile_help import described

MAX_QUERIES = 40
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class ProbeResult:
    """How the probe ended. ``profile``: what was accepted, or None; ``code``: the platform's last; ``tries``: sent."""

    profile: Profile | None
    code: str
    tries: int
    sentence: str


def query(app_id: str, term_id: str, version: str, sign_type: str, enc_type: str) -> tuple[dict[str, str], str]:
    """Return fields and biz_content of the harmless query, with the time of now (local).

    The business data are sorted, all text and without empties: then their canonical form is the same.
    """
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
    return fields, f'{{"operator_name":"规则查找","out_authorize_no":"VCCHKPROBE{now}"}}'


class Prober:
    """Sends at most `MAX_QUERIES` messages, `PAUSE_SECONDS` apart. ``report``: called with a Chinese line for each."""

    def __init__(self, gateway: Gateway, url: str, report: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._url = url
        self._report = report
        self.tries = 0

    def run(self, first: Profile, fixed: Mapping[str, str], request: Request) -> ProbeResult:
        """Search, beginning with ``first`` or what the application's id hints at. ``fixed``: the site's settings."""
        hinted = app_ids.first_profile(request.fields.get("app_id", ""))
        profile: Profile | None = BUILTIN[hinted] if hinted and not fixed else first
        search = Search(request, fixed, {})
        while profile is not None and self.tries < MAX_QUERIES:
            if self.tries:
                time.sleep(PAUSE_SECONDS)
            self.tries += 1
            encoded = codec.seal_request(profile, request.fields, request.biz_text, request.key)
            body, trouble = self._post(encoded)
            seen = observe(profile, body, request.fields) if body else None
            self._report(f"第 {self.tries} 次：{described(profile)} → {self._shown(profile, body, seen) or trouble}")
            if seen is None:
                return self._stopped(profile, body, trouble)
            if seen.is_accepted:
                found = completed(profile, body, seen, request)
                return ProbeResult(found, seen.code, self.tries, f"第 {self.tries} 次被平台接受")
            profile = search.next(Sent(profile=profile, body=encoded.body), seen)
        return ProbeResult(
            None, "", self.tries, f"试了 {self.tries} 次，没有一种已知规则被平台接受：最可能是密钥有误，请向平台核对"
        )

    def _post(self, encoded: codec.Encoded) -> tuple[bytes, str]:
        """Return the reply's body, or an empty one and the Chinese sentence of the failure."""
        address = codec.address(self._url, encoded.path)
        try:
            reply = self._gateway.post(
                address, encoded.body, encoded.content_type, writing=False, deadline=Deadline(TIMEOUT_SECONDS)
            )
        except VcchkError as error:
            return b"", f"{error.message}[{error.code}]"
        return reply.body, ""

    def _shown(self, profile: Profile, body: bytes, seen: Observation | None) -> str:
        if seen is not None:
            return seen.code
        try:
            return codec.read(profile, body, reply=True).ret_code
        except VcchkError:
            return "不是平台的应答" if body else ""

    def _stopped(self, profile: Profile, body: bytes, trouble: str) -> ProbeResult:
        code = self._shown(profile, body, None)
        if trouble:
            return ProbeResult(None, "", self.tries, f"没有可读的应答：{trouble}")
        return ProbeResult(None, code, self.tries, f"平台返回 {code}，不是验签或解密失败：问题不在报文规则，未再尝试")
