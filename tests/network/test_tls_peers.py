"""tls against real servers: client certificates, old TLS, 国密, broken chains; each told by its true cause."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deadlines import PATIENCE
from tests.faults.badserver import GOOD_BODY, BadServer, Peer, response
from tests.network import peers, pki
from tests.network.conftest import Lines
from tests.network.test_gateway import DOUBT, failed, post
from tests.piped import piped
from vcchk.base.errors import ConnectError
from vcchk.cli.commands import secret
from vcchk.network import tls
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import load_settings, places

Make = Callable[..., Gateway]
Serve = Callable[..., BadServer]


@dataclass(frozen=True)
class Pki:
    root: pki.Identity
    server: pki.Identity
    client: pki.Identity
    key_store: Path


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    folder = tmp_path_factory.mktemp("pki")
    root = pki.issue(folder / "root.pem", "test root", ca=True)
    server = pki.issue(folder / "server.pem", "localhost", by=root)
    client = pki.issue(folder / "client.pem", "till", by=root, names=())
    (folder / "ca.pem").write_bytes(root.pem)
    store = folder / "server.p12"
    command = ["openssl", "pkcs12", "-export", "-in", str(server.path), "-out", str(store)]
    subprocess.run([*command, "-passout", "pass:changeit"], check=True)
    return Pki(root, server, client, store)


def ca(known: Pki) -> Path:
    return known.root.path.parent / "ca.pem"


# Client certificates ------------------------------------------------------------------------------------------------

Demand = Callable[[Pki, Path], Any]
DEMANDS: dict[str, Demand] = {
    "openssl 1.2": lambda known, folder: peers.openssl_server(
        folder, known.server.path, "-CAfile", str(ca(known)), "-Verify", "1", "-tls1_2"
    ),
    "openssl 1.3": lambda known, folder: peers.openssl_server(
        folder, known.server.path, "-CAfile", str(ca(known)), "-Verify", "1", "-tls1_3"
    ),
    "gnutls 1.2": lambda known, folder: peers.gnutls_server(
        folder,
        known.server.path,
        f"--x509cafile={ca(known)}",
        "--require-client-cert",
        "--priority=NORMAL:-VERS-TLS1.3",
    ),
    "gnutls 1.3": lambda known, folder: peers.gnutls_server(
        folder, known.server.path, f"--x509cafile={ca(known)}", "--require-client-cert"
    ),
    "haproxy": lambda known, folder: peers.haproxy(
        folder, f"ssl crt {known.server.path} ca-file {ca(known)} verify required", 9
    ),
    "nginx": lambda known, folder: peers.nginx(
        folder,
        f"listen 127.0.0.1:PORT ssl; ssl_certificate {known.server.path}; ssl_certificate_key {known.server.path};"
        f" ssl_client_certificate {ca(known)}; ssl_verify_client on; return 200 '{{}}';",
    ),
    **{
        f"jdk {style} {protocol}": lambda known, folder, style=style, protocol=protocol: peers.java_server(
            folder, known.key_store, ca(known), protocol, "need", style
        )
        for style in ("http", "socket")
        for protocol in ("TLSv1.2", "TLSv1.3")
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("demand", DEMANDS)
def test_a_client_certificate_is_demanded(
    gateway: Make, known: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demand: str
) -> None:
    monkeypatch.setattr(tls, "_TICKET_SECONDS", PATIENCE)  # a JDK that has just started takes its time to refuse
    with DEMANDS[demand](known, tmp_path) as port:
        error = failed(gateway(ca_bundle=str(ca(known))), f"https://localhost:{port}/")
        assert "要求客户端证书" in error.message, error
        assert "vcchk secret cert" in error.message
        assert DOUBT not in error.message
        if demand == "nginx":  # which says so by a page
            assert (error.code, error.in_doubt) == ("9008", False)
        else:
            assert isinstance(error, ConnectError)
            assert error.code == "8004"


def nginx_with(known: Pki, folder: Path, verify: str) -> Any:
    return peers.nginx(
        folder,
        f"listen 127.0.0.1:PORT ssl; ssl_certificate {known.server.path}; ssl_certificate_key {known.server.path};"
        f" ssl_client_certificate {ca(known)}; ssl_verify_client {verify}; return 200 '{GOOD_BODY.decode()}';",
    )


def test_a_client_certificate_is_shown(gateway: Make, known: Pki, tmp_path: Path) -> None:
    with nginx_with(known, tmp_path, "on") as port:
        one = gateway(ca_bundle=str(ca(known)), client_cert=str(known.client.path))
        assert post(one, f"https://localhost:{port}/").body == GOOD_BODY
        foreign = pki.issue(tmp_path / "foreign.pem", "till", names=())
        error = failed(gateway(ca_bundle=str(ca(known)), client_cert=str(foreign.path)), f"https://localhost:{port}/")
        assert "不接受本机的客户端证书" in error.message
        assert not error.in_doubt


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
def test_a_jdk_that_wants_a_certificate_and_does_without(
    gateway: Make, known: Pki, tmp_path: Path, protocol: str
) -> None:
    with peers.java_server(tmp_path, known.key_store, ca(known), protocol, "want", "http") as port:
        one = gateway(ca_bundle=str(ca(known)))
        for _ in range(2):
            assert post(one, f"https://localhost:{port}/", body=GOOD_BODY).body == GOOD_BODY
        configured = gateway(ca_bundle=str(ca(known)), client_cert=str(known.client.path))
        assert post(configured, f"https://localhost:{port}/", body=GOOD_BODY).body == GOOD_BODY


def test_a_foreign_client_certificate_is_refused_by_openssl(gateway: Make, known: Pki, tmp_path: Path) -> None:
    foreign = pki.issue(tmp_path / "foreign.pem", "till", names=())
    for version in ("-tls1_2", "-tls1_3"):
        options = ("-CAfile", str(ca(known)), "-Verify", "1", "-verify_return_error", version)
        with peers.openssl_server(tmp_path, known.server.path, *options) as port:
            one = gateway(ca_bundle=str(ca(known)), client_cert=str(foreign.path))
            error = failed(one, f"https://localhost:{port}/")
        assert isinstance(error, ConnectError), version
        assert "不接受本机的客户端证书" in error.message


def test_keys_with_a_password(gateway: Make, serve: Serve, known: Pki, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    (tmp_path / "till.crt").write_bytes(known.client.pem)
    (tmp_path / "till.key").write_bytes(
        known.client.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"topsecret"),
        )
    )
    files = {"client_cert": str(tmp_path / "till.crt"), "client_key": str(tmp_path / "till.key")}
    with nginx_with(known, tmp_path, "on") as port:
        url = f"https://localhost:{port}/"
        good = gateway(ca_bundle=str(ca(known)), client_key_password="topsecret", **files)
        assert post(good, url).body == GOOD_BODY
        for password in ("", "wrong"):
            error = failed(gateway(ca_bundle=str(ca(known)), client_key_password=password, **files), url)
            assert isinstance(error, ConnectError)
            assert "口令不对" in error.message


@pytest.mark.slow
@pytest.mark.parametrize("is_shared", [False, True])
def test_a_pfx_is_imported_and_shown(
    known: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_shared: bool
) -> None:
    """What a site does: `vcchk secret cert till.pfx`, and then calls; ``is_shared``: with an INI of many machines."""
    pfx, ini = tmp_path / "till.pfx", tmp_path / "VirtualCardChk.ini"
    command = ["openssl", "pkcs12", "-export", "-legacy", "-in", str(known.client.path), "-out", str(pfx)]
    subprocess.run([*command, "-passout", "pass:topsecret"], check=True, capture_output=True)
    ini.write_text(f"[log]\nfolder = {tmp_path / 'state'}\n[gateway]\nca_bundle = {ca(known)}\n", "utf-8")
    monkeypatch.setenv("VCCHK_INI", str(ini))
    monkeypatch.setattr("sys.stdin", piped("wrong\n"))
    assert secret.main(["cert", str(pfx)]) == 1
    assert "口令不对" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", piped("topsecret\n"))
    before, file = ini.read_bytes(), tmp_path / "password.txt"
    file.write_bytes(b"\xef\xbb\xbftopsecret\r\n")
    assert secret.main(["cert", str(pfx), *(["--from-file", str(file)] if is_shared else [])]) == 0
    assert (ini.read_bytes() == before) == is_shared
    settings = load_settings(str(ini))
    assert (settings.warnings, capsys.readouterr().err) == ((), "")
    assert settings.gateway.client_key_password.startswith("sealed:")
    assert "topsecret" not in ini.read_text("utf-8")
    state = places.state_folder(settings)
    one = Gateway(settings.gateway, Log(settings), state)
    with nginx_with(known, tmp_path, "on") as port:
        assert post(one, f"https://localhost:{port}/").body == GOOD_BODY
        (Path(state) / "seal.key").unlink()
        error = failed(Gateway(settings.gateway, Log(settings), state), f"https://localhost:{port}/")
    one.close()
    assert isinstance(error, ConnectError)
    assert "在本机重新执行 vcchk secret cert" in error.message


@pytest.mark.parametrize(
    ("certificate", "key", "tells"),
    [
        ("none.pem", "", "文件不存在"),
        ("only.crt", "", "没有私钥"),
        ("only.crt", "other.pem", "不是一对"),
        ("junk.pfx", "", "不是 PEM 格式"),
    ],
)
def test_client_certificates_that_cannot_be_used(
    gateway: Make, known: Pki, tmp_path: Path, certificate: str, key: str, tells: str
) -> None:
    (tmp_path / "only.crt").write_bytes(known.client.pem)
    (tmp_path / "junk.pfx").write_bytes(b"\x30\x82")
    pki.issue(tmp_path / "other.pem", "other")
    files = {"client_cert": str(tmp_path / certificate), "client_key": str(tmp_path / key) if key else ""}
    error = failed(gateway(verify=False, **files), "https://127.0.0.1:9/")
    assert isinstance(error, ConnectError)
    assert tells in error.message


# Old TLS ------------------------------------------------------------------------------------------------------------

OLD = "DEFAULT:@SECLEVEL=0"
OLD_SERVERS: dict[str, tuple[str, Demand]] = {
    "TLS 1.0": (
        "不接受 TLS 1.2 和 1.3",
        lambda known, folder: peers.openssl_server(folder, known.server.path, "-tls1", "-cipher", OLD),
    ),
    "TLS 1.1": (
        "不接受 TLS 1.2 和 1.3",
        lambda known, folder: peers.openssl_server(folder, known.server.path, "-tls1_1", "-cipher", OLD),
    ),
    "TLS 1.0 of GnuTLS": (
        "TLS",
        lambda known, folder: peers.gnutls_server(
            folder, known.server.path, "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT"
        ),
    ),
    "no RFC 5746": (
        "不支持安全重协商（RFC 5746）",
        lambda known, folder: peers.gnutls_server(
            folder, known.server.path, "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION"
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OLD_SERVERS)
@pytest.mark.parametrize("verify", [True, False])
def test_old_tls_is_reported_truly_and_has_a_way_out(
    gateway: Make, known: Pki, tmp_path: Path, log: Lines, name: str, verify: bool
) -> None:
    tells, make = OLD_SERVERS[name]
    keys = {"ca_bundle": str(ca(known)), "verify": verify, "connect_tries": 0}
    with make(known, tmp_path) as port:
        error = failed(gateway(**keys), f"https://localhost:{port}/")
        assert isinstance(error, ConnectError)
        assert tells in error.message, error
        assert "localhost 写入 [gateway] legacy_tls_hosts" in error.message
    with make(known, tmp_path) as port:  # s_server answers no HTTP: that the request leaves shows that TLS stands
        lowered = gateway(legacy_tls_hosts=("localhost",), **keys)
        error = failed(lowered, f"https://localhost:{port}/", seconds=1.0)
        assert error.code != "8004", error
        assert log.text.count("放宽了 TLS") == 1
        other = failed(gateway(legacy_tls_hosts=("other.test",), **keys), f"https://localhost:{port}/")
        assert other.code == "8004"  # for the hosts of the list alone


def sha1_signed(known: Pki, folder: Path, context: ssl.SSLContext) -> None:
    old = pki.issue(folder / "old.pem", "localhost", by=known.root)
    request, made = folder / "old.csr", folder / "old.crt"
    openssl = ["openssl", "req", "-new", "-key", str(old.path), "-subj", "/CN=localhost", "-out", str(request)]
    subprocess.run(openssl, check=True)
    openssl = ["openssl", "x509", "-req", "-sha1", "-in", str(request), "-out", str(made), "-days", "9"]
    signer = str(known.root.path)
    subprocess.run([*openssl, "-CA", signer, "-CAkey", signer, "-set_serial", "7"], check=True, capture_output=True)
    old.path.write_bytes(old.path.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0] + made.read_bytes())
    context.load_cert_chain(old.path)


def short_key(known: Pki, folder: Path, context: ssl.SSLContext) -> None:
    context.load_cert_chain(pki.issue(folder / "short.pem", "localhost", by=known.root, bits=1024).path)


@pytest.mark.slow
def test_dh_of_768_bits(gateway: Make, known: Pki, tmp_path: Path) -> None:
    """What JDK 7 does by default; without DHE it has RSA key exchange to offer."""
    suites = "TLS_DHE_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA"
    with peers.java_server(tmp_path, known.key_store, ca(known), "TLSv1.2", "none", "http", suites) as port:
        url = f"https://localhost:{port}/"
        error = failed(gateway(ca_bundle=str(ca(known))), url)
        assert isinstance(error, ConnectError)
        assert "DH 密钥太短" in error.message
        assert "legacy_tls_hosts" in error.message
        lowered = gateway(ca_bundle=str(ca(known)), legacy_tls_hosts=("localhost",))
        assert post(lowered, url, body=GOOD_BODY).body == GOOD_BODY


def test_certificates_signed_with_sha1(gateway: Make, known: Pki, serve: Serve, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD)
    sha1_signed(known, tmp_path, context)
    server = serve(tls=context)
    url = f"https://localhost:{server.port}/"
    error = failed(gateway(ca_bundle=str(ca(known))), url)
    assert isinstance(error, ConnectError)
    assert "SHA-1" in error.message
    assert "legacy_tls_hosts" in error.message
    assert post(gateway(ca_bundle=str(ca(known)), legacy_tls_hosts=("localhost",)), url).body == GOOD_BODY


def test_keys_of_1024_bits_are_taken(gateway: Make, known: Pki, serve: Serve, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD)
    short_key(known, tmp_path, context)
    url = f"https://localhost:{serve(tls=context).port}/"
    assert post(gateway(ca_bundle=str(ca(known))), url).body == GOOD_BODY


# 国密 TLS and what is no TLS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [b"\x15\x01\x01\x00\x02\x02\x46", b"\x16\x01\x01\x00\x02\x02\x00"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_tlcp_is_named_and_never_answered_by_http(gateway: Make, serve: Serve, first: bytes, scheme: str) -> None:
    server = serve(lambda peer: (peer.sock.recv(65536), peer.send(first)))
    error = failed(gateway(), server.url.replace("http", scheme, 1))
    assert "国密 TLS（TLCP）" in error.message
    assert "http://" not in error.message
    assert not getattr(error, "in_doubt", False)


@pytest.mark.parametrize("alert", [0x28, 0x46, 0x50, 0x2A])
@pytest.mark.parametrize("version", [b"\x03\x00", b"\x03\x01", b"\x03\x03"])
def test_http_is_never_advised_for_a_peer_that_speaks_tls(
    gateway: Make, serve: Serve, alert: int, version: bytes
) -> None:
    record = b"\x15" + version + b"\x00\x02\x02" + bytes([alert])
    server = serve(lambda peer: (peer.sock.recv(65536), peer.send(record)))
    error = failed(gateway(verify=False, connect_tries=0), server.url.replace("http", "https", 1))
    assert isinstance(error, ConnectError)
    assert "http://" not in error.message


def test_a_peer_that_speaks_something_else(gateway: Make, serve: Serve) -> None:
    def greets(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")

    error = failed(gateway(verify=False), serve(greets).url.replace("http", "https", 1))
    assert "不是 https 端口，也不是 http" in error.message
    plain = serve(lambda peer: (peer.sock.recv(65536), peer.send(response(b"", 400))))
    error = failed(gateway(verify=False), plain.url.replace("http", "https", 1))
    assert "以 http 应答" in error.message


# Chains and names ---------------------------------------------------------------------------------------------------


@pytest.fixture
def serve_with(serve: Serve) -> Callable[[pki.Identity], BadServer]:
    def make(identity: pki.Identity) -> BadServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.path)
        return serve(tls=context)

    return make


def test_a_missing_intermediate(
    gateway: Make, known: Pki, serve_with: Callable[[pki.Identity], BadServer], tmp_path: Path
) -> None:
    middle = pki.issue(tmp_path / "middle.pem", "test intermediate", by=known.root, ca=True)
    alone = pki.issue(tmp_path / "alone.pem", "localhost", by=middle)
    server = serve_with(alone)
    url = f"https://localhost:{server.port}/"
    error = failed(gateway(ca_bundle=str(ca(known))), url)
    assert isinstance(error, ConnectError)
    assert "没有发送中间证书" in error.message
    assert "test intermediate" in error.message
    assert "ca_bundle" in error.message
    both = tmp_path / "both.pem"  # what the sentence says helps
    both.write_bytes(known.root.pem + middle.pem)
    assert post(gateway(ca_bundle=str(both)), url).body == GOOD_BODY
    whole = pki.issue(tmp_path / "whole.pem", "localhost", by=middle, chain=(middle,))
    assert post(gateway(ca_bundle=str(ca(known))), f"https://localhost:{serve_with(whole).port}/").body == GOOD_BODY
    unknown = failed(gateway(), f"https://localhost:{serve_with(whole).port}/")
    assert "没有发送中间证书" not in unknown.message
    assert "不是受信任机构签发" in unknown.message


def test_names_and_addresses(
    gateway: Make, known: Pki, serve_with: Callable[[pki.Identity], BadServer], tmp_path: Path
) -> None:
    one = gateway(ca_bundle=str(ca(known)))

    def ask(host: str, common: str, names: tuple[str, ...]) -> Any:
        server = serve_with(pki.issue(tmp_path / "named.pem", common, by=known.root, names=names))
        return one, f"https://{host}:{server.port}/"

    # CN = address without alternative names: WinINet and curl take it.
    assert post(*ask("127.0.0.1", "127.0.0.1", ())).body == GOOD_BODY
    assert "不符（证书写的是 10.1.1.5）" in failed(*ask("127.0.0.1", "10.1.1.5", ())).message
    # alternative names count alone when there are any
    error = failed(*ask("127.0.0.1", "127.0.0.1", ("platform.test",)))
    assert isinstance(error, ConnectError)
    assert "hosts 文件中加一行“127.0.0.1 platform.test”" in error.message
    error = failed(*ask("localhost", "x", ("platform.test",)))
    assert "主机名改为 platform.test" in error.message
    assert "换发证书" in failed(*ask("localhost", "x", ("10.1.1.5",))).message
