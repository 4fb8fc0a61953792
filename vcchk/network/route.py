"""How a connection to the platform comes about: directly or through the site's proxy, with TLS for https."""

from __future__ import annotations

import _thread

from vcchk.network import connection
from vcchk.network.fault import Fault
from vcchk.network.url import UrlError, is_public

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from vcchk.network.connection import Address, Connection, Layer, Resolver
    from vcchk.network.deadline import Deadline
    from vcchk.network.http1 import Reply
    from vcchk.network.pool import Pool
    from vcchk.network.proxy import Proxy
    from vcchk.network.tls import Client
    from vcchk.network.url import Target
    from vcchk.settings import GatewaySettings

    Warn = Callable[[str, str], None]


class Route:
    """One for a gateway. ``state_folder``: where sealed values are opened. ``warn(text, host)`` writes into the log,
    each text once.
    """

    def __init__(self, settings: GatewaySettings, state_folder: str, resolver: Resolver, warn: Warn) -> None:
        self._settings = settings
        self._state_folder = state_folder
        self._resolver = resolver
        self._warn = warn
        self._once = _thread.allocate_lock()  # held while ssl is imported: nobody else waits for that
        self._tls: Client | None = None
        self._proxy: Proxy | None = None
        self._proxy_error: UrlError | None = None
        if settings.proxy:
            from vcchk.network.proxy import parse_proxy

            try:
                self._proxy = parse_proxy(self._opened_proxy())
            except UrlError as error:
                self._proxy_error = error
                warn(f"[gateway] proxy 有误：{error.why}", "")

    def name(self, target: Target) -> str:
        """Return what sentences call the peer: for http with the proxy as well, since either may be at fault."""
        if self._proxy is None or target.scheme == "https":
            return target.host_port
        return f"{target.host_port}（经代理 {self._proxy.host_port}）"

    def request(self, method: str, target: Target, headers: dict[str, str], body: bytes) -> bytes:
        """Return the whole request; a proxy gets an absolute URI for http (RFC 9112 section 3.2.2)."""
        request_target = target.path
        if self._proxy is not None and target.scheme == "http":
            request_target = f"http://{target.netloc}{target.path}"
            if self._proxy.authorization:
                headers = {**headers, "Proxy-Authorization": self._proxy.authorization}
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return f"{method} {request_target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body

    def connect(self, target: Target, pool: Pool, window: Deadline, stages: dict[str, float]) -> Connection:
        """Return a new connection for requests to ``target``, made within ``window``. Raises Fault."""
        proxy = self._proxy_of_site()
        layers: list[Layer] = []
        if target.scheme == "https":
            if proxy is not None:
                layers.append(("proxy", lambda sock, until: proxy.open_tunnel(sock, target, until)))
            layers.append(("tls", self._tls_layer(target)))

        def last_good_first(host: str, port: int, until: Deadline) -> list[Address]:
            found = self._resolver(host, port, until)
            if pool.best in found[1:]:
                found = [pool.best, *(address for address in found if address != pool.best)]
            return found

        to = proxy or target
        limit = window.sooner(self._settings.connect_timeout)  # from here on: the import of ssl does not count
        try:
            made = connection.connect(to.host, to.port, limit, stages, resolver=last_good_first, layers=layers)
        except Fault as fault:
            if proxy is not None and fault.stage in ("dns", "connect"):
                raise proxy.unreachable(fault) from fault
            raise
        pool.best = made.address
        if proxy is None and target.scheme == "http" and is_public(made.address[1][0]):
            self._warn("平台在公网而用 http 明文传输，请改用 https", target.host_port)
        return made

    def check(self, target: Target, reply: Reply) -> None:
        """Raise Fault for a reply of the proxy's own that says that it did not forward the request."""
        if self._proxy is not None and target.scheme == "http":
            self._proxy.check(reply.status, reply.headers)

    def succeeded(self, target: Target, used: Connection) -> None:
        """Remember what makes the next connection cheaper: a TLS session comes with or after the first reply."""
        if self._tls is not None and used.secure:
            self._tls.remember(used.sock, target)

    def _opened_proxy(self) -> str:
        """Return ``[gateway] proxy`` in clear. Raises UrlError when it was sealed for another machine."""
        from vcchk.settings.option import SEALED

        if not self._settings.proxy.startswith(SEALED):
            return self._settings.proxy
        from vcchk.records import sealing

        try:
            return sealing.reveal(self._settings.proxy, self._state_folder)
        except sealing.SealError as error:
            why = "加密值在本机解不开（可用 vcchk secret set proxy 重新加密）"
            raise UrlError(why, f"{error.message} {error.cause}") from error

    def _proxy_of_site(self) -> Proxy | None:
        if self._proxy_error is not None:
            raise Fault("proxy_setting", "proxy", self._proxy_error.cause, why=self._proxy_error.why)
        return self._proxy

    def _tls_layer(self, target: Target) -> Callable[[socket, Deadline], socket]:
        """Return what makes a socket to ``target`` secure. Raises Fault ``ca_bundle``, ``ca_list``, ``client_cert``."""
        client = self._client()
        client.context(target)  # before the clock of the connection starts: it may load hundreds of certificates
        if not self._settings.verify:
            self._warn("证书校验已关闭（[gateway] verify = no），有被冒充的风险", target.host_port)
        if client.is_legacy(target):
            self._warn("对该主机放宽了 TLS 的版本和算法（[gateway] legacy_tls_hosts），请催平台升级", target.host_port)
        return lambda sock, until: client.wrap(sock, target, until)

    def _client(self) -> Client:
        if self._tls is None:
            from vcchk.network import tls  # here: http calls never pay for ssl

            with self._once:
                if self._tls is None:
                    self._tls = tls.Client(self._settings, self._key_password())
        return self._tls

    def _key_password(self) -> str:
        if not self._settings.client_key_password:
            return ""
        from vcchk.records import sealing

        try:
            return sealing.reveal(self._settings.client_key_password, self._state_folder)
        except sealing.SealError as error:
            why = "私钥的口令在本机解不开，请在本机重新执行 vcchk secret cert"
            raise Fault("client_cert", "tls", error.cause, why=why) from error
