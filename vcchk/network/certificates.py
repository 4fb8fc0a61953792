"""Reading certificates: which names the platform's are for, and why our own could not be loaded."""

from __future__ import annotations

import _socket

from vcchk.base import der

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_MAX_SHOWN = 60  # characters of a name in a sentence

# Tags of DER (X.690) and object identifiers (X.520, RFC 5280) as far as names need them.
_VERSION = 0xA0
_EXTENSIONS = 0xA3
_DNS_NAME = 0x82
_IP_ADDRESS = 0x87
_COMMON_NAME = b"\x55\x04\x03"
_ORGANIZATION = b"\x55\x04\x0a"
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"


def address_bytes(host: str) -> bytes | None:
    """Return the bytes of a numeric IPv4 or IPv6 address, None for a name."""
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            return _socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
    return None


def names_address(certificate: Mapping[str, Any], host: str) -> bool:
    """Tell whether a certificate, as `ssl` gives it, is for the address ``host``.

    By RFC 6125 an address stands among the alternative names. Private CAs of hospitals write it into the common name
    of a certificate without any, which WinINet and curl take and OpenSSL's own check does not.
    """
    wanted = address_bytes(host)
    alternatives = certificate.get("subjectAltName", ())
    if alternatives:
        return any(kind == "IP Address" and address_bytes(name) == wanted for kind, name in alternatives)
    subject = certificate.get("subject", ())
    return any(key == "commonName" and address_bytes(value) == wanted for part in subject for key, value in part)


def described(message: bytes, host: str) -> dict[str, Any]:
    """Return what the sentences of `fault.FAULTS` say of a handshake's certificates (RFC 5246 7.4.2, RFC 8446 4.4.2).

    ``message``: the handshake's Certificate message.

    ``certificates``: how many there are; ``names`` and ``issuer`` of the first; ``next_step`` where the names do not
    match ``host``. `ssl` gives a failed handshake's certificates to nobody, so they are read here.
    """
    chain = list(_chain(message))
    names, issuer = _names(chain[0]) if chain else ([], "")
    name = next((n for n in names if "*" not in n and address_bytes(n) is None), "")
    if name and address_bytes(host) is not None:
        step = f"可在本机 hosts 文件中加一行“{host} {name}”，并把 strUrl 中的 {host} 改为 {name}"
    elif name:
        step = f"请将 strUrl 中的主机名改为 {name}"
    else:
        step = f"请平台为 {host} 换发证书"
    return {
        "certificates": len(chain),
        "names": "、".join(names)[:_MAX_SHOWN] or "未知",
        "issuer": issuer[:_MAX_SHOWN] or "未知",
        "next_step": step,
    }


def _chain(message: bytes) -> Iterator[bytes]:
    at = 4  # behind type and length of the message
    # TLS 1.2 goes on with the length of all the rest; 1.3 with a context (empty in a handshake) in front of that.
    tls13 = int.from_bytes(message[at : at + 3], "big") != len(message) - at - 3
    at += 4 if tls13 else 3
    while at + 3 <= len(message):
        size = int.from_bytes(message[at : at + 3], "big")
        yield message[at + 3 : at + 3 + size]
        at += 3 + size
        if tls13:  # extensions of each certificate
            at += 2 + int.from_bytes(message[at : at + 2], "big")


def _names(certificate: bytes) -> tuple[list[str], str]:
    """Return (the names that the certificate is for, its issuer's name); empty ones where it cannot be read."""
    try:
        signed = der.children(der.first(certificate))
        parts = [part for part in signed if part[0] != _VERSION]
        issuer, subject = _attributes(parts[2][1]), _attributes(parts[4][1])
        alternatives = [name for tag, content in parts if tag == _EXTENSIONS for name in _alternatives(content)]
    except (IndexError, ValueError):
        return [], ""
    own = [value for key, value in subject if key == _COMMON_NAME]
    above = [value for key, value in issuer if key in (_COMMON_NAME, _ORGANIZATION)]
    return alternatives or own, above[-1] if above else ""


def _alternatives(extensions: bytes) -> Iterator[str]:
    for _tag, extension in der.children(extensions):
        fields = list(der.items(extension))
        if fields[0][1] != _ALTERNATIVE_NAMES:
            continue
        for tag, value in der.children(fields[-1][1]):
            if tag == _DNS_NAME:
                yield value.decode("ascii")
            elif tag == _IP_ADDRESS:
                yield _socket.inet_ntop(_socket.AF_INET if len(value) == 4 else _socket.AF_INET6, value)


def _attributes(name: bytes) -> list[tuple[bytes, str]]:
    """Return (object identifier, value) of an X.501 name's attributes."""
    found = []
    for _tag, group in der.items(name):
        for _tag, pair in der.items(group):
            (_, key), (_, value) = der.items(pair)
            found.append((key, value.decode("utf-8", "replace")))
    return found


def why_not_loaded(error: Exception, certificate: str, key: str) -> str:
    """Return in Chinese why the PEM files at these paths cannot be used; OpenSSL says "PEM lib" of most."""
    try:
        with open(certificate, "rb") as file:
            certificate_text = file.read()
        with open(key, "rb") as file:
            key_text = file.read()
    except FileNotFoundError:
        return "文件不存在"
    except OSError:
        return "没有读取文件的权限"
    if b"-----BEGIN CERTIFICATE" not in certificate_text:
        return "client_cert 不是 PEM 格式的证书（.pfx 请用 vcchk secret cert 导入）"
    if b"PRIVATE KEY-----" not in key_text:
        return "文件里没有私钥，请另设 client_key"
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return "私钥与证书不是一对"
    if b"ENCRYPTED" in key_text:
        return "私钥的口令不对（client_key_password）"
    return "证书或私钥的内容损坏，或密钥太短"
