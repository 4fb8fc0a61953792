"""The exchange through a proxy (``[gateway] proxy``), which is `requests`' business: CONNECT, proxy authentication.

requests knows no deadline for the whole and says less about what left than `http1`, so it runs in a thread that is
left behind when the deadline comes, with its sending capped to one attempt and its errors read back into `Fault`.
Environment variables (HTTP_PROXY, REQUESTS_CA_BUNDLE, .netrc) are not read.
"""

from __future__ import annotations

import _thread
import ssl
import warnings
from time import perf_counter
from typing import Any

import urllib3.exceptions

from vcchk.network import tls
from vcchk.network.deadline import Deadline
from vcchk.network.fault import Fault
from vcchk.network.http1 import Reply
from vcchk.network.url import Target

with warnings.catch_warnings():
    # The runtime carries no charset detection, which nothing here uses and requests would miss aloud.
    warnings.simplefilter("ignore")
    import requests
    from requests.adapters import HTTPAdapter

_BLOCK = 65536


class _Adapter(HTTPAdapter):
    """Uses our TLS context: same trust, same minimum version with a proxy as without."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context}

    def cert_verify(self, *_parameters: Any) -> None:
        """The context decides; requests would add certifi's list to it."""


def _inner(error: BaseException) -> list[BaseException]:
    """Return ``error`` and everything it wraps: requests and urllib3 nest causes in ``args`` and ``reason``."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def _fault(error: Exception, replied: bool, cap: int) -> Fault:
    chain = _inner(error)
    names = " < ".join(type(one).__name__ for one in chain)

    def holds(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    for one in chain:
        if isinstance(one, Fault):
            return one
        if isinstance(one, ssl.SSLError) and not replied and holds(requests.exceptions.SSLError):
            return tls.fault_of(one)
    if holds(
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        requests.exceptions.InvalidProxyURL,
    ):
        return Fault("proxy", "connect", names)
    if not replied and holds(urllib3.exceptions.ProxyError):
        return Fault("proxy", "connect", names)
    if holds(urllib3.exceptions.ReadTimeoutError, TimeoutError):
        return Fault(
            "stalled" if replied else "timeout", "read" if replied else "wait", names, sent=True, replied=replied
        )
    if holds(urllib3.exceptions.DecodeError):
        return Fault("bad_coding", "read", names, sent=True, replied=True)
    if holds(urllib3.exceptions.InvalidChunkLength):
        return Fault("bad_chunk", "read", names, sent=True, replied=True)
    if replied:
        return Fault("cut", "read", names, sent=True, replied=True)
    return Fault("reset", "wait", names, sent=True)


class ProxyClient:
    """Sends through ``proxy`` (``http://[user:password@]host:port``); one session for all threads."""

    def __init__(self, proxy: str, client: tls.Client, connect_timeout: float) -> None:
        self._connect_timeout = connect_timeout
        session = requests.Session()
        session.trust_env = False
        address = proxy if "://" in proxy else f"http://{proxy}"
        session.proxies = {"http": address, "https": address}
        adapter = _Adapter(client.context)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        self._session = session

    def exchange(
        self,
        target: Target,
        method: str,
        body: bytes,
        headers: dict[str, str],
        deadline: Deadline,
        cap: int,
        stages: dict[str, float],
    ) -> Reply:
        """Send and return the reply as `http1.exchange` does. Raises Fault."""
        outcome: list[Any] = []
        opened: list[Any] = []
        done = _thread.allocate_lock()
        done.acquire()

        def work() -> None:
            try:
                outcome.append(self._exchange(target, method, body, headers, deadline, cap, opened))
            except Exception as error:
                outcome.append(_fault(error, bool(opened), cap))
            finally:
                done.release()

        start = perf_counter()
        _thread.start_new_thread(work, ())
        if not done.acquire(timeout=deadline.left()):
            replied = bool(opened)
            raise Fault(
                "stalled" if replied else "timeout", "read" if replied else "wait", "proxy", sent=True, replied=replied
            )
        stages["proxy"] = (perf_counter() - start) * 1000
        if isinstance(outcome[0], Fault):
            raise outcome[0]
        reply: Reply = outcome[0]
        return reply

    def _exchange(
        self,
        target: Target,
        method: str,
        body: bytes,
        headers: dict[str, str],
        deadline: Deadline,
        cap: int,
        opened: list[Any],
    ) -> Reply:
        left = max(deadline.left(), 0.001)
        with self._session.request(
            method,
            f"{target.scheme}://{target.netloc}{target.path}",
            data=body or None,
            headers=headers,
            timeout=(min(self._connect_timeout, left), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            opened.append(response)
            if int(response.headers.get("content-length") or 0) > cap:
                raise Fault("too_large", "read", f"Content-Length over {cap} bytes", sent=True, replied=True, cap=cap)
            parts: list[bytes] = []
            have = 0
            for part in response.iter_content(_BLOCK):
                parts.append(part)
                have += len(part)
                if have > cap:
                    raise Fault("too_large", "read", f"body over {cap} bytes", sent=True, replied=True, cap=cap)
                if deadline.expired:
                    raise Fault("stalled", "read", "proxy", sent=True, replied=True)
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, names, b"".join(parts), False)
