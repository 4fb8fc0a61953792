"""Client certificates as hospitals get them: a .pfx or .p12 file (PKCS #12, RFC 7292) opened with its password.

Own code for the container alone, since OpenSSL 3 reads the ciphers of older Windows (RC2 of 40 bits) only with a module
that the runtime does not carry; ciphers and digests are pycryptodomex's and hashlib's.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from typing import Any

from Cryptodome.Cipher import AES, ARC2, DES3
from Cryptodome.Util.Padding import unpad

from vcchk.base import der

_INTEGER = 0x02

# Object identifiers in DER: RFC 7292, RFC 8018, FIPS 180 and 197.
_DATA = bytes.fromhex("2a864886f70d010701")
_ENCRYPTED_DATA = bytes.fromhex("2a864886f70d010706")
_BAGS = bytes.fromhex("2a864886f70d010c0a01")
_KEY_BAG, _SHROUDED_KEY_BAG, _CERT_BAG = (_BAGS + bytes([n]) for n in (1, 2, 3))
_PBE = bytes.fromhex("2a864886f70d010c01")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_HASHES = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_PRFS = {
    bytes.fromhex("2a864886f70d0207"): "sha1",
    bytes.fromhex("2a864886f70d0209"): "sha256",
    bytes.fromhex("2a864886f70d020a"): "sha384",
    bytes.fromhex("2a864886f70d020b"): "sha512",
}
# Last byte of the identifiers below _PBE → (cipher, bytes of its key, options).
_OLD_CIPHERS: dict[int, tuple[Any, int, dict[str, int]]] = {
    3: (DES3, 24, {}),
    4: (DES3, 16, {}),
    5: (ARC2, 16, {"effective_keylen": 128}),
    6: (ARC2, 5, {"effective_keylen": 40}),
}
_CIPHERS: dict[bytes, tuple[Any, int]] = {
    bytes.fromhex("60864801650304012a"): (AES, 32),
    bytes.fromhex("608648016503040116"): (AES, 24),
    bytes.fromhex("608648016503040102"): (AES, 16),
    bytes.fromhex("2a864886f70d0307"): (DES3, 24),
}


class Pkcs12Error(ValueError):
    """The file is no PKCS #12 of a kind that is known, or its password is wrong (``wrong_password``)."""

    def __init__(self, detail: str, *, wrong_password: bool = False) -> None:
        super().__init__(detail)
        self.wrong_password = wrong_password


def read(data: bytes, password: str) -> tuple[bytes, list[bytes]]:
    """Return (the private key in DER, PKCS #8, and the certificates in DER). Raises Pkcs12Error."""
    try:
        _version, (_tag, content), *rest = der.children(data)
        safe = _octets(content)
        if rest:
            _check_mac(rest[0][1], safe, password)
        bags = [bag for tag, info in der.children(safe) for bag in _bags(info, password)]
    except (IndexError, ValueError, KeyError) as error:
        if isinstance(error, Pkcs12Error):
            raise
        raise Pkcs12Error(f"{type(error).__name__} {error}") from error
    keys = [bag for kind, bag in bags if kind == _KEY_BAG]
    certificates = [bag for kind, bag in bags if kind == _CERT_BAG]
    if not keys or not certificates:
        raise Pkcs12Error(f"{len(keys)} keys, {len(certificates)} certificates")
    return keys[0], certificates


def _octets(content_info: bytes) -> bytes:
    """Return the bytes of a ContentInfo of type data."""
    (_, kind), (_, wrapped) = der.items(content_info)
    if kind != _DATA:
        raise Pkcs12Error("signed by a public key, not by a password")
    return der.first(wrapped)


def _check_mac(mac: bytes, safe: bytes, password: str) -> None:
    (_, info), (_, salt), *count = der.items(mac)
    (_, algorithm), (_, digest) = der.items(info)
    name = _HASHES[der.first(algorithm)]
    rounds = int.from_bytes(count[0][1], "big") if count else 1
    key = derive(password, salt, rounds, 3, hashlib.new(name).digest_size, name)
    if not hmac.compare_digest(hmac.new(key, safe, name).digest(), digest):
        raise Pkcs12Error("the MAC does not fit", wrong_password=True)


