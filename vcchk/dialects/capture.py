"""Behind ``vcchk wire capture``: a proxy on loopback that records what the old DLL and the platform say.

Bodies go both ways unchanged. What is kept: encrypted bodies as they are (the key is never on the wire), clear ones
masked unless the caller asks for the raw text, which `infer` then needs.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError

from vcchk.base.system_errors import reason
from vcchk.records import masking
from vcchk.wire import ciphers
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.capture_file import CapturedExchange
from vcchk.wire.names import ENVELOPE, REPLY_ALIASES
from vcchk.wire.profile import pairs

MAX_BODY = 1 << 20
TIMEOUT_SECONDS = 30.0
_ENVELOPE = {*ENVELOPE, "key", *(name for profile in BUILTIN.values() for name in pairs(profile.members))}
_PASSED_BACK = ("Content-Type", "Location")
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "证书不受信任，或 TLS 握手不成"),
    (requests.Timeout, "超时没有应答"),
    (requests.ConnectionError, "连接不上，或被断开"),
    (HTTPError, "应答没有传完"),
)
"""What requests and urllib3 raise, the special before the general."""


class CaptureServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and forwards each POST to ``upstream``'s host; `exchanges` tells how many were kept.

    ``path``: file that exchanges are appended to (mode 600). ``raw``: clear bodies are kept unmasked. ``verify``: True
    or the path of a CA bundle. ``report``: called with a Chinese line for each exchange.
    Raises ValueError (Chinese) and OSError for what could not be used, before it listens.
    """

    daemon_threads = True

    def __init__(
        self,
        upstream: str,
        path: str,
        *,
        port: int = 0,
        raw: bool = False,
        verify: Literal[True] | str = True,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        if not _is_address(upstream):
            raise ValueError("--upstream 应为 http:// 或 https:// 开头的平台地址")
        if verify is not True and not os.path.exists(verify):
            raise ValueError(f"没有 CA 证书文件 {verify}，请核对 --ca-bundle 或 [gateway] ca_bundle")
        _try_to_append(path)  # before the old DLL's call: what the platform has done cannot be asked for once more
        super().__init__(("127.0.0.1", port), _Handler)
        self.upstream = upstream
        self.path = path
        self.raw = raw
        self.report = report
        self.exchanges = 0
        self.kept = threading.Condition()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = verify

    @property
    def url(self) -> str:
        """The strUrl to give to the old DLL."""
        parts = urlsplit(self.upstream)
        return urlunsplit(("http", f"127.0.0.1:{self.server_address[1]}", parts.path, parts.query, ""))

    def keep(self, exchange: CapturedExchange) -> None:
        """Append one exchange to the file in a single write."""
        line = exchange.line().encode() + b"\n"
        with self.kept:
            target = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(target, line)
            finally:
                os.close(target)
            self.exchanges += 1
            self.kept.notify_all()
        self.report(
            f"已记录第 {self.exchanges} 笔（应答 HTTP {exchange.status}）" + ("，已脱敏" if exchange.masked else "")
        )

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until ``count`` exchanges are kept, at most ``seconds``."""
        with self.kept:
            return self.kept.wait_for(lambda: self.exchanges >= count, seconds)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half a pair of brackets
        return False


def _try_to_append(path: str) -> None:
    """Raise OSError when nothing can be appended to a file; leave what was there, and no new one."""
    was_there = os.path.lexists(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    if not was_there:
        os.unlink(path)


def presentable(body: bytes, *, raw: bool) -> tuple[bytes, bool]:
    """Return what may be written of a body, and whether something was hidden.

    A message whose biz_content is ciphertext stays as it is, but for a ``key`` that should not be there.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict) and isinstance(whole.get("key"), str) and whole["key"]:
        body = body.replace(whole["key"].encode(), b"***")
        text = body.decode("utf-8-sig", "replace")
    if raw or not text:
        return body, False
    if isinstance(whole, dict):
        fields = {REPLY_ALIASES.get(name, name): value for name, value in whole.items()}
        biz = fields.pop("biz_content", fields.pop("data", None))
        named = str(fields.get("enc_type") or "").upper()
        sealed = isinstance(biz, str) and named not in ciphers.PLAIN and biz.lstrip()[:1] not in ("{", "[")
        # The envelope's own fields are the documents'; anything else beside them may be a patient's.
        if (sealed or not biz) and set(fields) <= _ENVELOPE:
            return body, False
    return masking.mask_json(text).encode(), True


def _why(error: Exception) -> str:
    return next((why for kind, why in _FAILURES if isinstance(error, kind)), type(error).__name__)


class _Handler(BaseHTTPRequestHandler):
    server: CaptureServer
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_SECONDS

    def do_POST(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in ("127.0.0.1", "localhost"):
            self._answer(403, "Host 只能是 127.0.0.1 或 localhost".encode(), {})
            return
        try:
            size = int(self.headers.get("Content-Length", ""))
        except ValueError:
            self._answer(411, "缺少 Content-Length".encode(), {})
            return
        if not 0 <= size <= MAX_BODY:
            self._answer(413, "请求超过 1 MiB".encode(), {})
            return
        self._forward(self.rfile.read(size))

    def do_GET(self) -> None:
        """Say what this is: nothing but POST is passed on."""
        self._answer(405, "vcchk wire capture：只转发 POST".encode(), {})

    def _forward(self, body: bytes) -> None:
        server = self.server
        target = urlsplit(server.upstream)
        asked = urlsplit(self.path)
        url = urlunsplit((target.scheme, target.netloc, asked.path, asked.query, ""))
        kind = self.headers.get("Content-Type", "")
        try:
            reply = server.session.post(
                url,
                data=body,
                headers={"Content-Type": kind},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            # A compressed reply goes back unpacked, without its Content-Encoding.
            data = reply.raw.read(MAX_BODY + 1, decode_content=True)
        except (requests.RequestException, HTTPError) as error:  # urllib3's: the reply broke off
            server.report(f"转发失败（{_why(error)}），请检查 --upstream 地址、网络和证书")
            self._answer(502, b"", {})
            return
        if len(data) > MAX_BODY:
            server.report("应答超过 1 MiB，未转发")
            self._answer(502, b"", {})
            return
        # Kept before it is answered: a HIS that ends at once loses nothing. The answer goes back all the same when it
        # cannot be kept: the platform has acted.
        try:
            self._keep(body, kind, data, reply.status_code)
        except OSError as error:
            server.report(f"这一笔没有记下来：{server.path} 写不了（{reason(error)}），请检查磁盘空间和权限")
        back = {name: reply.headers[name] for name in _PASSED_BACK if name in reply.headers}
        self._answer(reply.status_code, data, back)

    def _keep(self, body: bytes, kind: str, data: bytes, status: int) -> None:
        server = self.server
        base = urlsplit(server.url)
        request, masked = presentable(body, raw=server.raw)
        reply, reply_masked = presentable(data, raw=server.raw)
        server.keep(
            CapturedExchange(
                request=request,
                url=f"{base.scheme}://{base.netloc}{self.path}",
                base=server.url,
                content_type=kind,
                reply=reply,
                status=status,
                masked=masked,
                reply_masked=reply_masked,
                time=time.strftime("%Y%m%d%H%M%S"),
            )
        )

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a request line may hold what should not be shown."""
