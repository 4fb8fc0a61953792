"""The way to the platform: kept connections, one deadline, and what may be sent again (`vcchk.network.retry`)."""

from __future__ import annotations

import _thread
import os
from time import sleep

from vcchk.base.errors import ReplyError, RequestError
from vcchk.base.record import Record
from vcchk.network import connection, http1, retry, sentences
from vcchk.network.fault import Fault, Retry
from vcchk.network.pool import Pool
from vcchk.network.url import is_allowed, is_public, parse_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from vcchk.network.connection import Address, Connection, Resolver, Secure
    from vcchk.network.deadline import Deadline
    from vcchk.network.http1 import Reply
    from vcchk.network.proxy import ProxyClient
    from vcchk.network.tls import Client
    from vcchk.network.url import Target
    from vcchk.records.log import Log
    from vcchk.settings import GatewaySettings

    class Poster(Protocol):
        """What sends: `Gateway`, or a journal writer around one."""

        def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> HttpReply:
            """See `Gateway.post`."""


_KNOWN_URLS = 64

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<!--")
# A platform's envelope with an HTTP status other than 200 names at least one of these (all wire profiles, and the
# insurance service); a framework's own error object (timestamp, status, error, path) names none.
_ENVELOPE = (b'"ret_code"', b'"retcode"', b'"code"', b'"biz_content"', b'"bizcontent"', b'"app_id"', b'"appid"')


