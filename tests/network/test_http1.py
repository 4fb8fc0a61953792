"""http1: framing, caps and stages of one exchange; the parser against replies cut anywhere and fed byte by byte."""

from __future__ import annotations

import errno
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.deadlines import PATIENCE, until, within
from tests.faults.badserver import BadServer, Peer, closed_port, head, replies, response
from vcchk.network import content, http1
from vcchk.network.connection import Connection, _connect_kind, connect, resolve
from vcchk.network.deadline import Deadline
from vcchk.network.fault import Fault
from vcchk.network.url import parse_url

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
CAP = 1000


def talk(reply: bytes, seconds: float = PATIENCE, cap: int = CAP, **options: bool) -> http1.Reply:
    """Exchange over a socket pair whose far side has said ``reply`` and closed."""
    near, far = socket.socketpair()
    far.sendall(reply)
    far.shutdown(socket.SHUT_WR)
    connection = Connection(near, (socket.AF_INET, ("127.0.0.1", 0)), False)
    try:
        return http1.exchange(connection, REQUEST, Deadline(seconds), cap, {}, **options)
    finally:
        near.close()
        far.close()


@pytest.mark.parametrize(
    ("reply", "status", "body", "reusable"),
    [
        (response(b"{}"), 200, b"{}", True),
        (response(b""), 200, b"", True),
        (response(b"{}", Connection="close"), 200, b"{}", False),
        (response(b"{}") + b"junk", 200, b"{}", False),
        (head() + b"till the end", 200, b"till the end", False),
        (head(Content_Length="2, 2") + b"{}", 200, b"{}", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", 200, b"{}", True),
        (b"HTTP/1.1 200 OK\nContent-Length: 6\n\n{\r\n\r\n}", 200, b"{\r\n\r\n}", True),
        (b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + response(b"{}"), 200, b"{}", True),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * 3 + response(b"{}"), 200, b"{}", True),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\njunk\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
        (head(204, "No Content"), 204, b"", True),
        (head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked") + b"1;x=y\r\n{\r\n 01 \r\n}\r\n0\r\nT: r\r\n\r\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked") + b"2\n{}\n0\n\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked", Content_Length=9) + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", False),
        (head(Transfer_Encoding="identity", Content_Length=2) + b"{}", 200, b"{}", False),
        (response(gzip.compress(b"{}" * 90), Content_Encoding="gzip"), 200, b"{}" * 90, True),
        (response(zlib.compress(b"{}" * 90), Content_Encoding="deflate"), 200, b"{}" * 90, True),
        (response(zlib.compress(b"{}")[2:-4], Content_Encoding="Deflate"), 200, b"{}", True),
        (response(b"", Content_Encoding="gzip"), 200, b"", True),
        (response(gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip"), 200, b"{}", True),
        (response(gzip.compress(b"{") + gzip.compress(b"}"), Content_Encoding="gzip"), 200, b"{}", True),
        (response(gzip.compress(b"{}") + bytes(9), Content_Encoding="x-gzip"), 200, b"{}", True),
        (response(b"{}", Content_Encoding="UTF-8"), 200, b"{}", True),
        (response(b"{}", Content_Encoding="none"), 200, b"{}", True),
        (response(b"\xef\xbb\xbf<a/>", Content_Encoding="utf8, identity"), 200, b"\xef\xbb\xbf<a/>", True),
        (response(b" [1]", Content_Encoding="br"), 200, b" [1]", True),
        (response(b"{}", Content_Encoding="gzip"), 200, b"{}", True),
        (response(b"{}", Content_Encoding="deflate"), 200, b"{}", True),
        (head(Transfer_Encoding="utf8", Content_Length=2) + b"{}", 200, b"{}", False),
        (head(Transfer_Encoding="none") + b"{}", 200, b"{}", False),
        (
            head(Transfer_Encoding="gzip, chunked") + b"16\r\n" + gzip.compress(b"{}") + b"\r\n0\r\n\r\n",
            200,
            b"{}",
            True,
        ),
        (head(Transfer_Encoding="gzip") + gzip.compress(b"{}"), 200, b"{}", False),
        (response(gzip.compress(b"{}"), Content_Encoding="UTF-8"), 200, b"{}", True),
        (response(gzip.compress(b"{}"), Content_Encoding="gzip, UTF-8"), 200, b"{}", True),
        (response(gzip.compress(b"{}"), Content_Encoding='"gzip"'), 200, b"{}", True),
        (response(gzip.compress(b"{}"), Content_Encoding="deflate"), 200, b"{}", True),
        (response(zlib.compress(b"{}"), Content_Encoding="gzip"), 200, b"{}", True),
        (head(Transfer_Encoding="chunked", Content_Length=2) + b"{}", 200, b"{}", False),
        (head(Transfer_Encoding="chunked") + b"<a/>", 200, b"<a/>", False),
        (head(Transfer_Encoding="utf8, chunked") + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked, utf8") + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked, identity") + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
        (head(Transfer_Encoding="chunked;q=1") + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
        (response(b"no", 404), 404, b"no", True),
        (response(b"x" * CAP), 200, b"x" * CAP, True),
        (head(407, "Auth", Content_Length=99) + b"cut", 407, b"", False),
        (head(413, "Large", Transfer_Encoding="chunked") + b"9\r\ncut", 413, b"", False),
    ],
)
def test_replies(reply: bytes, status: int, body: bytes, reusable: bool) -> None:
    got = talk(reply)
    assert (got.status, got.body, got.reusable) == (status, body, reusable)


@pytest.mark.parametrize(
    ("reply", "kind", "replied"),
    [
        (b"", "closed", False),
        (b"HT", "cut", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "cut", True),
        (head(Content_Length=3) + b"{}", "cut", True),
        (head(Content_Length="2, 3") + b"{}", "bad_length", True),
        (head(Content_Length="-2") + b"{}", "bad_length", True),
        (head(Content_Length="2x"), "bad_length", True),
        (head(Content_Length="\xb2") + b"{}", "bad_length", True),  # superscript two: a digit to str.isdigit
        (head(Content_Length=CAP + 1), "too_large", True),
        (head() + b"x" * (CAP + 1), "too_large", True),
        (head(Transfer_Encoding="chunked") + b"xyz\r\n", "bad_chunk", True),
        (head(Transfer_Encoding="chunked") + b"-2\r\n{}\r\n", "bad_chunk", True),
        (head(Transfer_Encoding="chunked") + b"0x2\r\n{}\r\n", "bad_chunk", True),
        (head(Transfer_Encoding="chunked") + b"2\r\n{}}\r\n0\r\n\r\n", "bad_chunk", True),
        (head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n", "cut", True),
        (head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n0\r\n", "cut", True),
        (head(Transfer_Encoding="chunked") + b"ffffff\r\n", "too_large", True),
        (head(Transfer_Encoding="chunked") + b"1" * 9000, "bad_chunk", True),
        (head(Transfer_Encoding="chunked") + b"0\r\n" + b"T: r\r\n" * 20000, "head_large", True),
        (response(gzip.compress(b"x" * 10**6), Content_Encoding="gzip"), "too_large", True),
        (response(gzip.compress(b"{}")[:-9], Content_Encoding="gzip"), "bad_coding", True),
        (response(b"\x1f\x8b{}", Content_Encoding="gzip"), "bad_coding", True),
        (response(gzip.compress(b"{}") + gzip.compress(b"{}")[:-3], Content_Encoding="gzip"), "bad_coding", True),
        (response(gzip.compress(b"x" * 600) * 2, Content_Encoding="gzip"), "too_large", True),
        (response(b"\x0b\x02\x80{}", Content_Encoding="br"), "coding", True),
        (
            response(gzip.compress(gzip.compress(gzip.compress(b"{}"))), Content_Encoding="gzip, gzip, gzip"),
            "coding",
            True,
        ),
        (response(b"\x1f\x8b", Content_Encoding=", ".join(["gzip"] * 6631)), "coding", True),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000, "head_large", True),
        (b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 5000, "head_large", True),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_http", True),
        (b"HTTP/2 200\r\n\r\n", "not_http", True),
        (b"HTTP/1.1 abc\r\n\r\n", "not_http", True),
        (b"HTTP/1.1 2\xb20 OK\r\n\r\n", "not_http", True),
        (b"HTTP/1.1\xa0200 OK\r\n\r\n", "not_http", True),
        (b"HTTP/1.1\r\n\r\n", "not_http", True),
        (b"\x15\x03\x01\x00\x02\x02\x46", "https_wanted", True),
    ],
)
def test_damaged_replies(reply: bytes, kind: str, replied: bool) -> None:
    with pytest.raises(Fault) as caught:
        talk(reply)
    assert (caught.value.kind, caught.value.sent, caught.value.replied) == (kind, True, replied)


def test_reply_to_head_has_no_body() -> None:
    assert talk(head(Content_Length=500), bodyless=True).body == b""


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_end_as_a_reply_or_a_fault(junk: bytes, after_head: bool) -> None:
    sent = True
    try:
        talk((head(Transfer_Encoding="chunked") if after_head else b"HTTP/1.1 200 OK\r\n") + junk)
    except Fault as fault:
        sent = fault.sent
    assert sent


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_delimited_reply_cut_anywhere_never_reads_as_whole(data: st.DataObject) -> None:
    body = data.draw(st.binary(min_size=1, max_size=60))
    if data.draw(st.booleans()):
        whole = response(body)
    else:
        size = data.draw(st.integers(1, len(body)))
        whole = head(Transfer_Encoding="chunked") + b"".join(
            b"%x\r\n%b\r\n" % (len(body[i : i + size]), body[i : i + size]) for i in range(0, len(body), size)
        )
        whole += b"0\r\n\r\n"
    assert talk(whole).body == body
    with pytest.raises(Fault) as caught:
        talk(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert caught.value.kind in ("closed", "cut")


def test_byte_by_byte_is_the_same_reply(serve: Callable[..., BadServer]) -> None:
    whole = head(Transfer_Encoding="chunked") + b"3\r\nabc\r\n2;e\r\nde\r\n0\r\nT: r\r\n\r\n"
    server = serve(lambda peer: (peer.request(), peer.drip(whole, 0.005)))
    stages: dict[str, float] = {}
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), stages)
    reply = http1.exchange(connection, REQUEST, Deadline(PATIENCE), CAP, stages)
    connection.close()
    assert (reply.body, reply.reusable) == (b"abcde", True)
    assert set(stages) == {"dns", "connect", "send", "wait", "read"}
    assert stages["read"] > 50


@pytest.mark.slow
def test_the_deadline_holds_over_a_trickled_head(serve: Callable[..., BadServer]) -> None:
    server = serve(lambda peer: (peer.request(), peer.drip(response(b"{}"), 0.05)))
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), {})
    begin = time.monotonic()
    with within(1), pytest.raises(Fault) as caught:
        http1.exchange(connection, REQUEST, Deadline(1), CAP, {})
    assert time.monotonic() - begin > 0.95
    assert (caught.value.kind, caught.value.replied) == ("stalled", True)
    connection.close()


@pytest.mark.slow
def test_the_deadline_holds_over_a_peer_that_does_not_read(serve: Callable[..., BadServer]) -> None:
    server = serve(lambda peer: peer.wait(PATIENCE))
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), {})
    with pytest.raises(Fault) as caught:
        http1.exchange(connection, b"x" * 50_000_000, Deadline(0.4), CAP, {})
    assert (caught.value.kind, caught.value.sent) == ("send_timeout", True)
    connection.close()