def _bags(content_info: bytes, password: str) -> list[tuple[bytes, bytes]]:
    """Return (kind, content) of the bags of one ContentInfo, keys in clear."""
    (_, kind), (_, wrapped) = der.items(content_info)
    if kind == _ENCRYPTED_DATA:
        _version, (_, encrypted) = der.children(wrapped)
        _kind, (_, algorithm), (_, content) = der.items(encrypted)
        text = _decrypt(algorithm, content, password)
    else:
        text = der.first(wrapped)
    found = []
    for _tag, bag in der.children(text):
        (_, name), (_, value), *_attributes = der.items(bag)
        if name == _SHROUDED_KEY_BAG:
            (_, algorithm), (_, content) = der.children(value)
            found.append((_KEY_BAG, _decrypt(algorithm, content, password)))
        elif name == _KEY_BAG:
            found.append((_KEY_BAG, value))
        elif name == _CERT_BAG:
            (_, _type), (_, certificate) = der.children(value)
            found.append((_CERT_BAG, der.first(certificate)))
    return found


def _decrypt(algorithm: bytes, content: bytes, password: str) -> bytes:
    (_, name), (_, parameters) = der.items(algorithm)
    if name == _PBES2:
        cipher, key, iv, options = _pbes2(parameters, password)
    else:
        if name[:-1] != _PBE or name[-1] not in _OLD_CIPHERS:
            raise Pkcs12Error(f"unknown encryption {name.hex()}")
        cipher, size, options = _OLD_CIPHERS[name[-1]]
        (_, salt), (_, rounds) = der.items(parameters)
        count = int.from_bytes(rounds, "big")
        key = derive(password, salt, count, 1, size, "sha1")
        iv = derive(password, salt, count, 2, 8, "sha1")
    clear = cipher.new(key, cipher.MODE_CBC, iv, **options).decrypt(content)
    try:
        return unpad(clear, cipher.block_size)
    except ValueError as error:
        raise Pkcs12Error("padding", wrong_password=True) from error


def _pbes2(parameters: bytes, password: str) -> tuple[Any, bytes, bytes, dict[str, int]]:
    """Return (cipher, key, IV, options) by RFC 8018 section 6.2."""
    (_, derivation), (_, encryption) = der.items(parameters)
    (_, _pbkdf2), (_, how) = der.items(derivation)
    (_, salt), (_, rounds), *more = der.items(how)
    prfs = [der.first(value) for tag, value in more if tag != _INTEGER]
    (_, name), (_, iv) = der.items(encryption)
    cipher, size = _CIPHERS[name]
    digest = _PRFS[prfs[0]] if prfs else "sha1"
    key = hashlib.pbkdf2_hmac(digest, password.encode("utf-8"), salt, int.from_bytes(rounds, "big"), size)
    return cipher, key, iv, {}


def derive(password: str, salt: bytes, rounds: int, purpose: int, size: int, digest: str) -> bytes:
    """Return ``size`` bytes by RFC 7292 appendix B.2; ``purpose`` is 1 for a key, 2 for an IV, 3 for a MAC."""
    block = hashlib.new(digest).block_size
    secret = password.encode("utf-16-be") + b"\0\0"

    def repeated(data: bytes) -> bytes:
        length = -(-len(data) // block) * block
        return (data * (length // len(data) + 1))[:length] if data else b""

    state = repeated(salt) + repeated(secret)
    result = b""
    while len(result) < size:
        part = bytes([purpose]) * block + state
        for _ in range(rounds):
            part = hashlib.new(digest, part).digest()
        result += part
        step = int.from_bytes(repeated(part)[:block], "big") + 1
        state = b"".join(
            ((int.from_bytes(state[at : at + block], "big") + step) % (1 << 8 * block)).to_bytes(block, "big")
            for at in range(0, len(state), block)
        )
    return result[:size]


def to_pem(key: bytes, certificates: list[bytes], password: str) -> bytes:
    """Return a PEM file: the key encrypted with ``password`` (PBKDF2, AES-256), its own certificate first.

    Raises Pkcs12Error for a key that is neither RSA nor of an elliptic curve.
    """
    from Cryptodome.PublicKey import ECC, RSA

    protection = "PBKDF2WithHMAC-SHA512AndAES256-CBC"
    try:
        rsa = RSA.import_key(key)
        public = rsa.public_key().export_key("DER")
        text = rsa.export_key("PEM", passphrase=password, pkcs=8, protection=protection)
    except ValueError:
        try:
            curve = ECC.import_key(key)
        except ValueError as error:
            raise Pkcs12Error("neither RSA nor an elliptic curve") from error
        public = curve.public_key().export_key(format="DER")
        text = curve.export_key(format="PEM", passphrase=password, use_pkcs8=True, protection=protection).encode()
    own_first = sorted(certificates, key=lambda certificate: public not in certificate)
    blocks = [_pem(certificate) for certificate in own_first]
    return b"".join([text, b"\n", *blocks])


def _pem(certificate: bytes) -> bytes:
    text = binascii.b2a_base64(certificate, newline=False)
    lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"
