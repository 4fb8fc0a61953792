"""viaproxy: plain and CONNECT through a real small proxy, its faults, and that no environment variable counts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.badserver import GOOD_BODY, BadServer, Peer, closed_port, head, replies, response
from tests.faults.certificates import Authority
from tests.network.test_gateway import DOUBT, failed, post
from vcchk.base.errors import ConnectError, ExchangeError
from vcchk.network.gateway import Gateway

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
    assert "proxy" in reply.stages
    assert proxy.lines == [f"POST {server.url} HTTP/1.1"]
    text = server.requests[0]
    assert text.endswith(b"\r\n\r\n" + b'{"method":"m"}')
    assert b"\r\nContent-Type: application/json; charset=UTF-8\r\n" in text


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


def test_no_proxy_there(gateway: Make, serve: Serve) -> None:
    server = serve()
    error = failed(gateway(proxy=f"user:topsecret@127.0.0.1:{closed_port()}"), server.url)
    assert isinstance(error, ConnectError)
    assert (error.code, "代理服务器连接失败" in error.message) == ("8004", True)
    assert "topsecret" not in str(error)
    assert server.requests == []


def test_a_silent_platform_behind_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    server = serve(lambda peer: (peer.request(), peer.linger()))
    begin = time.monotonic()
    error = failed(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url, seconds=0.6)
    assert time.monotonic() - begin < 1.1
    assert isinstance(error, ExchangeError)
    assert (error.code, error.in_doubt, DOUBT in error.message) == ("8001", True, True)
    assert len(server.requests) == 1


def test_a_dripping_platform_behind_the_proxy(gateway: Make, serve: Serve, proxy: Proxy) -> None:
    server = serve(lambda peer: (peer.request(), peer.drip(response(b"x" * 5000), 0.1)))
    begin = time.monotonic()
    error = failed(gateway(proxy=f"127.0.0.1:{proxy.port}"), server.url, seconds=0.6)
    assert time.monotonic() - begin < 1.1
    assert (error.code, error.in_doubt) == ("8001", True)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (replies(head(Content_Length=50) + b"{"), "8002"),
        (replies(head(Transfer_Encoding="chunked") + b"zz\r\n"), "8002"),
        (replies(response(b"{}", Content_Encoding="gzip")), "8002"),
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