def test_a_reply_before_the_request_was_read_is_seen(serve: Callable[..., BadServer]) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(1000)
        peer.send(response(b"too much", 413, Connection="close"))
        peer.sock.shutdown(socket.SHUT_WR)
        peer.linger(2)

    server = serve(script)
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), {})
    reply = http1.exchange(connection, b"x" * 3_000_000, Deadline(PATIENCE), CAP, {})
    assert (reply.status, reply.reusable) == (413, False)
    connection.close()


# Names and connections ----------------------------------------------------------------------------------------------


def test_a_numeric_address_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vcchk.network.connection._thread.start_new_thread", lambda *_a: pytest.fail("thread started"))
    assert resolve("127.0.0.1", 80, Deadline(PATIENCE)) == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert resolve("::1", 80, Deadline(PATIENCE)) == [(socket.AF_INET6, ("::1", 80))]


def test_localhost_resolves_and_ipv4_comes_first() -> None:
    found = resolve("localhost", 80, Deadline(PATIENCE))
    assert found[0] == (socket.AF_INET, ("127.0.0.1", 80))


def test_a_name_that_cannot_be() -> None:
    # 64 letters are no DNS label, so the C library refuses it without asking any server.
    with pytest.raises(Fault) as caught:
        resolve("x" * 64 + ".test", 80, Deadline(PATIENCE))
    assert (caught.value.kind, caught.value.stage, caught.value.sent) == ("dns", "dns", False)


