"""The way to the platform: kept connections, one deadline, and what may be sent again (`vcchk.network.retry`)."""

from __future__ import annotations

import _thread
import os
from time import sleep

from vcchk.base.errors import RequestError
from vcchk.network import http1, retry
from vcchk.network.connection import resolve
from vcchk.network.fault import Fault, to_error
from vcchk.network.pool import Pool
from vcchk.network.route import Route
from vcchk.network.url import is_allowed, parse_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from vcchk.network.connection import Connection, Resolver
    from vcchk.network.deadline import Deadline
    from vcchk.network.http1 import Reply
    from vcchk.network.retry import Attempt
    from vcchk.network.url import Target
    from vcchk.records.log import Log
    from vcchk.settings import GatewaySettings

    class Poster(Protocol):
        """What sends: `Gateway`, or a journal writer around one."""

        def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> Reply:
            """See `Gateway.post`."""


_MAX_KNOWN_URLS = 64

_NO_ENVELOPE = (b"", b"<", b"\xef")  # first bytes of nothing, of a page, of either behind a UTF-8 BOM


class Gateway:
    """Sends requests and gives back replies; one for the process, used by any number of threads at once.

    ``settings``: the section [gateway]. ``state_folder``: where sealed values are opened. ``resolver``
    looks names up (`connection.resolve`).
    """

    def __init__(
        self, settings: GatewaySettings, log: Log, state_folder: str = "", *, resolver: Resolver = resolve
    ) -> None:
        self._settings = settings
        self._log = log
        self._lock = _thread.allocate_lock()
        self._pools: dict[tuple[str, str, int], Pool] = {}
        self._targets: dict[str, Target] = {}
        self._process = os.getpid()
        self._warned: set[tuple[str, str]] = set()
        self._route = Route(settings, state_folder, resolver, self._warn_once)

    def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> Reply:
        """POST ``body`` to ``url`` and return the platform's reply (any status that carries its envelope).

        Raises RequestError (9001: ``url`` cannot be used), ConnectError (8004: nothing left this machine),
        ExchangeError (8001, 8002) and ReplyError (9004, 9008); ``in_doubt`` of the last two says whether a writing
        method may have been carried out. Ends by ``deadline``.
        """
        target = self._target(url)
        headers = {
            "Host": target.netloc,
            "User-Agent": "vcchk",
            "Accept": "*/*",
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "keep-alive",
        }
        if target.authorization:
            headers["Authorization"] = target.authorization
        request = self._route.request("POST", target, headers, body)
        reply = self._send(target, request, writing, deadline)
        if reply.mislabelled:
            self._warn_once("平台应答头中的压缩方式与内容不符，已按内容处理，请告知平台", target.host_port)
        # Whatever may be an envelope is for the wire to read; the rest is rare, and what it means costs imports.
        if not 200 <= reply.status < 300 or reply.body.lstrip()[:1] in _NO_ENVELOPE:
            from vcchk.network import foreign_replies

            error = foreign_replies.error_of(reply, self._route.name(target), writing)
            if error is not None:
                raise error
        return reply

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
            for warning in target.warnings:
                self._warn_once(warning, target.host_port)
            if len(self._targets) >= _MAX_KNOWN_URLS:
                self._targets.clear()
            self._targets[url] = target
        return target

    def _warn_once(self, text: str, host: str) -> None:
        if (text, host) not in self._warned:
            self._warned.add((text, host))
            self._log.warn(text, **({"host": host} if host else {}))

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

    # Sending --------------------------------------------------------------------------------------------------------

    def _send(self, target: Target, request: bytes, writing: bool, deadline: Deadline) -> Reply:
        """Send ``request`` over a kept or a new connection, again where `retry.decide` allows it. Raises VcchkError."""
        pool = self._pool(target)
        kept = pool.take(writing)
        attempt: Attempt | None = None
        window = deadline
        stages: dict[str, float] = {}
        first: Fault | None = None  # of the attempts to connect: it names the cause, the later ones had less time
        while True:
            try:
                return self._attempt(target, pool, kept, request, window, deadline, stages)
            except Fault as fault:
                attempt = attempt or retry.Attempt(writing=writing, most_reconnects=self._settings.connect_tries)
                attempt.kept = kept is not None
                kept = None  # after a failure only a new connection will do
                if not fault.sent and not attempt.kept and first is None:
                    window = deadline.sooner(retry.WINDOW)
                    first = fault
                attempt.seconds_left = window.left()
                decision = retry.decide(fault, attempt)
                if decision is retry.FAIL:
                    cause = first if first is not None and not fault.sent and not attempt.resends else fault
                    raise to_error(cause, self._route.name(target), writing) from fault
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

    def _attempt(
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
                used = self._route.connect(target, pool, window, stages)
            reply = http1.exchange(used, request, deadline, self._settings.max_reply, stages)
            self._route.check(target, reply)
        except BaseException as error:
            if used is not None:
                used.close()
                if isinstance(error, Fault):
                    pool.drop()
                    if kept is not None and not error.replied:
                        pool.keep_none()
            raise
        if kept is None:
            self._route.succeeded(target, used)
        else:
            pool.kept_one_worked()
        if reply.reusable:
            pool.give(used)
        else:
            used.close()
        return reply
