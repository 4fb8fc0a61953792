"""gateway: kept connections, what is sent again and what never, what a reply must be, threads, cost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.deadlines import PATIENCE, within
from tests.faults.badserver import GOOD_BODY, BadServer, Peer, closed_port, head, healthy, replies, response
from tests.network.conftest import Lines
from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, RequestError, VcchkError
from vcchk.network import retry
from vcchk.network.deadline import Deadline
from vcchk.network.fault import Fault
from vcchk.network.gateway import Gateway
from vcchk.network.http1 import Reply
from vcchk.network.pool import Pool

JSON = "application/json; charset=UTF-8"
BODY = b'{"method":"m"}'
DOUBT = "交易状态未知"


def post(gateway: Gateway, url: str, *, writing: bool = True, seconds: float = PATIENCE, body: bytes = BODY) -> Reply:
    return gateway.post(url, body, JSON, writing=writing, deadline=Deadline(seconds))


def failed(gateway: Gateway, url: str, *, writing: bool = True, seconds: float = PATIENCE) -> Any:
    with pytest.raises(VcchkError) as caught:
        post(gateway, url, writing=writing, seconds=seconds)
    return caught.value


def test_what_goes_over_the_wire(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    server = serve()
    reply = post(gateway(), server.url + "?a=张")
    assert (reply.status, reply.body) == (200, GOOD_BODY)
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.stages) == {"dns", "connect", "send", "wait", "read"}
    line, *fields = server.requests[0].partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert line == "POST /ehcService/gateway.do?a=%E5%BC%A0 HTTP/1.1"
    assert sorted(fields) == [
        "Accept: */*",
        "Connection: keep-alive",
        f"Content-Length: {len(BODY)}",
        f"Content-Type: {JSON}",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: vcchk",
    ]
    assert server.requests[0].endswith(b"\r\n\r\n" + BODY)


def test_connections_are_kept(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    server, one = serve(), gateway()
    for _ in range(5):
        reply = post(one, server.url)
    assert (server.connections, len(server.requests)) == (1, 5)
    assert "connect" not in reply.stages


@pytest.mark.slow
def test_user_part_is_sent_and_never_shown(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], log: Lines
) -> None:
    server = serve()
    post(gateway(), server.url.replace("http://", "http://user:topsecret@"))
    assert b"\r\nAuthorization: Basic dXNlcjp0b3BzZWNyZXQ=\r\n" in server.requests[0]
    url = f"http://user:topsecret@127.0.0.1:{closed_port()}/x?token=topsecret"
    error = failed(gateway(), url)
    assert "topsecret" not in str(error) + repr(error) + log.text


# Kept connections that are no more --------------------------------------------------------------------------------


@pytest.mark.parametrize("writing", [True, False])
@pytest.mark.parametrize("way", ["close", "reset"])
def test_closed_while_idle_is_not_seen_by_the_caller(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], log: Lines, way: str, writing: bool
) -> None:
    def once(peer: Peer) -> None:
        peer.send(response(peer.good()))
        getattr(peer, way)()

    server, one = serve(once), gateway()
    for _ in range(3):
        assert post(one, server.url, writing=writing).body == GOOD_BODY
        server.wait_closed()
    assert (server.connections, len(server.requests)) == (3, 3)  # each request arrived exactly once
    assert log.text == ""


def test_an_idle_connection_is_not_used_for_writing(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], clock: list[float]
) -> None:
    server, one = serve(), gateway(idle=30.0)
    post(one, server.url)
    clock[0] += 31
    post(one, server.url, writing=False)  # reading may use it, which makes it young again
    assert server.connections == 1
    post(one, server.url)
    assert server.connections == 1
    clock[0] += 31
    post(one, server.url)
    assert server.connections == 2


def test_the_peers_keep_alive_promise_counts_for_writing(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer]
) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.send(response(peer.good(), Keep_Alive="timeout=1"))

    server, one = serve(script), gateway()
    post(one, server.url)
    time.sleep(0.05)
    post(one, server.url)
    assert server.connections == 2


@pytest.mark.parametrize("way", ["close", "reset"])
def test_closed_after_the_bytes_left_is_in_doubt_for_writing(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], way: str
) -> None:
    """Not even on a reused connection is it proof of no effect: this server did read the second request."""

    def script(peer: Peer) -> None:
        peer.send(response(peer.good()))
        peer.request()
        getattr(peer, way)()

    server, one = serve(script), gateway()
    post(one, server.url)
    error = failed(one, server.url)
    assert isinstance(error, ExchangeError)
    assert (error.code, error.in_doubt) == ("8001", True)
    assert DOUBT in error.message
    assert len(server.requests) == 2
    assert post(one, server.url).body == GOOD_BODY  # the pool is healthy


def test_a_peer_that_closes_behind_each_reply_is_learnt(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer]
) -> None:
    server, one = serve(replies(response(GOOD_BODY))), gateway()
    post(one, server.url)
    server.wait_closed()
    for _ in range(30):  # at once behind each other, the end of the connection still under way
        post(one, server.url)
    assert (server.connections, len(server.requests)) == (31, 31)


def one_request_a_connection(peer: Peer) -> None:
    """Answer, promise nothing, and hear nothing more."""
    peer.send(response(peer.good()))
    peer.linger()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list whose number is added to the clock of kept connections."""
    ahead = [0.0]
    for module in ("pool", "http1"):
        monkeypatch.setattr(f"vcchk.network.{module}.monotonic", lambda: time.monotonic() + ahead[0])
    return ahead