def test_refused_on_every_address_then_the_good_one(serve: Callable[..., BadServer]) -> None:
    server = serve(replies(response(b"{}")))
    dead = (socket.AF_INET, ("127.0.0.1", closed_port()))
    good = (socket.AF_INET, ("127.0.0.1", server.port))
    target = parse_url("http://platform.test/")
    connection = connect(target.host, target.port, Deadline(PATIENCE), {}, resolver=lambda *_a: [dead, good])
    assert connection.address == good
    connection.close()
    with pytest.raises(Fault) as caught:
        connect(target.host, target.port, Deadline(PATIENCE), {}, resolver=lambda *_a: [dead, dead])
    assert (caught.value.kind, caught.value.sent) == ("refused", False)


@pytest.mark.slow
def test_a_silent_address_leaves_time_for_the_next(serve: Callable[..., BadServer]) -> None:
    server = serve(replies(response(b"{}")))
    with socket.socket() as full:  # a listener whose queue is full answers no SYN
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        silent = (socket.AF_INET, full.getsockname())
        good = (socket.AF_INET, ("127.0.0.1", server.port))
        begin = time.monotonic()
        connection = connect("p.test", 80, Deadline(3), {}, resolver=lambda *_a: [silent, good])
        assert time.monotonic() - begin > 1.4, "the silent one had its half"
        connection.close()
        with pytest.raises(Fault) as caught:
            connect("p.test", 80, Deadline(0.3), {}, resolver=lambda *_a: [silent])
        assert caught.value.kind == "connect_timeout"
        for filler in fillers:
            filler.close()


