"""The way through an HTTP proxy (``[gateway] proxy``): http by absolute URI, https by CONNECT.

Only the beginning of a connection differs; the exchange on it and what may be sent again are `http1`'s and `retry`'s,
so that a reply reads the same with and without a proxy. Environment variables (HTTP_PROXY and the like) are not read:
a till's way must not depend on who started the HIS.
"""

from __future__ import annotations

from vcchk.network import http1
from vcchk.network.connection import Connection
from vcchk.network.fault import Fault
from vcchk.network.url import UrlError, basic_authorization, split_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from socket import socket

    from vcchk.network.deadline import Deadline
    from vcchk.network.url import Target

_DEFAULT_PORT = 80
_NO_BODY = 0  # bytes that are read of what follows the head of a reply to CONNECT

# What went wrong on the way to the proxy → what is said of the proxy.
_CONNECT_KINDS = {"dns": "proxy_dns", "dns_timeout": "proxy_dns", "refused": "proxy_refused"}
_TUNNEL_KINDS = {
    "timeout": "proxy_timeout",
    "stalled": "proxy_timeout",
    "send_timeout": "proxy_timeout",
    "connect_timeout": "proxy_timeout",
    "closed": "proxy_closed",
    "reset": "proxy_closed",
    "cut": "proxy_closed",
    "connect_reset": "proxy_closed",
}
_STATUS_KINDS = {
    403: "proxy_forbids",
    405: "proxy_forbids",
    500: "proxy_no_way",  # tinyproxy
    502: "proxy_no_way",
    503: "proxy_no_way",
    504: "proxy_no_way",
}


class Proxy:
    """Where the proxy is. ``authorization``: the value of a Proxy-Authorization header, empty without a user."""

    __slots__ = ("authorization", "host", "host_port", "port")

    def __init__(self, host: str, port: int, authorization: str = "") -> None:
        self.host = host
        self.port = port
        self.authorization = authorization
        self.host_port = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def open_tunnel(self, sock: socket, target: Target, deadline: Deadline) -> socket:
        """Ask for a tunnel to ``target`` (RFC 9110 section 9.3.6) and return ``sock``, which is one then.

        Raises Fault; nothing has reached the platform: a tunnel begins with the proxy's 2xx.
        """
        lines = [f"CONNECT {target.host_port} HTTP/1.1", f"Host: {target.host_port}", "User-Agent: vcchk"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        request = "\r\n".join([*lines, "", ""]).encode("latin-1")
        connection = Connection(sock, (0, ()), False)
        try:
            reply = http1.exchange(connection, request, deadline, _NO_BODY, {}, bodyless=True)
        except Fault as fault:
            kind = _TUNNEL_KINDS.get(fault.kind, "proxy_not_http")
            raise Fault(kind, "proxy", f"{fault.kind}: {fault.detail}", proxy=self.host_port) from fault
        if not 200 <= reply.status < 300:
            raise self.refusal(reply.status, reply.headers)
        return sock

    def unreachable(self, fault: Fault) -> Fault:
        """Return what a ``fault`` on the way to the proxy is: a fault of the proxy, not of the platform."""
        kind = _CONNECT_KINDS.get(fault.kind, "proxy_timeout" if fault.kind == "connect_timeout" else "proxy_connect")
        return Fault(kind, "proxy", f"{fault.kind}: {fault.detail}", proxy=self.host_port)

    def check(self, status: int, headers: Mapping[str, str]) -> None:
        """Raise Fault for a reply to a forwarded request that is the proxy's own demand for a login."""
        if _wants_login(status, headers):
            raise self.refusal(status, headers)

    def refusal(self, status: int, headers: Mapping[str, str]) -> Fault:
        """Return the fault that the proxy's own ``status`` is: the request went no further than to the proxy."""
        detail = f"HTTP {status}"
        squid = headers.get("x-squid-error", "")
        if squid:
            detail += f", {squid[:60]}"
        if not _wants_login(status, headers):
            return Fault(
                _STATUS_KINDS.get(status, "proxy_status"), "proxy", detail, proxy=self.host_port, status=status
            )
        schemes = _schemes(headers.get("proxy-authenticate", ""))
        detail += f", offers {' '.join(schemes) or 'no scheme'}"
        if schemes and "basic" not in schemes:
            return Fault("proxy_scheme", "proxy", detail, proxy=self.host_port, schemes="、".join(schemes))
        kind = "proxy_password" if self.authorization else "proxy_login"
        return Fault(kind, "proxy", detail, proxy=self.host_port)


def _wants_login(status: int, headers: Mapping[str, str]) -> bool:
    """Tell whether the proxy, not the platform, asks who we are: 407, or tinyproxy's 401 for a wrong password."""
    return status == 407 or (status == 401 and headers.get("server", "").startswith("tinyproxy"))


def _schemes(challenge: str) -> list[str]:
    """Return the schemes of a Proxy-Authenticate header (RFC 9110 section 11.6.1), in lower case."""
    unquoted = "".join(challenge.split('"')[::2])  # a realm's name may hold commas and blanks
    first_words = [part.split()[0].lower() for part in unquoted.split(",") if part.split()]
    return list(dict.fromkeys(word for word in first_words if "=" not in word and word.isascii()))


def parse_proxy(text: str) -> Proxy:
    """Return the proxy of ``[http://][user:password@]host[:port]``. Raises UrlError.

    Whatever stands before the last ``@`` is the user part, for passwords hold ``#``, ``/``, ``@`` and 中文 as they are.
    """
    scheme, mark, rest = text.strip().partition("://")
    if not mark or "@" in scheme or ":" in scheme:
        scheme, rest = "http", text.strip()
    scheme = scheme.lower()
    if scheme.startswith("socks"):
        raise UrlError("本库不支持 SOCKS 代理，请改用 HTTP 代理", "SOCKS")
    if scheme != "http":
        raise UrlError("须以 http:// 开头（到 https 平台也是如此）", "scheme is not http")
    user, at, host_port = rest.rpartition("@")
    if any(character < " " or character == "\x7f" for character in rest):
        raise UrlError("含有换行等控制字符", "control character")
    if "=" in host_port or ";" in host_port:
        raise UrlError("只写一个代理：http://地址:端口", "a list of proxies")
    host, port = split_host(host_port.partition("/")[0], _DEFAULT_PORT)
    return Proxy(host, port, basic_authorization(user) if at else "")
