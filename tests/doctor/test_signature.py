"""What doctor says of a library's signature, against osslsigncode's signatures by a test CA."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from native.buildkit import targets
from tests.buildkit.test_signing import PASSWORD, certificate
from tests.builds import present
from vcchk.doctor import signature
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.settings import places
from vcchk.settings.schema import Settings

WIN32 = targets.TABLE["win32"]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an unsigned copy of the built library, in a folder that is ours."""
    target = present("win32")
    monkeypatch.setattr(places, "home", lambda: str(tmp_path))
    return Path(shutil.copy(target.dist / target.dll, tmp_path))


def sign(library: Path, *more: str, **kind: Any) -> None:
    p12, _ = certificate(library.parent, **kind)
    signed = library.with_suffix(".signed")
    command = ["osslsigncode", "sign", "-pkcs12", str(p12), "-pass", PASSWORD, "-h", "sha256", *more]
    subprocess.run([*command, "-in", str(library), "-out", str(signed)], check=True, capture_output=True, timeout=60)
    signed.replace(library)


TSA = """[tsa]
default_tsa = own
[own]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


@pytest.fixture
def stamps(tmp_path: Path) -> Iterator[str]:
    """A time stamping service (RFC 3161) of OpenSSL's; its URL."""
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "serial").write_text("01")
    (folder / "own.cnf").write_text(TSA.format(folder))
    extensions = [("extendedKeyUsage", "critical,timeStamping"), ("keyUsage", "critical,digitalSignature")]
    more = [word for name, value in extensions for word in ("-addext", f"{name}={value}")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Test TSA", "-days", "9", *more]
    made = [*new, "-keyout", str(folder / "tsa.key"), "-out", str(folder / "tsa.pem")]
    subprocess.run(made, check=True, capture_output=True, timeout=60)

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            reply = ["openssl", "ts", "-reply", "-config", str(folder / "own.cnf"), "-queryfile", str(folder / "query")]
            data = subprocess.run(reply, check=True, capture_output=True, timeout=60).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        running = threading.Thread(target=server.serve_forever)
        running.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        running.join()


def found() -> Finding:
    (finding,) = signature.signature(Settings())
    return finding


def test_a_library_without_a_signature(library: Path) -> None:
    assert (found().level, "没有数字签名" in found().text) == (OK, True)
    library.unlink()
    assert list(signature.signature(Settings())) == []


def test_by_whom_until_when_and_no_longer_after_a_change(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(library)
    now = time.time()
    end = datetime.date.fromtimestamp(now + 30 * 86400)
    days = {(end + datetime.timedelta(days=more)).isoformat() for more in (-1, 0)}
    assert "VirtualCardChk.dll 由 Test Hospital 签名，证书有效至" in found().text
    assert any(day in found().text for day in days)
    assert found().level == WARN  # 29 days are left, and there is no time stamp
    monkeypatch.setattr(time, "time", lambda: now - 86400 * 10)
    assert found().level == OK
    monkeypatch.setattr(time, "time", lambda: now + 86400 * 31)
    assert (found().level, "已过期" in found().text) == (WARN, True)
    data = library.read_bytes()
    for at in (0x400, len(data) // 2):
        library.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert (found().level, "被改动" in found().text) == (FAIL, True)


@pytest.mark.parametrize(
    ("kind", "told"),
    [({"use": ExtendedKeyUsageOID.SERVER_AUTH}, "不能用于代码签名"), ({"days": 99, "since": 9}, "起才有效")],
)
def test_a_certificate_that_windows_does_not_take(library: Path, kind: dict[str, Any], told: str) -> None:
    sign(library, **kind)
    assert (found().level, told in found().text) == (WARN, True)


def test_a_time_stamp_outlives_the_certificate(library: Path, stamps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(library, "-ts", stamps)
    assert (found().level, "，有时间戳" in found().text) == (OK, True)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86400 * 31)
    assert found().level == OK


def test_a_damaged_signature_is_reported_and_breaks_nothing(library: Path) -> None:
    unsigned = len(library.read_bytes())
    sign(library)
    data = library.read_bytes()
    for at in range(unsigned, len(data), 7):
        library.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        assert found().check == signature.CHECK
    for size in (0, 1, 0x40, 0x100, unsigned, unsigned + 9, len(data) - 64):
        library.write_bytes(data[:size])
        assert found().level == FAIL