def test_freshness_of_a_kept_connection(serve: Callable[..., BadServer]) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(response(b"{}"))
        go.wait(PATIENCE)

    server = serve(script)
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), {})
    http1.exchange(connection, REQUEST, Deadline(PATIENCE), CAP, {})
    assert connection.is_fresh()
    assert connection.is_fresh()
    go.set()
    until(lambda: not connection.is_fresh(), "the end of the connection")
    connection.close()
    assert not connection.is_fresh()


@pytest.mark.parametrize(
    ("error", "is_fresh"), [(ssl.SSLWantReadError(), True), (ConnectionResetError(), False), (ssl.SSLError(), False)]
)
def test_freshness_of_a_kept_tls_connection(error: OSError, is_fresh: bool) -> None:
    """Nothing to read is health, any other error the end."""
    sock = mock.Mock(recv=mock.Mock(side_effect=error))
    assert Connection(sock, (socket.AF_INET, ("127.0.0.1", 1)), secure=True).is_fresh() is is_fresh


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), "refused"),
        (TimeoutError(), "connect_timeout"),
        (PermissionError(), "blocked"),
        (ConnectionResetError(), "connect_reset"),
        (OSError(errno.ENETUNREACH, "unreachable"), "unreachable"),
        (OSError(errno.EMFILE, "too many open files"), "local"),
    ],
)
def test_what_an_error_of_connecting_is_called(error: OSError, kind: str) -> None:
    assert _connect_kind(error) == kind


def test_unread_bytes_make_a_connection_stale(serve: Callable[..., BadServer]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(response(b"{}"))
        peer.wait(0.05)
        peer.send(b"HTTP/1.1 408 late\r\n\r\n")
        peer.wait(PATIENCE)

    server = serve(script)
    connection = connect("127.0.0.1", server.port, Deadline(PATIENCE), {})
    http1.exchange(connection, REQUEST, Deadline(PATIENCE), CAP, {})
    until(lambda: not connection.is_fresh(), "the end of the connection")
    connection.close()


def test_keep_alive_promise_limits_the_idle_time() -> None:
    near, far = socket.socketpair()
    far.sendall(response(b"{}", Keep_Alive="timeout=3, max=100"))
    connection = Connection(near, (socket.AF_INET, ("127.0.0.1", 0)), False)
    http1.exchange(connection, REQUEST, Deadline(PATIENCE), CAP, {})
    assert connection.keep_alive_seconds == 2.0
    near.close()
    far.close()


def test_the_deadline_holds_while_unpacking() -> None:
    """Tiny members cost a look at the clock each; the clock has run out when the first one is looked at."""
    deadline = Deadline(5.0)
    deadline.at = time.monotonic()
    with pytest.raises(content.ContentError) as caught:
        content.decode(gzip.compress(b"x") * 9, "gzip", CAP, deadline)
    assert caught.value.kind == "stalled"


def test_a_wrong_label_is_reported() -> None:
    assert talk(response(b"{}", Content_Encoding="UTF-8")).mislabelled
    assert talk(response(b"{}", Content_Encoding="gzip")).mislabelled
    assert not talk(response(gzip.compress(b"{}"), Content_Encoding="gzip")).mislabelled
    assert not talk(response(b"{}", Content_Encoding="none")).mislabelled


def test_a_folded_header_is_one() -> None:
    """RFC 9112 section 5.2: a client may join the lines."""
    reply = talk(b"HTTP/1.1 200 OK\r\nDate: Thu,\r\n 01 Jan 2026\r\nContent-Length: 2\r\n\r\n{}")
    assert reply.headers["date"] == "Thu, 01 Jan 2026"