@pytest.mark.slow
@pytest.mark.parametrize("writing", [True, False])
def test_silence_on_a_kept_connection_is_learnt(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], clock: list[float], writing: bool
) -> None:
    server, one = serve(one_request_a_connection), gateway()

    def outcomes(calls: int) -> list[str]:
        found = []
        for _ in range(calls):
            try:
                found.append(str(post(one, server.url, writing=writing, seconds=1.0).status))
            except VcchkError as error:
                found.append(error.code)
        return found

    assert outcomes(8) == ["200", "8001", *["200"] * 6]
    clock[0] += 61  # tried again after a minute, then after two, and so on
    assert outcomes(4) == ["200", "8001", "200", "200"]
    clock[0] += 61
    assert outcomes(3) == ["200"] * 3
    clock[0] += 61
    assert outcomes(3) == ["200", "8001", "200"]
    server.script = healthy
    clock[0] += 241
    before = server.connections
    assert outcomes(3) == ["200"] * 3
    assert server.connections == before + 1  # kept, which works: all is forgiven
    server.script = one_request_a_connection


def test_distrust_ends_at_an_hour(clock: list[float]) -> None:
    pool = Pool(4.0)
    for _ in range(20):
        pool.keep_none()
    assert pool._keep_from - time.monotonic() <= 3600
    pool.kept_one_worked()
    pool.keep_none()
    assert pool._keep_from - time.monotonic() <= 60


@pytest.mark.parametrize("writing", [True, False])
def test_idle_zero_keeps_none(gateway: Callable[..., Gateway], serve: Callable[..., BadServer], writing: bool) -> None:
    server, one = serve(), gateway(idle=0.0)
    for _ in range(3):
        post(one, server.url, writing=writing)
    assert server.connections == 3


def test_reading_is_sent_again_after_a_kept_connection_failed(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], log: Lines
) -> None:
    def script(peer: Peer) -> None:
        peer.send(response(peer.good()))
        peer.request()
        peer.reset()

    server, one = serve(script), gateway()
    post(one, server.url, writing=False)
    assert post(one, server.url, writing=False).body == GOOD_BODY
    assert (server.connections, len(server.requests)) == (2, 3)
    assert "查询类交易重发" in log.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "code", "times"),
    [
        (lambda peer: (peer.request(), peer.reset()), "8001", 2),
        (lambda peer: (peer.request(), peer.close()), "8001", 2),
        (replies(head(Content_Length=99) + b"{"), "8002", 2),
        (replies(head(Transfer_Encoding="chunked") + b"zz\r\n"), "8002", 2),
        (lambda peer: (peer.request(), peer.linger()), "8001", 1),
        (replies(b"SMTP ready\r\n"), "9008", 1),
        (replies(response(b"oops", 502)), "9008", 1),
    ],
)
def test_sent_again_for_reading_once_for_writing_never(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], script: Any, code: str, times: int
) -> None:
    server = serve(script)
    error = failed(gateway(), server.url, writing=False, seconds=1.0)
    assert (error.code, error.in_doubt, len(server.requests)) == (code, False, times)
    assert DOUBT not in error.message
    error = failed(gateway(), server.url, seconds=1.0)
    assert (error.code, error.in_doubt, len(server.requests)) == (code, True, times + 1)
    assert DOUBT in error.message


