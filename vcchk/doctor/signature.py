"""Authenticode: whether VirtualCardChk.dll is signed, by whom, until when, and whether it is still what was signed.

Read from the file itself, on any system. Whether the signer is to be trusted only Windows can say, which knows the
machine's certificates. Layout: Microsoft PE/COFF specification ("The Attribute Certificate Table"), Windows
Authenticode Portable Executable Signature Format, RFC 2315 (PKCS #7), RFC 5280.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

from vcchk.base import der
from vcchk.base.system_errors import reason
from vcchk.doctor import moment
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.settings import Settings, places

CHECK = "文件签名"
LIBRARY = "VirtualCardChk.dll"
EXPIRY_WARN_DAYS = 30
MAX_BYTES = 16 << 20
"""A larger file is no library of ours."""
_PKCS7 = 2  # WIN_CERT_TYPE_PKCS_SIGNED_DATA
_CHECKSUM = 64
_DIRECTORIES = {0x10B: 96, 0x20B: 112}
"""Kind of optional header (PE32, PE32+) → where its data directories begin."""
_CERTIFICATE_DIRECTORY = 4

_CONTEXT_0 = 0xA0
_EXTENSIONS = 0xA3
_UNSIGNED_ATTRIBUTES = 0xA1
_UTC_TIME = 0x17
_BMP_STRING = 0x1E
_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_EXTENDED_KEY_USAGE = bytes.fromhex("551d25")
_ANY_USAGE, _CODE_SIGNING = bytes.fromhex("551d2500"), bytes.fromhex("2b06010505070303")
"""RFC 5280, 4.2.1.12. A certificate without the extension is for everything."""
_TIMESTAMPS = (bytes.fromhex("2b060104018237030301"), bytes.fromhex("2a864886f70d010906"))
"""Unsigned attributes that prove when it was signed: RFC 3161's, PKCS #9's countersignature."""
_HASHES = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A signer's. ``name``: the common name, else the organisation's; ``since``, ``until``: seconds since 1970, UTC.

    ``is_for_code``: its uses are not limited to others than code signing.
    """

    name: str
    since: float
    until: float
    is_for_code: bool


@dataclass(frozen=True, kw_only=True)
class FileSignature:
    """What a library's signature says.

    ``is_whole``: the file is what was signed. ``is_stamped``: a time stamp makes it valid after the certificate's end,
    too.
    """

    certificate: Certificate
    is_whole: bool
    is_stamped: bool


def signature(_settings: Settings) -> Iterator[Finding]:
    """Examine the Windows library in our folder; nothing where there is none."""
    path = os.path.join(places.home(), LIBRARY)
    if not os.path.exists(path):
        return
    try:
        with open(path, "rb") as file:
            found = read(file.read(MAX_BYTES))
    except OSError as error:
        yield Finding(check=CHECK, level=WARN, text=f"{LIBRARY} 读不出（{reason(error)}）", advice="请检查文件权限")
    except ValueError:
        advice = "请重新复制整个文件夹，或重新签名"
        yield Finding(check=CHECK, level=FAIL, text=f"{LIBRARY} 的签名读不出，文件可能损坏", advice=advice)
    else:
        yield _finding(found)


