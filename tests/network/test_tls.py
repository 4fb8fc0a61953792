"""tls: trust, each cause of a failed handshake in its own words, resumption, kept connections."""

from __future__ import annotations

import shutil
import socket
import ssl
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deadlines import PATIENCE, within
from tests.faults.badserver import GOOD_BODY, BadServer, Peer, closed_port, response
from tests.faults.certificates import DAY, Authority, only_tls10
from tests.network.conftest import Lines
from tests.network.test_gateway import failed, post
from vcchk.base.errors import ConnectError
from vcchk.network import tls
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.network.url import parse_url
from vcchk.settings import GatewaySettings

Make = Callable[..., Gateway]
Serve = Callable[..., BadServer]


def test_verified_kept_and_resumed(gateway: Make, serve: Serve, authority: Authority) -> None:
    resumed: list[bool] = []

    def script(peer: Peer) -> None:
        resumed.append(peer.sock.session_reused)
        peer.send(response(peer.good()))
        if len(resumed) > 1:
            peer.linger()

    server = serve(script, tls=authority.context())
    one = gateway(ca_bundle=str(authority.pem))
    reply = post(one, server.url)
    assert reply.body == GOOD_BODY
    assert "tls" in reply.stages
    server.wait_closed()
    post(one, server.url)  # the first connection was closed by the server: a new one, resumed
    assert resumed == [False, True]
    assert len(server.requests) == 2


def test_kept_over_tls(gateway: Make, serve: Serve, authority: Authority) -> None:
    server = serve(tls=authority.context())
    one = gateway(ca_bundle=str(authority.pem))
    for _ in range(4):
        post(one, server.url)  # TLS 1.3 tickets wait in the socket: it must count as healthy all the same
        time.sleep(0.02)
    assert server.connections == 1


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_addresses_and_names(gateway: Make, serve: Serve, authority: Authority, name: str) -> None:
    server = serve(tls=authority.context(), host="::1" if ":" in name else "127.0.0.1")
    one = gateway(ca_bundle=str(authority.pem))
    assert post(one, f"https://{name}:{server.port}/").body == GOOD_BODY


@pytest.mark.parametrize(
    ("options", "tells"),
    [
        ({"begin": -3 * DAY, "end": -DAY}, "已过期"),
        ({"begin": DAY, "end": 2 * DAY}, "请检查本机时间"),
        ({"names": ("other.test",)}, "与地址 127.0.0.1"),
        ({"self_signed": True}, "自签名"),
    ],
)
def test_wrong_certificates(gateway: Make, serve: Serve, authority: Authority, options: Any, tells: str) -> None:
    server = serve(tls=authority.context(**options))
    error = failed(gateway(ca_bundle=str(authority.pem)), server.url)
    assert isinstance(error, ConnectError)
    assert error.code == "8004"
    assert tells in error.message
    assert server.connections == 1  # trying again would not help
    assert server.requests == []
    # and with verification off it works, as the setting says
    assert post(gateway(verify=False), server.url).body == GOOD_BODY


def test_a_foreign_ca_is_not_trusted_by_default(gateway: Make, serve: Serve, authority: Authority) -> None:
    error = failed(gateway(), serve(tls=authority.context()).url)
    assert "不是受信任机构签发" in error.message


def test_verification_off_is_said_in_the_log(gateway: Make, serve: Serve, authority: Authority, log: Lines) -> None:
    server, one = serve(tls=authority.context()), gateway(verify=False)
    post(one, server.url)
    post(one, server.url)
    assert log.text.count("证书校验已关闭") == 1


def test_tls_1_0_is_too_old(gateway: Make, serve: Serve, authority: Authority) -> None:
    server = serve(tls=only_tls10(authority.context()))
    assert "不接受 TLS 1.2 和 1.3" in failed(gateway(ca_bundle=str(authority.pem)), server.url).message


