"""Certificates as hospitals meet them: intermediates, short keys, names in the wrong place, for clients."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Identity:
    """A certificate with its key. ``chain``: the certificates above it that its file holds, too."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    path: Path
    """PEM: key, certificate, chain."""

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def issue(
    path: Path,
    common: str,
    *,
    by: Identity | None = None,
    names: tuple[str, ...] = NAMES,
    ca: bool = False,
    bits: int = 2048,
    chain: tuple[Identity, ...] = (),
) -> Identity:
    """Make a certificate, signed by ``by`` (else by itself), and write ``path``."""
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names and not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = Identity(certificate, key, path)
    path.write_bytes(b"".join([text, made.pem, *(one.pem for one in chain)]))
    return made
