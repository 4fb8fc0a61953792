"""Client certificates as hospitals get them: a .pfx or .p12 file (PKCS #12, RFC 7292) opened with its password.

Own code for the container, since OpenSSL 3 reads the ciphers of older Windows (RC2 of 40 bits) only with a module that
the runtime does not carry, and Python's `ssl` reads no PKCS #12 at all; AES and DES are `engine`'s, digests hashlib's.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os

from vcchk.base import der
from vcchk.crypto import engine, rc2

_INTEGER = 0x02
_OCTETS = 0x04
_NULL = 0x05
_OID = 0x06
_SEQUENCE = 0x30
_VERSION = 0xA0

# Object identifiers in DER: RFC 7292, RFC 8018, FIPS 180 and 197.
_DATA = bytes.fromhex("2a864886f70d010701")
_ENCRYPTED_DATA = bytes.fromhex("2a864886f70d010706")
_BAGS = bytes.fromhex("2a864886f70d010c0a01")
_KEY_BAG, _SHROUDED_KEY_BAG, _CERT_BAG = (_BAGS + bytes([n]) for n in (1, 2, 3))
_PBE = bytes.fromhex("2a864886f70d010c01")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_PRF_SHA512 = bytes.fromhex("2a864886f70d020b")
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
    _PRF_SHA512: "sha512",
}
# Last byte of the identifiers below _PBE → (cipher, bytes of its key).
_OLD_CIPHERS = {3: ("DES-EDE3-CBC", 24), 4: ("DES-EDE3-CBC", 16), 5: ("RC2", 16), 6: ("RC2", 5)}
_AES256 = bytes.fromhex("60864801650304012a")
_CIPHERS = {
    _AES256: ("AES-256-CBC", 32),
    bytes.fromhex("608648016503040116"): ("AES-192-CBC", 24),
    bytes.fromhex("608648016503040102"): ("AES-128-CBC", 16),
    bytes.fromhex("2a864886f70d0307"): ("DES-EDE3-CBC", 24),
}
_BLOCKS = {"RC2": rc2.BLOCK, "DES-EDE3-CBC": 8}  # others 16
_ROUNDS = 100_000  # of PBKDF2 for what we write; the password is 24 random bytes


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
        cipher, key, iv = _pbes2(parameters, password)
    else:
        if name[:-1] != _PBE or name[-1] not in _OLD_CIPHERS:
            raise Pkcs12Error(f"unknown encryption {name.hex()}")
        cipher, size = _OLD_CIPHERS[name[-1]]
        (_, salt), (_, rounds) = der.items(parameters)
        count = int.from_bytes(rounds, "big")
        key = derive(password, salt, count, 1, size, "sha1")
        iv = derive(password, salt, count, 2, 8, "sha1")
    block = _BLOCKS.get(cipher, 16)
    if not content or len(content) % block:
        raise Pkcs12Error(f"{len(content)} bytes are no whole blocks")
    if cipher == "RC2":
        clear = rc2.decrypt(key, iv, content)
    else:
        clear = engine.decrypt(cipher, key + key[:8] if len(key) == 16 and block == 8 else key, iv, content)
    padding = clear[-1]
    if not 1 <= padding <= block or clear[-padding:] != bytes([padding]) * padding:
        raise Pkcs12Error("padding", wrong_password=True)
    return clear[:-padding]


def _pbes2(parameters: bytes, password: str) -> tuple[str, bytes, bytes]:
    """Return (cipher, key, IV) by RFC 8018 section 6.2."""
    (_, derivation), (_, encryption) = der.items(parameters)
    (_, _pbkdf2), (_, how) = der.items(derivation)
    (_, salt), (_, rounds), *more = der.items(how)
    prfs = [der.first(value) for tag, value in more if tag != _INTEGER]
    (_, name), (_, iv) = der.items(encryption)
    cipher, size = _CIPHERS[name]
    digest = _PRFS[prfs[0]] if prfs else "sha1"
    key = hashlib.pbkdf2_hmac(digest, password.encode("utf-8"), salt, int.from_bytes(rounds, "big"), size)
    return cipher, key, iv


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
    """Return a PEM file: the key encrypted with ``password`` (RFC 8018: PBKDF2 with SHA-512, AES-256), its own
    certificate first, those above it behind.
    """
    salt, iv = os.urandom(16), os.urandom(16)
    padding = 16 - len(key) % 16
    derived = hashlib.pbkdf2_hmac("sha512", password.encode("utf-8"), salt, _ROUNDS, 32)
    sealed = engine.encrypt("AES-256-CBC", derived, iv, key + bytes([padding]) * padding)
    prf = _sequence(der.item(_OID, _PRF_SHA512), der.item(_NULL, b""))
    rounds = der.item(_INTEGER, _ROUNDS.to_bytes(3, "big"))
    how = _sequence(der.item(_OCTETS, salt), rounds, prf)
    derivation = _sequence(der.item(_OID, _PBKDF2), how)
    encryption = _sequence(der.item(_OID, _AES256), der.item(_OCTETS, iv))
    algorithm = _sequence(der.item(_OID, _PBES2), _sequence(derivation, encryption))
    blocks = [_pem("ENCRYPTED PRIVATE KEY", _sequence(algorithm, der.item(_OCTETS, sealed)))]
    return b"".join([*blocks, *(_pem("CERTIFICATE", one) for one in _own_first(certificates))])


def _sequence(*parts: bytes) -> bytes:
    return der.item(_SEQUENCE, b"".join(parts))


def _own_first(certificates: list[bytes]) -> list[bytes]:
    """Return the certificates, the one that has issued no other in front."""
    names = []
    for certificate in certificates:
        parts = [part for part in der.children(der.first(certificate)) if part[0] != _VERSION]
        names.append((parts[2][1], parts[4][1]))  # issuer, subject
    issuers = {issuer for issuer, subject in names if issuer != subject}
    order = sorted(range(len(certificates)), key=lambda n: names[n][1] in issuers)
    return [certificates[n] for n in order]


def _pem(label: str, data: bytes) -> bytes:
    text = binascii.b2a_base64(data, newline=False)
    lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n".encode() + lines + f"\n-----END {label}-----\n".encode()