def test_tls_1_2_with_rsa_key_exchange_is_not(gateway: Make, serve: Serve, tmp_path: Path) -> None:
    """What old IIS offers and Python's own cipher list refuses."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    path = tmp_path / "old.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + pem
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    # The server's own self-signed certificate as ca_bundle is what the sentence for self-signed ones asks for.
    (tmp_path / "ca.pem").write_bytes(pem)
    server = serve(tls=context)
    url = f"https://localhost:{server.port}/"
    assert post(gateway(ca_bundle=str(tmp_path / "ca.pem")), url).body == GOOD_BODY


def test_http_and_https_mixed_up(gateway: Make, serve: Serve, authority: Authority) -> None:
    plain = serve(lambda peer: (peer.sock.recv(9999), peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    error = failed(gateway(ca_bundle=str(authority.pem)), plain.url.replace("http", "https", 1))
    assert "不是 https 端口" in error.message
    assert error.code == "8004"
    secured = serve(tls=authority.context())
    error = failed(gateway(), secured.url.replace("https", "http", 1))
    assert error.code in ("9008", "8001")  # an alert when the server sends one, else its end


def test_a_tls_alert_as_reply_names_https(gateway: Make, serve: Serve) -> None:
    server = serve(lambda peer: (peer.request(), peer.send(b"\x15\x03\x01\x00\x02\x02\x46")))
    error = failed(gateway(), server.url)
    assert "改为 https://" in error.message
    assert (error.code, error.in_doubt) == ("9008", False)


def test_a_client_certificate_is_demanded(gateway: Make, serve: Serve, authority: Authority) -> None:
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.pem)
    server = serve(tls=context)
    error = failed(gateway(ca_bundle=str(authority.pem)), server.url)
    assert isinstance(error, ConnectError)
    assert "要求客户端证书" in error.message


def test_a_silent_handshake_ends_with_the_connect_timeout(gateway: Make, serve: Serve) -> None:
    server = serve(lambda peer: peer.wait(PATIENCE))
    with within(0.3):
        error = failed(gateway(connect_timeout=0.3, verify=False), server.url.replace("http", "https", 1))
    assert (error.code, "建立 TLS 超时" in error.message) == ("8004", True)


@pytest.mark.slow
def test_a_handshake_cut_off_is_tried_again(gateway: Make, serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(1)  # the handshake has begun: a reset before that is one of the connection
        peer.reset()

    server = serve(script)
    error = failed(gateway(verify=False), server.url.replace("http", "https", 1))
    assert (error.code, "建立 TLS 时被断开" in error.message) == ("8004", True)
    assert server.connections == 3


def test_reply_cut_without_close_notify_is_not_whole(gateway: Make, serve: Serve, authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        peer.sock.shutdown(socket.SHUT_RDWR)

    error = failed(gateway(ca_bundle=str(authority.pem)), serve(script, tls=authority.context()).url)
    assert (error.code, error.in_doubt) == ("8002", True)


def test_der_files_and_chinese_paths(
    gateway: Make, serve: Serve, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(tls=authority.context())
    folder = tmp_path / "健康卡 证书"
    folder.mkdir()
    shutil.copy(authority.der, folder / "根证书.cer")
    assert post(gateway(ca_bundle=str(folder / "根证书.cer")), server.url).body == GOOD_BODY
    remarked = "# 市平台根证书\n".encode("gb18030") + authority.pem.read_bytes()
    (folder / "ca.pem").write_bytes(remarked)
    monkeypatch.setenv("VCCHK_HOME", str(folder))  # relative paths start at the DLL's folder
    assert post(gateway(ca_bundle="ca.pem"), server.url).body == GOOD_BODY


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"nonsense"])
def test_a_ca_file_that_cannot_be_read(gateway: Make, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.pem").write_bytes(content)
    error = failed(gateway(ca_bundle=str(tmp_path / "x.pem")), "https://127.0.0.1:9/")
    assert isinstance(error, ConnectError)
    assert "CA 证书文件 x.pem" in error.message


def test_eight_threads_over_tls(gateway: Make, serve: Serve, authority: Authority) -> None:
    server = serve(tls=authority.context(), answer=lambda body: body)
    one = gateway(ca_bundle=str(authority.pem))
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(10):
            body = b'{"n":%d}' % (number * 100 + turn)
            try:
                if post(one, server.url, body=body).body != body:
                    wrong.append(body)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_that_make_a_context_at_once_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    client = tls.Client(GatewaySettings(verify=False))
    both_are_making = threading.Barrier(2)
    make = client._make

    def made_together(*kind: bool) -> Any:
        both_are_making.wait(10)
        return make(*kind)

    monkeypatch.setattr(client, "_make", made_together)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(client.context(parse_url("https://p.test/")))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    # A session of the one would be refused by a socket of the other: ValueError, 8009.
    assert len(found) == 2
    assert found[0] is found[1]


def test_the_bundled_list_is_read_from_a_folder_and_from_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tls.Client(GatewaySettings()).context(parse_url("https://p.test/"))
    assert loaded.minimum_version == ssl.TLSVersion.TLSv1_2
    assert loaded.cert_store_stats()["x509_ca"] > 100
    data = tls.ca_data()
    with zipfile.ZipFile(tmp_path / "tools.zip", "w") as archive:
        archive.writestr("certifi/__init__.py", "raise ImportError")
        archive.writestr("certifi/cacert.pem", data)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "tools.zip")])
    assert tls.ca_data() == data
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(tls.Fault) as caught:
        tls.ca_data()
    assert caught.value.kind == "ca_list"


def test_an_expired_deadline_does_not_shake_hands(serve: Serve, authority: Authority) -> None:
    server = serve(tls=authority.context())
    with socket.create_connection(("127.0.0.1", server.port)) as sock, pytest.raises(tls.Fault) as caught:
        tls.Client(GatewaySettings(verify=False)).wrap(sock, parse_url(server.url), Deadline(0))
    assert caught.value.kind == "tls_timeout"


@pytest.mark.slow
def test_refused_over_https(gateway: Make) -> None:
    assert "拒绝连接" in failed(gateway(verify=False), f"https://127.0.0.1:{closed_port()}/").message
