"""foreign_replies: what other servers say is not thrown away; pages whose cause is known lead to the true sentence."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.badserver import BadServer, head, replies, response
from tests.network import peers, pki
from tests.network.test_gateway import failed
from vcchk.base.errors import ReplyError
from vcchk.network import foreign_replies
from vcchk.network.gateway import Gateway
from vcchk.records import masking

Make = Callable[..., Gateway]
Serve = Callable[..., BadServer]

TOMCAT = b"Bad Request\r\nThis combination of host and port requires TLS.\r\n"
APACHE = b"<title>400 Bad Request</title>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />"
GO = b"Client sent an HTTP request to an HTTPS server.\n"
IIS = b"<title>403 - Forbidden</title><h1>HTTP Error 403.4 - Forbidden</h1>SSL is required to view this resource."


def test_nginx_met_by_http_on_its_https_port(gateway: Make, tmp_path: Path) -> None:
    own = pki.issue(tmp_path / "own.pem", "localhost")
    lines = f"listen 127.0.0.1:PORT ssl; ssl_certificate {own.path}; ssl_certificate_key {own.path};"
    with peers.nginx(tmp_path, lines) as port:
        error = failed(gateway(), f"http://127.0.0.1:{port}/")
    assert isinstance(error, ReplyError)
    assert f"127.0.0.1:{port} 是 https 端口，请将 strUrl 改为 https://" in error.message
    assert not error.in_doubt
    assert "The plain HTTP request was sent to HTTPS port" in error.cause


@pytest.mark.parametrize(("page", "status"), [(TOMCAT, 400), (APACHE, 400), (GO, 400), (IIS, 403)])
def test_https_wanted_by_others(gateway: Make, serve: Serve, page: bytes, status: int) -> None:
    error = failed(gateway(), serve(replies(response(page, status))).url)
    assert "请将 strUrl 改为 https://" in error.message
    assert (error.code, error.in_doubt) == ("9008", False)


def test_known_words_in_a_later_reply_prove_nothing(gateway: Make, serve: Serve) -> None:
    """A gateway behind the platform may say the same of the platform's own call: only a refusal is one of ours."""
    error = failed(gateway(), serve(replies(response(GO, 502))).url)
    assert error.in_doubt
    assert "HTTP 502" in error.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"timestamp":1,"status":404,"error":"Not Found","message":"No handler for POST /x","path":"/x"}',
            "No handler for",
        ),
        (b'{"timestamp":1,"status":404,"error":"Not Found","path":"/x"}', "Not Found"),
        (
            b"<html><head><title>HTTP Status 404 \xe2\x80\x93 Not Found</title></head>",
            "HTTP Status 404 \u2013 Not Found",
        ),
        (b"<html><style>a{}</style><body><h1>Blocked</h1> by rule 7</body>", "Blocked by rule 7"),
        (b'{"error":{"kind":7,"message":"upstream gone"}}', "upstream gone"),
        (b'{"errors":[{"detail":"no such route"}]}', "no such route"),
        (b'{"status":502,"upstream":"down"}', '"upstream":"down"'),
        (b"<title>can&#39;t connect &amp; gave up 100%</title>", "can't connect & gave up 100%"),
        (b"OK", "OK"),
        (b"\x00\x1b[31mred", "[31mred"),
        ("服务器拒绝".encode(), "服务器拒绝"),
        ("服务器拒绝".encode("gb18030"), "服务器拒绝"),
        (b"", ""),
        (b"{" * 9999, "{{{"),
    ],
)
def test_what_was_said_stands_in_the_log(gateway: Make, serve: Serve, body: bytes, said: str) -> None:
    error = failed(gateway(), serve(replies(response(body, 404))).url)
    assert said in error.cause
    assert len(error.cause) <= foreign_replies.MAX_EXCERPT_CHARS + 20


def test_what_was_said_is_masked(gateway: Make, serve: Serve) -> None:
    body = '{"message":"身份证 110101199003070134 手机 13800138000 已存在"}'.encode()
    error = failed(gateway(), serve(replies(response(body, 404))).url)
    assert "110101199003070134" not in str(error)
    assert "13800138000" not in str(error)
    assert "已存在" in error.cause


NAME = "王小二"


@pytest.mark.parametrize(
    "body",
    [
        f"<title>{''.join(f'&#{ord(c)};' for c in NAME)} 不存在</title>".encode(),
        f"<title>{''.join(f'&#x{ord(c):x};' for c in NAME)} 不存在</title>".encode(),
        f"not found: /q?n={quote(NAME)}".encode(),
        f"not found: /q?n={quote(NAME.encode('gbk'))}".encode(),
        json.dumps({"error": {"message": f"患者{NAME}已存在"}}).encode(),
        json.dumps({"request": {"xm": "李四光", "user_name": NAME}}).encode(),
        json.dumps([{"xm": "李四光"}], ensure_ascii=False).encode(),
    ],
)
def test_a_name_is_masked_however_it_is_written(body: bytes) -> None:
    masking.remember({"user_name": NAME})
    try:
        said = masking.mask_text(foreign_replies.excerpt(body))
    finally:
        masking.forget()
    plain = html.unescape(json.loads(f'"{said}"') if "\\u" in said else said)
    for name in (NAME, "李四光"):
        assert name not in plain
        assert quote(name) not in plain
        assert quote(name.encode("gbk")) not in plain


def test_a_moved_page_names_the_host_alone(gateway: Make, serve: Serve) -> None:
    moved = head(302, "Found", Location="http://login.test:81/ac?mac=secret", Content_Length=0)
    error = failed(gateway(), serve(replies(moved)).url)
    assert "login.test:81" in error.message
    assert "secret" not in str(error)


def test_a_page_is_its_title_and_without_one_its_text() -> None:
    assert foreign_replies.excerpt(b"<title>404</title><h1>Not here</h1>") == "404"
    assert foreign_replies.excerpt(b"<title> </title><h1>Not here</h1>") == "Not here"