class HttpReply(Record):
    """What the platform's HTTP side said. ``stages``: milliseconds of dns, connect, tls, send, wait, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stages: Mapping[str, float]


class Gateway:
    """Sends requests and gives back replies; one for the process, used by any number of threads at once.

    ``settings``: the section [gateway]. ``resolver`` looks names up (`connection.resolve`).
    """

    def __init__(self, settings: GatewaySettings, log: Log, *, resolver: Resolver = connection.resolve) -> None:
        self._settings = settings
        self._log = log
        self._resolver = resolver
        self._lock = _thread.allocate_lock()
        self._once = _thread.allocate_lock()  # held while ssl or requests is imported: nobody else waits for that
        self._pools: dict[tuple[str, str, int], Pool] = {}
        self._targets: dict[str, Target] = {}
        self._process = os.getpid()
        self._tls: Client | None = None
        self._proxy: ProxyClient | None = None
        self._warned: set[str] = set()

    def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> HttpReply:
        """POST ``body`` to ``url`` and return the platform's reply (any status that carries its envelope).

        Raises RequestError (9001: ``url`` cannot be used), ConnectError (8004: nothing left this machine),
        ExchangeError (8001, 8002) and ReplyError (9004, 9008); ``in_doubt`` of the last two says whether a writing
        method may have been carried out. Ends by ``deadline``.
        """
        target = self._target(url)
        stages: dict[str, float] = {}
        reply = self._deliver(target, "POST", body, content_type, writing, deadline, stages)
        self._judge(target, reply, writing)
        return HttpReply(status=reply.status, headers=reply.headers, body=reply.body, stages=stages)

    def get(self, url: str, deadline: Deadline) -> HttpReply:
        """GET ``url`` and return the reply as it is, whatever its status; for `vcchk doctor`. Raises as `post`."""
        target = self._target(url)
        stages: dict[str, float] = {}
        reply = self._deliver(target, "GET", b"", "", False, deadline, stages)
        return HttpReply(status=reply.status, headers=reply.headers, body=reply.body, stages=stages)

    def host(self, url: str) -> str:
        """Return the host that ``url`` names. Raises RequestError as `post` does."""
        return self._target(url).host

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.drop()

    # Where to -------------------------------------------------------------------------------------------------------

    def _target(self, url: str) -> Target:
        target = self._targets.get(url)
        if target is None:
            target = parse_url(url)
            if not is_allowed(target, self._settings.allow_hosts):
                raise RequestError(
                    "9001",
                    f"平台地址 {target.host_port} 不在允许的主机之列，见 [gateway] allow_hosts",
                    cause="host not in allow_hosts",
                )
            if len(self._targets) >= _KNOWN_URLS:
                self._targets.clear()
            self._targets[url] = target
        return target

    def _warn_once(self, key: str, text: str, host: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            self._log.warn(text, host=host)

    # Kept connections -----------------------------------------------------------------------------------------------

    def _pool(self, target: Target) -> Pool:
        key = (target.scheme, target.host, target.port)
        pool = self._pools.get(key)
        if pool is None or self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    # A fork: the sockets are the parent's. Dropping them here closes only our copies.
                    self._pools = {}
                    self._process = os.getpid()
                pool = self._pools.setdefault(key, Pool(self._settings.idle))
        return pool

    def _client(self) -> Client:
        if self._tls is None:
            from vcchk.network import tls  # here: http calls never pay for ssl

            with self._once:
                if self._tls is None:
                    self._tls = tls.Client(self._settings.verify, self._settings.ca_bundle)
        return self._tls

    def _secure(self, target: Target) -> Secure | None:
        """Return what makes a socket to ``target`` secure, None for http. Raises Fault ``ca_bundle``, ``ca_list``."""
        if target.scheme != "https":
            return None
        if not self._settings.verify:
            self._warn_once(
                f"verify {target.host_port}",
                "证书校验已关闭（[gateway] verify = no），有被冒充的风险",
                target.host_port,
            )
        return self._client().wrap

    def _connect(
        self,
        target: Target,
        pool: Pool,
        deadline: Deadline,
        stages: dict[str, float],
        secure: Secure | None,
    ) -> Connection:
        def last_good_first(host: str, port: int, limit: Deadline) -> list[Address]:
            found = self._resolver(host, port, limit)
            if pool.best in found[1:]:
                found = [pool.best, *(address for address in found if address != pool.best)]
            return found

        made = connection.connect(target, deadline, stages, resolver=last_good_first, secure=secure)
        pool.best = made.address
        if target.scheme == "http" and is_public(made.address[1][0]):
            self._warn_once(
                f"public {target.host_port}", "平台在公网而用 http 明文传输，请改用 https", target.host_port
            )
        return made

    # Sending --------------------------------------------------------------------------------------------------------

    def _deliver(
        self,
        target: Target,
        method: str,
        body: bytes,
        content_type: str,
        writing: bool,
        deadline: Deadline,
        stages: dict[str, float],
    ) -> Reply:
        headers = {"Host": target.netloc, "User-Agent": "vcchk", "Accept": "*/*"}
        if content_type:
            headers["Content-Type"] = content_type
        if target.authorization:
            headers["Authorization"] = target.authorization
        if self._settings.proxy:
            return self._deliver_by_proxy(target, method, body, headers, writing, deadline, stages)
        headers["Connection"] = "keep-alive"
        if method == "POST":
            headers["Content-Length"] = str(len(body))
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        request = f"{method} {target.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
        return self._send(target, request, writing, deadline, stages)

    def _send(
        self, target: Target, request: bytes, writing: bool, deadline: Deadline, stages: dict[str, float]
    ) -> Reply:
        """Send ``request`` over a kept or a new connection, again where `retry.decide` allows it. Raises VcchkError."""
        pool = self._pool(target)
        attempt = retry.Attempt(writing=writing, most_reconnects=self._settings.connect_tries)
        kept = pool.take(writing)
        window = deadline
        first: Fault | None = None  # of the attempts to connect: it names the cause, the later ones had less time
        while True:
            attempt.kept = kept is not None
            try:
                return self._exchange(target, pool, kept, request, window, deadline, stages)
            except Fault as fault:
                kept = None  # after a failure only a new connection will do
                if not fault.sent and not attempt.kept and first is None:
                    window = deadline.sooner(retry.WINDOW)
                    first = fault
                attempt.seconds_left = window.left()
                decision = retry.decide(fault, attempt)
                if decision is retry.FAIL:
                    cause = first if first is not None and not fault.sent and not attempt.resends else fault
                    raise sentences.to_error(cause, target.host_port, writing) from fault
                if decision is retry.RESEND:
                    attempt.resends += not attempt.kept
                    window = deadline
                    self._log.warn("查询类交易重发", host=target.host_port, cause=fault.kind)
                elif not attempt.kept:
                    sleep(retry.PAUSES[attempt.reconnects])
                    attempt.reconnects += 1
                    self._log.warn(
                        "连接平台失败，再试", host=target.host_port, cause=fault.kind, attempt=attempt.reconnects + 1
                    )

    def _exchange(
        self,
        target: Target,
        pool: Pool,
        kept: Connection | None,
        request: bytes,
        window: Deadline,
        deadline: Deadline,
        stages: dict[str, float],
    ) -> Reply:
        """Make one attempt, over ``kept`` or a new connection made within ``window``. Raises Fault."""
        used = kept
        try:
            if used is None:
                secure = self._secure(target)  # before the clock of the connection starts: it may import ssl
                limit = window.sooner(self._settings.connect_timeout)
                used = self._connect(target, pool, limit, stages, secure)
            reply = http1.exchange(used, request, deadline, self._settings.max_reply, stages)
        except BaseException as error:
            if used is not None:
                used.close()
                if isinstance(error, Fault):
                    pool.drop()
                    if kept is not None and not error.replied and error.retry is Retry.RESEND:
                        pool.keep_none()
            raise
        if self._tls is not None and used.secure and kept is None:
            self._tls.remember(used.sock, target.host)
        if reply.reusable:
            pool.give(used)
        else:
            used.close()
        return reply

    def _deliver_by_proxy(
        self,
        target: Target,
        method: str,
        body: bytes,
        headers: dict[str, str],
        writing: bool,
        deadline: Deadline,
        stages: dict[str, float],
    ) -> Reply:
        """Send through requests. A reading method is sent again once; a writing one never, whatever failed."""
        attempt = 0
        while True:
            try:
                client = self._client()
                if self._proxy is None:
                    from vcchk.network.proxy import ProxyClient  # requests costs 100 to 500 ms: only where it is needed

                    with self._once:
                        if self._proxy is None:
                            self._proxy = ProxyClient(self._settings.proxy, client, self._settings.connect_timeout)
                return self._proxy.exchange(target, method, body, headers, deadline, self._settings.max_reply, stages)
            except Fault as fault:
                again = not fault.sent and fault.retry is Retry.CONNECT
                again = again or (fault.sent and not writing and fault.retry is Retry.RESEND)
                if not again or attempt:
                    raise sentences.to_error(fault, target.host_port, writing) from fault
                attempt += 1
                sleep(min(retry.PAUSES[0], deadline.left()))

    # What came ------------------------------------------------------------------------------------------------------

    def _judge(self, target: Target, reply: Reply, writing: bool) -> None:
        """Raise ReplyError for what cannot be a platform's envelope; whatever may be one is the wire's to read."""
        status = reply.status
        body = reply.body.strip(_BLANK)
        if body[:3] == _BOM:
            body = body[3:].lstrip(_BLANK)
        good = 200 <= status < 300
        if good and not body:
            raise self._unreadable(
                "9004",
                f"响应报文为空：平台 {target.host_port} 的应答没有内容，请联系平台",
                f"HTTP {status}, empty",
                writing,
            )
        if 300 <= status < 400:
            place = _place_of(reply.headers.get("location", ""))
            raise self._unreadable(
                "9008",
                f"报文读取错误：请求被转到{place or '别处'}（HTTP {status}），请核对 strUrl，或检查是否需要上网认证",
                f"HTTP {status}, not followed",
                False,
            )
        if not good:
            small = body.lower()
            if small[:1] in (b"{", b'"') and any(name in small for name in _ENVELOPE):
                return
            maybe, what = sentences.STATUSES.get(status, sentences.OTHER_STATUS)
            raise self._unreadable(
                "9008",
                f"报文读取错误：平台 {target.host_port} 返回 HTTP {status}，{what}",
                f"HTTP {status}",
                writing and maybe,
            )
        if body[:1] == b"<" and body[:64].lower().startswith(_HTML):
            raise self._unreadable(
                "9008",
                f"报文读取错误：{target.host_port} 返回的是网页，请核对 strUrl，或检查是否被上网认证、防火墙拦截",
                f"HTTP {status}, HTML page",
                writing,
            )

    def _unreadable(self, code: str, message: str, cause: str, in_doubt: bool) -> ReplyError:
        return ReplyError(code, message + (sentences.IN_DOUBT if in_doubt else ""), cause=cause, in_doubt=in_doubt)


def _place_of(location: str) -> str:
    """Return host and port of a Location, which may carry anything in its query; empty for a relative one."""
    try:
        return f" {parse_url(location).host_port}"
    except RequestError:
        return ""
