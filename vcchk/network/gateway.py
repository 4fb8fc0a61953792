"""The way to the platform: kept connections, one deadline, and what may be sent again.

The rules of sending (issue 2, "Rules of sending"), and what here counts as proof of "no effect":

* A connection that was never made (name, connect, TLS) is tried again at most ``connect_tries`` times, all within
  two seconds, so that a refused connection does not freeze a till.
* A kept connection carries a request only when nothing waits in it: the peer's FIN or RST that is already here proves
  that no request could have reached it, and a new connection is made instead; the caller never learns of it. The same
  holds when the first write to a plain socket fails: the kernel has taken no byte.
* A reset or an end *after* bytes left proves nothing, not even on a reused connection with no reply byte: a server
  that read the request and died looks the same as one that closed before reading, and behind a load balancer the
  TCP peer's acknowledgements do not speak for the platform. So a writing method ends as 8001 or 8002, in doubt; a
  reading one is sent once more on a new connection (once more again if the first had been a kept one).
* To keep that race rare, a connection idle for more than ``idle`` seconds (or longer than the peer's own Keep-Alive
  promise less one second) is never used for a writing method.
* A peer that closes right behind its replies without saying ``Connection: close`` would run into that race with
  every call that follows quickly, so once caught at it, its connections are not kept for a minute.
* A timeout is never answered by sending again: the deadline is the whole call's.
"""

from __future__ import annotations

import _thread
import os
from time import monotonic, sleep

from vcchk.base.errors import ReplyError, RequestError
from vcchk.base.record import Record
from vcchk.network import http1
from vcchk.network import sentences as netfaults
from vcchk.network import url as weburl
from vcchk.network.http1 import Connection, Fault, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from vcchk.network.deadline import Deadline
    from vcchk.network.proxy import ProxyClient
    from vcchk.network.tls import Client
    from vcchk.network.url import Target
    from vcchk.records.log import Log
    from vcchk.settings import Gateway as Settings

    class Poster(Protocol):
        """What sends: `Gateway`, or a journal writer around one."""

        def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> HttpReply:
            """See `Gateway.post`."""


RETRY_WINDOW = 2.0
"""Seconds after a failed first attempt to connect within which all further attempts must end."""
RETRY_PAUSES = (0.1, 0.4)
"""Seconds to wait before the first and the second further attempt."""

_KEPT_MOST = 32  # idle connections per host: more threads than that wait on a new connection now and then
_KEPT_SECONDS = 60.0  # no connection is used again after this, by reading methods either
_KNOWN_URLS = 64
_CLOSES_AT_ONCE = 1.0  # idle seconds below which a closed connection means that the peer does not keep any
_NOT_KEPT_SECONDS = 60.0

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<!--")
# A platform's envelope with an HTTP status other than 200 names at least one of these (WIRE.md, all variants, and the
# insurance service); a framework's own error object (timestamp, status, error, path) names none.
_ENVELOPE = (b'"ret_code"', b'"retcode"', b'"code"', b'"biz_content"', b'"bizcontent"', b'"app_id"', b'"appid"')


