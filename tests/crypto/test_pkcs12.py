"""pkcs12: .pfx files as Windows, OpenSSL and Java write them, opened and written as PEM; a wrong password is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.network import pki
from vcchk.crypto import pkcs12, rc2

WRITERS: dict[str, list[str]] = {
    "openssl 3": [],
    "openssl 1.1, Windows 7 (RC2-40)": ["-legacy"],
    "3DES": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    "RC2-128": ["-legacy", "-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-2DES"],
    "Windows 10 (AES-256, SHA-256)": ["-certpbe", "AES-256-CBC", "-keypbe", "AES-256-CBC", "-macalg", "sha256"],
    "certificates in clear": ["-certpbe", "NONE"],
    "no MAC": ["-nomac"],
}


def written(folder: Path, identity: pki.Identity, options: list[str], password: str) -> bytes:
    out = folder / "file.pfx"
    command = ["openssl", "pkcs12", "-export", "-in", str(identity.path), "-out", str(out), *options]
    subprocess.run([*command, "-passout", f"pass:{password}"], check=True, capture_output=True)
    return out.read_bytes()


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> pki.Identity:
    folder = tmp_path_factory.mktemp("pki")
    root = pki.issue(folder / "root.pem", "root", ca=True)
    return pki.issue(folder / "till.pem", "till", by=root, names=(), chain=(root,))


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("password", ["topsecret", ""])
def test_files_of_many_writers(identity: pki.Identity, tmp_path: Path, writer: str, password: str) -> None:
    data = written(tmp_path, identity, WRITERS[writer], password)
    key, certificates = pkcs12.read(data, password)
    assert len(certificates) == 2
    pem = pkcs12.to_pem(key, certificates, "new")
    loaded = serialization.load_pem_private_key(pem, b"new")
    own = x509.load_pem_x509_certificates(pem)[0]
    assert own == identity.certificate
    assert loaded.public_key() == own.public_key()
    assert b"ENCRYPTED" in pem
    if "no MAC" not in writer:
        with pytest.raises(pkcs12.Pkcs12Error) as caught:
            pkcs12.read(data, "wrong")
        assert caught.value.wrong_password


@pytest.mark.parametrize(
    "data", [b"", b"0", b"-----BEGIN CERTIFICATE-----\n", b"\x30\x82\x01\x00\x02\x01\x03" + bytes(252)]
)
def test_what_is_no_pfx(data: bytes) -> None:
    with pytest.raises(pkcs12.Pkcs12Error) as caught:
        pkcs12.read(data, "x")
    assert not caught.value.wrong_password


def test_a_file_cut_anywhere_is_refused(identity: pki.Identity, tmp_path: Path) -> None:
    data = written(tmp_path, identity, [], "x")
    for size in range(0, len(data), 97):
        with pytest.raises(pkcs12.Pkcs12Error):
            pkcs12.read(data[:size], "x")


@pytest.mark.parametrize(
    ("key", "clear", "sealed"),
    [  # RFC 2268 section 5, the vectors whose keys are effective to the last bit
        ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
        ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
    ],
)
def test_rc2(key: str, clear: str, sealed: str) -> None:
    assert rc2.decrypt(bytes.fromhex(key), bytes(8), bytes.fromhex(sealed)) == bytes.fromhex(clear)