def _finding(found: FileSignature | None) -> Finding:
    if found is None:
        text = f"{LIBRARY} 没有数字签名（自行构建的版本本来没有）"
        return Finding(check=CHECK, level=OK, text=text, advice="医院有自己的证书时可签名，见文档 docs/release")
    certificate, now = found.certificate, time.time()
    days = int((certificate.until - now) // 86400)
    text = f"{LIBRARY} 由 {certificate.name} 签名，证书有效至 {_day(certificate.until)}" + (
        "，有时间戳" if found.is_stamped else "，没有时间戳"
    )
    if not found.is_whole:
        return Finding(check=CHECK, level=FAIL, text=f"{text}；文件在签名之后被改动", advice="请重新复制整个文件夹")
    if not certificate.is_for_code:
        return Finding(check=CHECK, level=WARN, text=f"{text}，证书不能用于代码签名", advice="请用代码签名证书重新签名")
    if certificate.since > now:
        state = f"{_day(certificate.since)} 起才有效"
        return Finding(check=CHECK, level=WARN, text=f"{text}，{state}", advice="请核对本机日期，无误请换证书重新签名")
    if days < EXPIRY_WARN_DAYS and not found.is_stamped:
        state = "已过期" if certificate.until < now else f"还有 {days} 天过期"
        return Finding(check=CHECK, level=WARN, text=f"{text}，{state}", advice="请用新证书加时间戳重新签名")
    advice = "签名人是否可信由 Windows 判断：文件属性的“数字签名”页"
    return Finding(check=CHECK, level=OK, text=text, advice=advice)


def _day(seconds: float) -> str:
    return moment.local(seconds).date().isoformat()


def read(data: bytes) -> FileSignature | None:
    """Return what a PE file's signature says, None when it has none. Raises ValueError when it cannot be read."""
    try:
        return _read(data)
    except (IndexError, KeyError, StopIteration, struct.error) as error:
        raise ValueError("no signature of a kind that is known") from error


def _read(data: bytes) -> FileSignature | None:
    option = int.from_bytes(data[0x3C:0x40], "little") + 24
    if data[:2] != b"MZ" or data[option - 24 : option - 20] != b"PE\0\0":
        raise ValueError("no PE file")
    (kind,) = struct.unpack_from("<H", data, option)
    directory = option + _DIRECTORIES[kind] + 8 * _CERTIFICATE_DIRECTORY
    table, size = struct.unpack_from("<II", data, directory)
    if not table:
        return None
    length, _revision, certificate_type = struct.unpack_from("<IHH", data, table)
    if certificate_type != _PKCS7 or length > size or table + size > len(data):
        raise ValueError("damaged certificate table")
    # All but what signing changes: checksum, directory entry, the table itself.
    checksum = option + _CHECKSUM
    hashed = data[:checksum] + data[checksum + 4 : directory] + data[directory + 8 : table] + data[table + size :]
    return _opened(data[table + 8 : table + length], hashed)


def _opened(pkcs7: bytes, hashed: bytes) -> FileSignature:
    _kind, (_, explicit) = der.children(pkcs7)
    parts = der.children(explicit)
    _version, _algorithms, (_, content), *others = parts
    certificates = next(content for tag, content in others if tag == _CONTEXT_0)
    signer = list(der.items(der.first(others[-1][1])))
    issuer, serial = (content for _, content in der.items(signer[1][1]))
    stamps = [der.first(attribute) for tag, content in signer if tag == _UNSIGNED_ATTRIBUTES
              for _, attribute in der.items(content)]  # fmt: skip
    return FileSignature(
        certificate=_certificate(certificates, issuer, serial),
        is_whole=_is_what_was_signed(content, hashed),
        is_stamped=any(oid in _TIMESTAMPS for oid in stamps),
    )


def _is_what_was_signed(content: bytes, hashed: bytes) -> bool:
    """Compare with SpcIndirectDataContent's DigestInfo."""
    _kind, (_, explicit) = der.items(content)
    _data, (_, digest_info) = der.children(explicit)
    (_, algorithm), (_, digest) = der.items(digest_info)
    return hmac.compare_digest(hashlib.new(_HASHES[der.first(algorithm)], hashed).digest(), digest)


def _certificate(certificates: bytes, issuer: bytes, serial: bytes) -> Certificate:
    """Return the one that signed, of those that the signature brings."""
    for _tag, whole in der.items(certificates):
        fields = [(tag, content) for tag, content in der.items(der.first(whole)) if tag != _CONTEXT_0]
        (_, number), _algorithm, (_, name), (_, validity), (_, subject), *others = fields
        if number == serial and name == issuer:
            since, until = der.items(validity)
            extensions = next((content for tag, content in others if tag == _EXTENSIONS), b"")
            return Certificate(
                name=_name(subject),
                since=_moment(*since),
                until=_moment(*until),
                is_for_code=_is_for_code(extensions),
            )
    raise ValueError("no certificate of the signer")


def _is_for_code(extensions: bytes) -> bool:
    for _tag, extension in der.children(extensions) if extensions else ():
        (_, name), *_critical, (_, value) = der.items(extension)
        if name == _EXTENDED_KEY_USAGE:
            return any(use in (_ANY_USAGE, _CODE_SIGNING) for _, use in der.children(value))
    return True


def _name(subject: bytes) -> str:
    """Return the common name, else the organisation's."""
    found = {}
    for _tag, group in der.items(subject):
        for _tag, pair in der.items(group):
            (_, key), (tag, value) = der.items(pair)
            text = value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace")
            found[key] = "".join(c for c in text if c.isprintable())[:60]
    return found.get(_COMMON_NAME) or found.get(_ORGANIZATION) or "（证书没有名称）"


def _moment(tag: int, content: bytes) -> float:
    text = content.decode("ascii")
    if tag == _UTC_TIME:  # RFC 5280 4.1.2.5.1: 50 and later are 19..
        text = ("19" if text[:2] >= "50" else "20") + text
    return float(calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")))
