"""Signing with a test CA: osslsigncode verifies every file, and no longer when a byte of it changes."""

from __future__ import annotations

import datetime
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from native.buildkit import packing, signing, targets
from native.buildkit.progress import BuildError
from tests.builds import built

WIN32 = targets.TABLE["win32"]
PASSWORD = "test password"


def certificate(
    folder: Path, days: int = 30, since: int = -99, use: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING
) -> tuple[Path, Path]:
    """Make a self-signed publisher's certificate; return its .p12 and its PEM. It ends in ``days``, began ``since``."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Hospital")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now + datetime.timedelta(days=since)).not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    p12, pem = folder / "test.p12", folder / "ca.pem"
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    p12.write_bytes(pkcs12.serialize_key_and_certificates(b"t", key, made, None, encryption))
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return p12, pem


def is_verified(path: Path, pem: Path) -> bool:
    """Ask osslsigncode."""
    command = ["osslsigncode", "verify", "-CAfile", str(pem), "-in", str(path)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> targets.Target:
    built("win32")
    monkeypatch.setattr(signing, "signed_folder", lambda target: tmp_path / "signed")
    monkeypatch.setattr(signing, "signed_archive", lambda target: tmp_path / "signed.zip")
    return WIN32


def test_every_file_is_signed_and_the_build_stays_as_it_was(target: targets.Target, tmp_path: Path) -> None:
    before = (target.dist / packing.SUMS).read_bytes()
    p12, pem = certificate(tmp_path)
    signing.sign(target, p12, PASSWORD, "")
    signed = signing.pe_files(tmp_path / "signed")
    assert len(signed) == len(signing.pe_files(target.dist)) > 10
    assert [path.name for path in signed if not is_verified(path, pem)] == []
    assert (target.dist / packing.SUMS).read_bytes() == before
    sums = subprocess.run(["sha256sum", "--check", "--quiet", packing.SUMS], cwd=tmp_path / "signed", timeout=60)
    assert sums.returncode == 0
    with zipfile.ZipFile(tmp_path / "signed.zip") as archive:
        assert f"vcchk-win32/{target.dll}" in archive.namelist()
    library = tmp_path / "signed" / target.dll
    data = bytearray(library.read_bytes())
    data[0x400] ^= 1
    library.write_bytes(data)
    assert not is_verified(library, pem)


def test_a_wrong_password_leaves_what_was_there(target: targets.Target, tmp_path: Path) -> None:
    p12, _ = certificate(tmp_path)
    (tmp_path / "signed").mkdir()
    (tmp_path / "signed.zip").write_bytes(b"before")
    there = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(BuildError, match="password"):
        signing.sign(target, p12, "wrong", "")
    assert {path.name for path in tmp_path.iterdir()} == there
    assert (tmp_path / "signed.zip").read_bytes() == b"before"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ({"days": -2}, "ended on"),
        ({"days": 30, "since": 9}, "begins on"),
        ({"use": ExtendedKeyUsageOID.SERVER_AUTH}, "not for code signing"),
    ],
)
def test_a_certificate_that_windows_would_not_take_signs_nothing(
    target: targets.Target, tmp_path: Path, kind: dict[str, Any], reason: str
) -> None:
    p12, _ = certificate(tmp_path, **kind)
    with pytest.raises(BuildError, match=reason):
        signing.sign(target, p12, PASSWORD, "")
    assert not (tmp_path / "signed").exists()


def test_nobody_to_ask_for_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    p12, _ = certificate(tmp_path)
    monkeypatch.delenv(signing.PASSWORD, raising=False)
    monkeypatch.setattr(signing.getpass, "getpass", lambda _prompt: input())
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BuildError, match=signing.PASSWORD):
        signing.main(["--pkcs12", str(p12)])