def test_reading_sent_again_and_answered(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    def script(peer: Peer) -> None:
        if peer.server.connections == 1:
            peer.request()
            peer.reset()
        else:
            healthy(peer)

    server = serve(script)
    assert post(gateway(), server.url, writing=False).body == GOOD_BODY
    assert len(server.requests) == 2


# No connection ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_refused_is_tried_thrice_and_does_not_freeze(gateway: Callable[..., Gateway], log: Lines) -> None:
    port = closed_port()
    with within(sum(retry.PAUSES)):
        error = failed(gateway(), f"http://127.0.0.1:{port}/x")
    assert isinstance(error, ConnectError)
    assert error.code == "8004"
    assert f"127.0.0.1:{port} 拒绝连接" in error.message
    assert log.text.count("连接平台失败，再试") == 2


def test_connect_tries_zero_means_once(gateway: Callable[..., Gateway], log: Lines) -> None:
    assert failed(gateway(connect_tries=0), f"http://127.0.0.1:{closed_port()}/").code == "8004"
    assert log.text == "", "each further attempt is logged"


@pytest.mark.slow
def test_a_service_that_comes_up_within_the_window(gateway: Callable[..., Gateway]) -> None:
    port = closed_port()
    started: list[socket.socket] = []

    def start() -> None:
        listener = socket.create_server(("127.0.0.1", port))
        started.append(listener)
        peer, _ = listener.accept()
        peer.recv(65536)
        peer.sendall(response(GOOD_BODY))
        peer.close()

    timer = threading.Timer(0.25, start)
    timer.start()
    assert post(gateway(), f"http://127.0.0.1:{port}/").body == GOOD_BODY
    timer.join()
    started[0].close()


@pytest.mark.slow
def test_names_that_fail(gateway: Callable[..., Gateway]) -> None:
    error = failed(gateway(), "http://" + "x" * 64 + ".test/")
    assert isinstance(error, ConnectError)
    assert "解析失败" in error.message


def test_a_silent_name_server_does_not_outlast_the_deadline(gateway: Callable[..., Gateway]) -> None:
    def slow(host: str, port: int, deadline: Deadline) -> list[Any]:
        if not threading.Event().wait(deadline.left()):
            raise Fault("dns_timeout", "dns")
        return []

    begin = time.monotonic()
    with within(0.3):
        error = failed(gateway(resolver=slow, connect_timeout=0.3), "http://platform.test/")
    assert time.monotonic() - begin > 0.25
    assert "解析超时" in error.message
    assert error.code == "8004"


def test_the_address_that_worked_is_tried_first(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer]
) -> None:
    server = serve()
    dead = (socket.AF_INET, ("127.0.0.1", closed_port()))
    good = (socket.AF_INET, ("127.0.0.1", server.port))
    one = gateway(resolver=lambda *_a: [dead, good])
    post(one, "http://platform.test/")
    assert next(iter(one._pools.values())).best == good
    assert post(one, "http://platform.test/").body == GOOD_BODY


# URLs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "x", "ftp://127.0.0.1/", "http://127.0.0.1/" + "x" * 3000])
def test_bad_urls(gateway: Callable[..., Gateway], url: str) -> None:
    error = failed(gateway(), url)
    assert isinstance(error, RequestError)
    assert error.code == "9001"


