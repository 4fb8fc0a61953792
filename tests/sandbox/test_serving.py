"""The sandbox's HTTP server, byte by byte (RFC 9112)."""

from __future__ import annotations

import socket

import pytest

from tests.sandbox.conftest import as_text
from vcchk.sandbox.seed import DEMO

WHO = {"id_type": "01", "id_no": DEMO.people[0].id_no}


def talk(server, *pieces, until_close=True):
    """Send pieces as they are; return everything that comes back until the connection closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        for piece in pieces:
            line.sendall(piece)
        if until_close:
            line.shutdown(socket.SHUT_WR)
        got = b""
        while part := line.recv(65536):
            got += part
        return got


def post(his, *headers, close=True):
    """Return the head and the body of a good request."""
    body = as_text(his.envelope("ehc.ehealthcard.regquery", WHO)).encode()
    lines = ["POST /ehcService/gateway.do HTTP/1.1", "Host: 127.0.0.1", *headers, *(["Connection: close"] * close)]
    return "\r\n".join(lines).encode() + b"\r\n", body


def test_in_small_pieces_and_pipelined(server, his):
    head, body = post(his, close=False)
    one = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    got = talk(server, *(one[i : i + 7] for i in range(0, len(one), 7)), one, one)
    assert got.count(b'"ret_code":"0000"') == 3


def test_empty_lines_before_a_request_are_ignored(server):
    ask = b"GET /console HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert talk(server, ask, b"\r\n", ask).count(b"HTTP/1.1 200 ") == 2


def test_any_method_is_the_applications_to_answer(server):
    assert talk(server, b"PROPFIND /console HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").startswith(b"HTTP/1.1 405 ")


def test_a_form_with_a_file_is_read(server):
    """The standard library's parser of heads misses the body of a multipart type: that is no fault of the head."""
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\nno JSON\r\n--x--\r\n'
    head = f"POST /console/data/import HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
    head += f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(form)}\r\n\r\n"
    assert "这个文件不是 JSON" in talk(server, head.encode() + form).decode()


def test_chunked(server, his):
    head, body = post(his, "Transfer-Encoding: chunked")
    chunks = b"".join(b"%x;note\r\n%s\r\n" % (len(p), p) for p in (body[:10], body[10:200], body[200:]))
    assert b'"ret_code":"0000"' in talk(server, head + b"\r\n", chunks, b"0\r\nTrailer: x\r\n\r\n")


def test_expect_continue(server, his):
    head, body = post(his, "Expect: 100-continue")
    got = talk(server, head + f"Content-Length: {len(body)}\r\n\r\n".encode(), body)
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def test_a_head_tells_the_length_and_sends_nothing(server):
    ask = b"%s /console HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    got = talk(server, ask % b"HEAD", ask % b"GET")
    head, _, rest = got.partition(b"\r\n\r\n")
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert int(head.lower().partition(b"content-length: ")[2].split()[0]) > 1000


def test_http_1_0_is_answered_and_closed(server):
    got = talk(server, b"GET /console HTTP/1.0\r\n\r\n", until_close=False)
    assert got.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in got


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\nbroken line\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"POST /x HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST /x HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort", b"400"),
        (b"POST /x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_server_goes_on(server, his, request_bytes, status):
    got = talk(server, request_bytes)
    assert got.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in got
    assert his.call("ehc.ehealthcard.regquery", WHO).code == "0000"


def test_a_connection_cut_in_the_middle_leaves_no_trouble(server, his):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(b"POST /ehcService/gateway.do HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
    assert his.call("ehc.ehealthcard.regquery", WHO).code == "0000"
