"""proxy: plain and CONNECT through a real small proxy, its faults, and that no environment variable counts."""

from __future__ import annotations

import base64
import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deadlines import within
from tests.faults.badserver import GOOD_BODY, BadServer, Peer, closed_port, head, replies, response
from tests.faults.certificates import Authority
from tests.network import peers
from tests.network.conftest import Lines
from tests.network.test_gateway import DOUBT, failed, post
from vcchk.base.errors import ConnectError, ExchangeError, VcchkError
from vcchk.network.gateway import Gateway
from vcchk.network.proxy import parse_proxy
from vcchk.network.url import UrlError
from vcchk.records import sealing
from vcchk.settings import GatewaySettings

Make = Callable[..., Gateway]
Serve = Callable[..., BadServer]


class Proxy:
    """Forwards absolute-form requests and CONNECT on 127.0.0.1; ``lines`` are the request lines it saw."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                data += sock.recv(65536)
            line, _, rest = data.partition(b"\r\n")
            self.lines.append(line.decode())
            method, place, version = line.split(b" ")
            connect = method == b"CONNECT"
            place = place if connect else place[7:].partition(b"/")[0]
            name, _, port = place.decode().rpartition(":")
            far = socket.create_connection((name, int(port)))
            if connect:
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = b"/" + line.split(b" ")[1][7:].partition(b"/")[2]
                far.sendall(method + b" " + path + b" " + version + b"\r\n" + rest)
            threading.Thread(target=self._pipe, args=(far, sock), daemon=True).start()
            self._pipe(sock, far)

    @staticmethod
    def _pipe(near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    one = Proxy()
    yield one
    one.close()


def test_http_through_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    server, one = serve(), gateway(proxy=f"127.0.0.1:{proxy.port}")
    reply = post(one, server.url)
    assert (reply.status, reply.body) == (200, GOOD_BODY)
    assert "connect" in reply.stages
    assert proxy.lines == [f"POST {server.url} HTTP/1.1"]
    text = server.requests[0]
    assert text.endswith(b"\r\n\r\n" + b'{"method":"m"}')
    assert b"\r\nContent-Type: application/json; charset=UTF-8\r\n" in text


def test_a_proxy_that_is_sealed(serve: Serve, proxy: Proxy, log: Lines, tmp_path: Path) -> None:
    """With its password it need not stand in clear in an INI that every till can read."""
    server, folder = serve(), str(tmp_path)
    sealed = sealing.protect(f"http://till:topsecret@127.0.0.1:{proxy.port}", folder)
    with contextlib.closing(Gateway(GatewaySettings(proxy=sealed), log.log, folder)) as one:
        assert post(one, server.url).body == GOOD_BODY
    assert b"Proxy-Authorization: Basic dGlsbDp0b3BzZWNyZXQ=" in server.requests[0]
    with contextlib.closing(Gateway(GatewaySettings(proxy=sealed), log.log, str(tmp_path / "elsewhere"))) as one:
        error = failed(one, server.url)
    assert "加密值在本机解不开（可用 vcchk secret set proxy 重新加密）" in error.message
    assert (len(server.requests), error.code) == (1, "8004")  # never around the proxy


def test_https_through_the_proxy(gateway: Make, serve: Serve, proxy: Proxy, authority: Authority) -> None:
    server = serve(tls=authority.context())
    address = f"http://127.0.0.1:{proxy.port}"
    assert post(gateway(proxy=address, ca_bundle=str(authority.pem)), server.url).body == GOOD_BODY
    assert [line.rpartition(" ")[0] for line in proxy.lines] == [f"CONNECT 127.0.0.1:{server.port}"]
    error = failed(gateway(proxy=address), server.url)  # the site's CA is not in the bundled list
    assert isinstance(error, ConnectError)
    assert "不是受信任机构签发" in error.message
    assert len(server.requests) == 1


def test_environment_variables_do_not_count(
    gateway: Make, serve: Serve, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    server = serve()
    assert post(gateway(), server.url).body == GOOD_BODY
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    post(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url)
    assert len(proxy.lines) == 1


@pytest.mark.slow
def test_no_proxy_there(gateway: Make, serve: Serve) -> None:
    server = serve()
    error = failed(gateway(proxy=f"user:topsecret@127.0.0.1:{closed_port()}"), server.url)
    assert isinstance(error, ConnectError)
    assert (error.code, "拒绝连接" in error.message, "代理服务器" in error.message) == ("8004", True, True)
    assert "topsecret" not in str(error)
    assert server.requests == []


@pytest.mark.slow
def test_a_silent_platform_behind_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    server = serve(lambda peer: (peer.request(), peer.linger()))
    with within(1):
        error = failed(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url, seconds=1.0)
    assert isinstance(error, ExchangeError)
    assert (error.code, error.in_doubt, DOUBT in error.message) == ("8001", True, True)
    assert len(server.requests) == 1


@pytest.mark.slow
def test_a_dripping_platform_behind_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    server = serve(lambda peer: (peer.request(), peer.drip(response(b"x" * 5000), 0.1)))
    with within(1):
        error = failed(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url, seconds=1.0)
    assert (error.code, error.in_doubt) == ("8001", True)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (replies(head(Content_Length=50) + b"{"), "8002"),
        (replies(head(Transfer_Encoding="chunked") + b"zz\r\n"), "8002"),
        (replies(response(b"\x1f\x8b{}", Content_Encoding="gzip")), "8002"),
        (replies(response(b"x" * 3000)), "9008"),
        (replies(response(b"", 502)), "9008"),
        (replies(response(b"")), "9004"),
    ],
)
def test_faults_read_the_same_through_the_proxy(
    gateway: Make, serve: Serve, proxy: Proxy, script: Callable[[Peer], None], code: str
) -> None:
    server = serve(script)
    error = failed(gateway(proxy=f"127.0.0.1:{proxy.port}", max_reply=2000), server.url)
    assert (error.code, error.in_doubt) == (code, True)
    assert len(server.requests) == 1


def test_reading_is_sent_again_through_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    def script(peer: Peer) -> None:
        body = peer.good()
        if len(peer.server.requests) > 1:
            peer.send(response(body))

    server = serve(script)
    assert post(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url, writing=False).body == GOOD_BODY
    assert len(server.requests) == 2


# What may have arrived is never sent again --------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["close", "reset"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_write_that_may_have_arrived_is_sent_once(
    gateway: Make, serve: Serve, proxy: Proxy, authority: Authority, scheme: str, way: str
) -> None:
    """The platform reads the request and is gone: in doubt, whoever stands between."""
    server = serve(lambda peer: (peer.request(), getattr(peer, way)()), tls=_tls(authority, scheme))
    one = gateway(proxy=f"127.0.0.1:{proxy.port}", ca_bundle=str(authority.pem))
    error = failed(one, server.url)
    assert isinstance(error, ExchangeError)
    assert (error.code, error.in_doubt, DOUBT in error.message) == ("8001", True, True)
    assert (len(server.requests), len(proxy.lines)) == (1, 1)
    error = failed(one, server.url, writing=False)
    assert (error.code, error.in_doubt, len(server.requests)) == ("8001", False, 3)


@pytest.mark.parametrize("way", ["close", "reset"])
def test_a_proxy_that_reads_a_write_and_is_gone(gateway: Make, serve: Serve, way: str) -> None:
    swallowing = serve(lambda peer: (peer.request(), getattr(peer, way)()))
    error = failed(gateway(proxy=f"127.0.0.1:{swallowing.port}"), "http://platform.test/x")
    assert isinstance(error, ExchangeError)
    assert (error.code, error.in_doubt, len(swallowing.requests)) == ("8001", True, 1)
    assert f"经代理 127.0.0.1:{swallowing.port}" in error.message


def _tls(authority: Authority, scheme: str) -> Any:
    return authority.context() if scheme == "https" else None


# Before the tunnel stands, nothing has reached the platform ---------------------------------------------------------

BASIC = 'Basic realm="p"'


@pytest.mark.parametrize(
    ("reply", "tells"),
    [
        (head(407, "Auth", Proxy_Authenticate=BASIC), "要求登录（HTTP 407）"),
        (head(407, "Auth", Proxy_Authenticate="NTLM"), "只接受 ntlm 方式登录，本库只支持 Basic"),
        (head(407, "Auth", Proxy_Authenticate="Negotiate, NTLM"), "只接受 negotiate、ntlm"),
        (head(407, "Auth", Proxy_Authenticate='Digest realm="a", nonce="b"'), "只接受 digest"),
        (head(407, "Auth", Proxy_Authenticate='Digest realm="a, basic b", nonce="b"'), "只接受 digest 方式"),
        (head(407, "Auth", Proxy_Authenticate=f"NTLM, {BASIC}"), "要求登录（HTTP 407）"),
        (head(403, "Forbidden"), "不允许访问 platform.test:443（HTTP 403）"),
        (head(503, "Unavailable"), "接不通平台 platform.test:443（HTTP 503）"),
        (head(302, "Found", Location="http://login.test/"), "HTTP 302"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "不是 HTTP 代理"),
        (b"\x05\xff", "不是 HTTP 代理"),
        (b"", "断开"),
    ],
)
def test_connect_refused(gateway: Make, serve: Serve, log: Lines, reply: bytes, tells: str) -> None:
    server = serve(replies(reply))
    error = failed(gateway(proxy=f"127.0.0.1:{server.port}", connect_tries=0), "https://platform.test/x")
    assert isinstance(error, ConnectError)
    assert error.code == "8004"
    assert tells in error.message
    assert "请" in error.message
    assert DOUBT not in error.message
    if reply.startswith(b"HTTP/"):
        assert reply[9:12].decode() in error.cause


def test_the_proxys_demand_for_a_login_is_no_reply_of_the_platform(gateway: Make, serve: Serve) -> None:
    server = serve(replies(head(407, "Auth", Proxy_Authenticate=BASIC, Content_Length=0)))
    error = failed(gateway(proxy=f"u:p@127.0.0.1:{server.port}"), "http://platform.test/x")
    assert isinstance(error, ConnectError)
    assert "不接受该用户名和密码" in error.message
    assert len(server.requests) == 1


def test_a_silent_proxy_ends_with_the_connect_timeout(gateway: Make, serve: Serve) -> None:
    server = serve(lambda peer: peer.linger())
    error = failed(gateway(proxy=f"127.0.0.1:{server.port}", connect_timeout=0.3), "https://platform.test/x")
    assert isinstance(error, ConnectError)
    assert "在时限内没有接通" in error.message


# The setting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "host", "port", "login"),
    [
        ("10.0.0.9:3128", "10.0.0.9", 3128, ""),
        ("http://proxy.test", "proxy.test", 80, ""),
        ("HTTP://proxy.test:8080/", "proxy.test", 8080, ""),
        ("http://[::1]:3128", "::1", 3128, ""),
        ("http://user:secret@proxy.test:8080", "proxy.test", 8080, "user:secret"),
        ("http://user:a#b@proxy.test:8080", "proxy.test", 8080, "user:a#b"),
        ("http://user:a/b@proxy.test:8080", "proxy.test", 8080, "user:a/b"),
        ("http://user:a@b:c@proxy.test:8080", "proxy.test", 8080, "user:a@b:c"),
        ("http://用户:密码@proxy.test:8080", "proxy.test", 8080, "用户:密码"),
        ("user:a://b@proxy.test:8080", "proxy.test", 8080, "user:a://b"),
        ("http://user:a%23b%4@proxy.test:8080", "proxy.test", 8080, "user:a#b%4"),
    ],
)
def test_proxy_settings(text: str, host: str, port: int, login: str) -> None:
    proxy = parse_proxy(text)
    assert (proxy.host, proxy.port) == (host, port)
    assert proxy.authorization == (f"Basic {base64.b64encode(login.encode()).decode()}" if login else "")


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("socks5://u:topsecret@127.0.0.1:1080", "SOCKS"),
        ("socks://127.0.0.1:1080", "SOCKS"),
        ("https://127.0.0.1:3128", "http://"),
        ("http=10.0.0.1:80;https=10.0.0.1:80", "只写一个代理"),
        ("http://127.0.0.1:99999", "端口号不合法"),
        ("http://", "没有主机名"),
        ("http://代 理:80", "主机名不合法"),
    ],
)
def test_settings_that_cannot_be_used_are_reported_at_the_start(
    gateway: Make, serve: Serve, log: Lines, text: str, tells: str
) -> None:
    with pytest.raises(UrlError):
        parse_proxy(text)
    server = serve()
    one = gateway(proxy=text)
    assert tells in log.text
    error = failed(one, server.url)
    assert isinstance(error, ConnectError)
    assert (error.code, tells in error.message) == ("8004", True)
    assert server.connections == 0  # never around the proxy
    assert "topsecret" not in str(error) + log.text


# With and without a proxy the same is read --------------------------------------------------------------------------

ODD_REPLIES = {
    "equal lengths": head(Content_Length="67, 67") + GOOD_BODY,
    "two equal lines of length": head(Content_Length=67)[:-2] + b"Content-Length: 67\r\n\r\n" + GOOD_BODY,
    "different lengths": head(Content_Length="67, 68") + GOOD_BODY,
    "length and chunks": head(Content_Length=3, Transfer_Encoding="chunked") + b"43\r\n" + GOOD_BODY + b"\r\n0\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\njunk\r\nContent-Length: 67\r\n\r\n" + GOOD_BODY,
    "folded": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 67\r\n\r\n" + GOOD_BODY,
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 67\n\n" + GOOD_BODY,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 67\r\n\r\n" + GOOD_BODY,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD_BODY,
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" + response(GOOD_BODY),
    "gzip": response(gzip.compress(GOOD_BODY), Content_Encoding="gzip"),
    "gzip damaged": response(gzip.compress(GOOD_BODY)[:-9], Content_Encoding="gzip"),
    "unknown coding": response(b"\x8b\x00", Content_Encoding="br"),
    "character set as coding": response(GOOD_BODY, Content_Encoding="UTF-8"),
    "character set as transfer coding": response(GOOD_BODY, Transfer_Encoding="utf8"),
    "two members": response(gzip.compress(GOOD_BODY[:9]) + gzip.compress(GOOD_BODY[9:]), Content_Encoding="gzip"),
    "cut": head(Content_Length=99) + GOOD_BODY,
    "bad chunk": head(Transfer_Encoding="chunked") + b"zz\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "moved": head(302, "Found", Location="http://login.test/", Content_Length=0),
    "page": response(b"<html><title>x</title></html>"),
    "envelope with 500": response(b'{"ret_code":"8007"}', 500),
}


@pytest.mark.parametrize("name", ODD_REPLIES)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_direct_and_proxy_agree(
    gateway: Make, serve: Serve, proxy: Proxy, authority: Authority, scheme: str, name: str
) -> None:
    server = serve(replies(ODD_REPLIES[name]), tls=_tls(authority, scheme))

    def outcome(one: Gateway) -> tuple[Any, ...]:
        try:
            reply = post(one, server.url)
        except VcchkError as error:
            return type(error), error.code, getattr(error, "in_doubt", None)
        return reply.status, reply.body, reply.headers

    ca = str(authority.pem)
    assert outcome(gateway(ca_bundle=ca)) == outcome(gateway(ca_bundle=ca, proxy=f"127.0.0.1:{proxy.port}"))
    assert len(server.requests) == 2


# Real proxies -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("make", [peers.tinyproxy, peers.squid])
def test_real_proxies(gateway: Make, serve: Serve, authority: Authority, tmp_path: Path, make: Any) -> None:
    plain, secured = serve(), serve(tls=authority.context())
    with make(tmp_path) as port:
        one = gateway(proxy=f"http://127.0.0.1:{port}", ca_bundle=str(authority.pem))
        for _ in range(3):
            assert post(one, plain.url).body == GOOD_BODY
            assert post(one, secured.url).body == GOOD_BODY
        assert secured.connections == 1  # a tunnel is kept like any connection
        error = failed(one, f"https://127.0.0.1:{closed_port()}/")
        assert isinstance(error, ConnectError)
        assert "接不通平台" in error.message


@pytest.mark.slow
@pytest.mark.parametrize("make", [peers.tinyproxy, peers.squid])
def test_real_proxies_lose_a_write_once(gateway: Make, serve: Serve, tmp_path: Path, make: Any) -> None:
    server = serve(lambda peer: (peer.request(), peer.reset()))
    with make(tmp_path) as port:
        error = failed(gateway(proxy=f"http://127.0.0.1:{port}"), server.url)
    assert error.in_doubt
    assert DOUBT in error.message


def test_a_real_proxy_that_wants_a_password(gateway: Make, serve: Serve, authority: Authority, tmp_path: Path) -> None:
    plain, secured = serve(), serve(tls=authority.context())
    with peers.tinyproxy(tmp_path, login=("till", "abc1")) as port:
        good = gateway(proxy=f"http://till:abc1@127.0.0.1:{port}", ca_bundle=str(authority.pem))
        assert post(good, plain.url).body == post(good, secured.url).body == GOOD_BODY
        for url in (plain.url, secured.url):
            assert "要求登录" in failed(gateway(proxy=f"http://127.0.0.1:{port}"), url).message
            assert "不接受该用户名" in failed(gateway(proxy=f"http://till:no@127.0.0.1:{port}"), url).message
    assert (len(plain.requests), len(secured.requests)) == (1, 1)


@pytest.mark.slow
def test_a_real_proxy_that_forbids(gateway: Make, serve: Serve, authority: Authority, tmp_path: Path) -> None:
    secured = serve(tls=authority.context())
    with peers.squid(tmp_path, "http_access deny CONNECT") as port:
        error = failed(gateway(proxy=f"http://127.0.0.1:{port}", ca_bundle=str(authority.pem)), secured.url)
    assert isinstance(error, ConnectError)
    assert "不允许访问" in error.message
    assert "HTTP 403" in error.cause