def test_hosts_off_the_list_are_refused(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    server = serve()
    error = failed(gateway(allow_hosts=("platform.cn",)), server.url)
    assert (error.code, server.connections) == ("9001", 0)
    assert "allow_hosts" in error.message
    assert post(gateway(allow_hosts=("127.0.0.1",)), server.url).body == GOOD_BODY


def test_plain_http_to_a_public_address_warns_once(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tests talk to loopback alone, so here 127.0.0.0/8 counts as public.
    monkeypatch.setattr("vcchk.network.url._PRIVATE", ())
    server, one = serve(), gateway()
    post(one, server.url)
    post(one, server.url)
    assert log.text.count("明文传输") == 1


# What a reply must be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "code", "tells", "doubt"),
    [
        (response(b""), "9004", "没有内容", True),
        (head(204, "No Content"), "9004", "没有内容", True),
        (response(b" \r\n\xef\xbb\xbf"), "9004", "没有内容", True),
        (
            head(302, "Found", Location="http://login.test:81/ac?mac=secret", Content_Length=0),
            "9008",
            "login.test:81",
            False,
        ),
        (head(301, "Moved", Location="/other", Content_Length=0), "9008", "HTTP 301", True),
        (response(b"<!DOCTYPE HTML><p>login"), "9008", "网页", True),
        (response(b"\xef\xbb\xbf\r\n<html>"), "9008", "网页", True),
        (response(b"<html>", 404), "9008", "strUrl", False),
        (response(b"", 401), "9008", "HTTP 401", False),
        (response(b"too large", 413), "9008", "HTTP 413", False),
        (response(b"<html>", 500), "9008", "HTTP 500", True),
        (response(b"", 503), "9008", "HTTP 503", True),
        (response(b"", 418), "9008", "HTTP 418", True),
        (response(b'{"timestamp":1,"status":404,"error":"Not Found","path":"/"}', 404), "9008", "HTTP 404", False),
    ],
)
def test_replies_that_are_none(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], reply: bytes, code: str, tells: str, doubt: bool
) -> None:
    server = serve(replies(reply))
    error = failed(gateway(), server.url)
    assert isinstance(error, ReplyError)
    assert (error.code, error.in_doubt, DOUBT in error.message) == (code, doubt, doubt)
    assert tells in error.message
    assert "secret" not in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        response(b'{"ret_code":"9001"}', 500),
        response(b'\xef\xbb\xbf {"retCode":"9001"}', 404),
        response(b'{"code":-1,"message":"x"}', 400),
        response(b'{"ret_code":"0000"}', 201),
        response(b"anything else", 200),
        response("\ufeff{}".encode("utf-16-le")),
    ],
)
def test_what_may_be_an_envelope_passes(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], reply: bytes
) -> None:
    assert post(gateway(), serve(replies(reply)).url).body == reply.partition(b"\r\n\r\n")[2]


def test_the_cap_is_the_setting(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    server = serve(replies(response(b"{" + b" " * 5000)))  # a gateway each, for this server closes behind its reply
    assert len(post(gateway(max_reply=5001), server.url).body) == 5001
    error = failed(gateway(max_reply=5000), server.url)
    assert error.code == "9008"
    assert "5000" in error.message


@pytest.mark.parametrize("label", [{"Content_Encoding": "UTF-8"}, {"Transfer_Encoding": "utf8"}])
def test_a_filters_wrong_label_costs_a_warning_once(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], log: Lines, label: dict[str, str]
) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.send(response(peer.good(), **label))

    server, one = serve(script), gateway()
    for _ in range(3):
        assert post(one, server.url).body == GOOD_BODY  # which ends long before the time-out
    assert log.text.count("与内容不符") == 1


# Threads, forks, cost -------------------------------------------------------------------------------------------------


def test_parallel_calls_run_in_parallel(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    all_here = threading.Barrier(8)

    def script(peer: Peer) -> None:
        while True:
            body = peer.good()
            all_here.wait(10)  # no reply before all eight have asked
            peer.send(response(body))

    server, one = serve(script), gateway()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                assert post(one, server.url).body == GOOD_BODY
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(server.requests) == 160
    assert server.connections <= 8


def test_each_thread_gets_its_own_reply(gateway: Callable[..., Gateway], serve: Callable[..., BadServer]) -> None:
    server, one = serve(answer=lambda body: body), gateway()
    wrong: list[bytes] = []

    def work(number: int) -> None:
        for turn in range(30):
            body = b'{"n":%d}' % (number * 1000 + turn)
            if post(one, server.url, body=body).body != body:
                wrong.append(body)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_forked_child_makes_its_own_connections(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer]
) -> None:
    server, one = serve(), gateway()
    post(one, server.url)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if post(one, server.url).body == GOOD_BODY else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert post(one, server.url).body == GOOD_BODY
    assert server.connections == 2  # the parent's first and the child's own


def test_the_import_diet_holds() -> None:
    code = (
        "import sys; before = set(sys.modules); import vcchk.network.gateway, vcchk.network.deadline; "
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True, check=True, cwd=".")
    network = ["gateway", "connection", "http1", "fault", "retry", "pool", "route", "sentences", "url", "deadline"]
    ours = ["base", "base.errors", "base.record", "base.resource", "runtime", "runtime.pump", "network"]
    ours += [f"network.{name}" for name in network]
    assert set(out.stdout.split()) <= {
        *("__future__", "_socket", "errno", "binascii", "os", "_thread", "time", "posixpath", "os.path", "stat"),
        *("genericpath", "_stat", "abc", "_abc", "_collections_abc", "vcchk"),
        *(f"vcchk.{name}" for name in ours),
    }