class HttpReply(Record):
    """What the platform's HTTP side said. ``stages``: milliseconds of dns, connect, tls, send, wait, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stages: Mapping[str, float]


class _Pool:
    """The kept connections to one scheme, host and port, the one used last on top.

    ``best``: the address that worked last. ``keep_from``: monotonic seconds; none are kept before.
    """

    __slots__ = ("best", "idle", "keep_from")

    def __init__(self) -> None:
        self.idle: list[Connection] = []
        self.best: http1.Address | None = None
        self.keep_from = 0.0


class Gateway:
    """Sends requests and gives back replies; one for the process, used by any number of threads at once.

    ``settings``: the section [gateway]. ``resolver`` looks names up (`http1.resolve`).
    """

    def __init__(self, settings: Settings, log: Log, *, resolver: http1.Resolver = http1.resolve) -> None:
        self._settings = settings
        self._log = log
        self._resolver = resolver
        self._lock = _thread.allocate_lock()
        self._once = _thread.allocate_lock()  # held while ssl or requests is imported: nobody else waits for that
        self._pools: dict[tuple[str, str, int], _Pool] = {}
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

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            for connection in pool.idle:
                connection.close()

    # Where to -------------------------------------------------------------------------------------------------------

    def _target(self, url: str) -> Target:
        target = self._targets.get(url)
        if target is None:
            target = weburl.parse(url)
            if not weburl.is_allowed(target, self._settings.allow_hosts):
                raise RequestError(
                    "9001",
                    f"平台地址 {target.shown} 不在允许的主机之列，见 [gateway] allow_hosts",
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

    def _pool(self, target: Target) -> _Pool:
        key = (target.scheme, target.host, target.port)
        pool = self._pools.get(key)
        if pool is None or self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    # A fork: the sockets are the parent's. Dropping them here closes only our copies.
                    self._pools = {}
                    self._process = os.getpid()
                pool = self._pools.setdefault(key, _Pool())
        return pool

    def _take(self, pool: _Pool, writing: bool) -> Connection | None:
        """Return a kept connection that is fresh enough, or None; those that are done for are closed."""
        while True:
            with self._lock:
                if not pool.idle:
                    return None
                connection = pool.idle[-1]
                idle = monotonic() - connection.idle_since
                if writing and idle > min(self._settings.idle, connection.lasts) and idle <= _KEPT_SECONDS:
                    return None  # the others have been idle for longer; reading methods may still use them
                pool.idle.pop()
            if idle <= _KEPT_SECONDS and connection.is_fresh():
                return connection
            if idle < _CLOSES_AT_ONCE:
                pool.keep_from = monotonic() + _NOT_KEPT_SECONDS
            connection.close()

    def _give(self, pool: _Pool, connection: Connection) -> None:
        spare = None
        with self._lock:
            pool.idle.append(connection)
            if len(pool.idle) > _KEPT_MOST:
                spare = pool.idle.pop(0)
        if spare is not None:
            spare.close()

    def _drop(self, pool: _Pool) -> None:
        """Close the kept connections: one of them has failed, so the others are doubtful, too."""
        with self._lock:
            idle, pool.idle = pool.idle, []
        for connection in idle:
            connection.close()

    def _client(self) -> Client:
        if self._tls is None:
            from vcchk.network import tls  # here: http calls never pay for ssl

            with self._once:
                if self._tls is None:
                    self._tls = tls.Client(self._settings.verify, self._settings.ca_bundle)
        return self._tls

    def _secure(self, target: Target) -> http1.Secure | None:
        """Return what makes a socket to ``target`` secure, None for http. Raises Fault ``ca_bundle``, ``ca_list``."""
        if target.scheme != "https":
            return None
        if not self._settings.verify:
            self._warn_once(
                f"verify {target.shown}", "证书校验已关闭（[gateway] verify = no），有被冒充的风险", target.shown
            )
        return self._client().wrap

    def _connect(
        self,
        target: Target,
        pool: _Pool,
        deadline: Deadline,
        stages: dict[str, float],
        secure: http1.Secure | None,
    ) -> Connection:
        def last_good_first(host: str, port: int, limit: Deadline) -> list[http1.Address]:
            found = self._resolver(host, port, limit)
            if pool.best in found[1:]:
                found = [pool.best, *(address for address in found if address != pool.best)]
            return found

        connection = http1.connect(target, deadline, stages, resolver=last_good_first, secure=secure)
        pool.best = connection.address
        if target.scheme == "http" and weburl.is_public(connection.address[1][0]):
            self._warn_once(f"public {target.shown}", "平台在公网而用 http 明文传输，请改用 https", target.shown)
        return connection

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
        pool = self._pool(target)
        tries = 0
        resent = 0
        first: Fault | None = None
        window = deadline
        while True:
            connection = None
            kept = False
            try:
                # After a failure only a new connection will do.
                connection = self._take(pool, writing) if first is None else None
                kept = connection is not None
                if connection is None:
                    secure = self._secure(target)  # before the clock of the connection starts: it may import ssl
                    limit = window.sooner(self._settings.connect_timeout)
                    connection = self._connect(target, pool, limit, stages, secure)
                reply = http1.exchange(connection, request, deadline, self._settings.max_reply, stages)
            except Fault as fault:
                if connection is not None:
                    connection.close()
                    self._drop(pool)
                    if kept and not fault.replied and netfaults.may(fault, netfaults.RESEND):
                        pool.keep_from = monotonic() + _NOT_KEPT_SECONDS
                if kept and not fault.sent:
                    first = first or fault
                    continue  # provably without effect: the caller never learns of it
                if not fault.sent and resent == 0:
                    if tries == 0:
                        window = deadline.sooner(RETRY_WINDOW)
                        first = fault
                    if tries < self._settings.connect_tries and netfaults.may(fault, netfaults.AGAIN):
                        pause = RETRY_PAUSES[tries]
                        if window.left() > pause:
                            tries += 1
                            sleep(pause)
                            self._log.warn("连接平台失败，再试", host=target.shown, cause=fault.kind, attempt=tries + 1)
                            continue
                    raise self._error(first or fault, target, writing) from fault
                if fault.sent and not writing and netfaults.may(fault, netfaults.RESEND) and (kept or resent == 0):
                    resent += not kept
                    first = fault
                    window = deadline
                    self._log.warn("查询类交易重发", host=target.shown, cause=fault.kind)
                    continue
                raise self._error(fault, target, writing) from fault
            except BaseException:
                if connection is not None:
                    connection.close()
                raise
            if self._tls is not None and connection.secure and not kept:
                self._tls.remember(connection.sock, target.host)
            if reply.reusable and connection.idle_since >= pool.keep_from:
                self._give(pool, connection)
            else:
                connection.close()
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
                again = not fault.sent and netfaults.may(fault, netfaults.AGAIN)
                again = again or (fault.sent and not writing and netfaults.may(fault, netfaults.RESEND))
                if not again or attempt:
                    raise self._error(fault, target, writing) from fault
                attempt += 1
                sleep(min(RETRY_PAUSES[0], deadline.left()))

    def _error(self, fault: Fault, target: Target, writing: bool) -> Exception:
        return netfaults.to_error(fault, target.shown, writing)

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
                f"响应报文为空：平台 {target.shown} 的应答没有内容，请联系平台",
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
            maybe, what = netfaults.STATUSES.get(status, netfaults.OTHER_STATUS)
            raise self._unreadable(
                "9008",
                f"报文读取错误：平台 {target.shown} 返回 HTTP {status}，{what}",
                f"HTTP {status}",
                writing and maybe,
            )
        if body[:1] == b"<" and body[:64].lower().startswith(_HTML):
            raise self._unreadable(
                "9008",
                f"报文读取错误：{target.shown} 返回的是网页，请核对 strUrl，或检查是否被上网认证、防火墙拦截",
                f"HTTP {status}, HTML page",
                writing,
            )

    def _unreadable(self, code: str, message: str, cause: str, in_doubt: bool) -> ReplyError:
        return ReplyError(code, message + (netfaults.IN_DOUBT if in_doubt else ""), cause=cause, in_doubt=in_doubt)


def _place_of(location: str) -> str:
    """Return host and port of a Location, which may carry anything in its query; empty for a relative one."""
    try:
        return f" {weburl.parse(location).shown}"
    except RequestError:
        return ""
