"""strUrl taken apart without `urllib` (30 ms of a cold start under Wine): where to connect, what to ask for.

RFC 3986 as far as http and https need it. A URL may carry a token in its query or a password in its user part, so
nothing but scheme, host and port of it is ever shown or logged.
"""

from __future__ import annotations

import binascii

from vcchk.base.errors import RequestError

MAX_URL = 2048
"""Longest URL in bytes of UTF-8."""

DEFAULT_PORTS = {"http": 80, "https": 443}

# What goes into the request line as it is; everything else becomes %XX of its UTF-8 bytes. "%" stays: the caller's
# own escapes are not escaped twice.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%[]")
_IN_HOST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_HEX_COLON = frozenset("0123456789abcdefABCDEF:.")

# Characters that no URL means and nobody sees: they come with a copied address (zero-width blanks and joiners, marks of
# direction, soft hyphen, BOM).
_INVISIBLE = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
# What a Chinese input method writes for the punctuation of an address, in front of the path.
_WIDE = {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)} | {"。": "."}
_QUOTES = "\"'<>“”‘’《》"

# Networks that are not the public Internet, as (first address, last address) of IPv4 numbers: RFC 1918, loopback,
# link-local, carrier-grade NAT (the health networks of several provinces use it).
_PRIVATE = (
    (0x0A000000, 0x0AFFFFFF),
    (0x7F000000, 0x7FFFFFFF),
    (0xAC100000, 0xAC1FFFFF),
    (0xC0A80000, 0xC0A8FFFF),
    (0xA9FE0000, 0xA9FEFFFF),
    (0x64400000, 0x647FFFFF),
)


class Target:
    """Where a URL leads. ``authorization``: the value of that header when the URL had a user part, else empty.

    ``warnings``: what was written wrong and still understood, in Chinese.
    """

    __slots__ = ("authorization", "host", "path", "port", "scheme", "warnings")

    def __init__(
        self, scheme: str, host: str, port: int, path: str, authorization: str, warnings: tuple[str, ...] = ()
    ) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.authorization = authorization
        self.warnings = warnings

    @property
    def netloc(self) -> str:
        """Host and port for the Host header: brackets round IPv6, the default port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if DEFAULT_PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    @property
    def host_port(self) -> str:
        """Host and port for people and logs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Target({self.scheme}://{self.host_port})"


class UrlError(ValueError):
    """A URL that cannot be used. ``why``: Chinese, for people; ``cause``: English, for the log; neither quotes it."""

    def __init__(self, why: str, cause: str) -> None:
        super().__init__(cause)
        self.why = why
        self.cause = cause


def _escape(text: str) -> str:
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in text.encode("utf-8", "surrogatepass"))


def unescape(text: str) -> bytes:
    """Return the bytes that a text with ``%XX`` stands for; a percent sign that is none stays."""
    head, *parts = text.encode("utf-8", "surrogatepass").split(b"%")
    out = bytearray(head)
    for part in parts:
        try:
            out += (binascii.unhexlify(part[:2]) or b"%") + part[2:]
        except binascii.Error:
            out += b"%" + part
    return bytes(out)


def _host(text: str) -> str:
    if text[:1] == "[":
        inside = text[1:-1]
        if text[-1:] != "]" or ":" not in inside or not _HEX_COLON.issuperset(inside.split("%")[0]):
            raise UrlError("IPv6 地址不合法", "bad IPv6 literal")
        return inside
    if not text.isascii():
        try:  # IDNA pulls in unicodedata, so only for a name that needs it
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            raise UrlError("主机名不合法", "host not IDNA") from None
    text = text.removesuffix(".")  # the root's: certificates and allow_hosts name hosts without it, as curl does
    if not text:
        raise UrlError("没有主机名", "no host")
    if ":" in text:
        raise UrlError("端口只能写一个；IPv6 地址请放在方括号中", "colon in host")
    if not _IN_HOST.issuperset(text):
        raise UrlError("主机名不合法", "bad character in host")
    _check_address(text)
    return text.lower()


def _check_address(text: str) -> None:
    """Refuse an IPv4 address that the C library would read otherwise than it looks: 010 is 8 to it, 10.1.2 10.1.0.2."""
    parts = text.lower().split(".")
    if not all(part.isdigit() or _is_hex_number(part) for part in parts):
        return
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        raise UrlError("IP 地址不完整，应为四段十进制数字，如 10.1.2.3", "IPv4 address not of four decimal parts")
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        raise UrlError("IP 地址请去掉前导零", "leading zero in IPv4 address")
    if any(len(part) > 3 or int(part) > 255 for part in parts):
        raise UrlError("IP 地址不合法，每段应在 0 到 255 之间", "IPv4 address out of range")


def _is_hex_number(part: str) -> bool:
    return part.startswith("0x") and set(part[2:]) <= set("0123456789abcdef")


def split_host(host_port: str, default_port: int) -> tuple[str, int]:
    """Return (host, port) of ``host``, ``host:port`` or ``[IPv6]:port``. Raises UrlError."""
    colon = host_port.rfind(":")
    port = default_port
    if colon > host_port.rfind("]"):
        digits = host_port[colon + 1 :]
        host_port = host_port[:colon]
        if digits:
            if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 65536):
                raise UrlError("端口号不合法", "bad port")
            port = int(digits)
    return _host(host_port), port


def basic_authorization(user: str) -> str:
    """Return the value of an Authorization header for ``name:password`` of a URL (RFC 7617, in UTF-8)."""
    name, _, password = user.partition(":")
    pair = unescape(name) + b":" + unescape(password)
    return "Basic " + binascii.b2a_base64(pair, newline=False).decode("ascii")


def parse_url(url: str) -> Target:
    """Return where ``url`` leads; the fragment is dropped. Raises RequestError 9001 with the reason in Chinese."""
    try:
        return _parse(url)
    except UrlError as error:
        raise RequestError("9001", f"平台地址 strUrl 有误：{error.why}", cause=f"url: {error.cause}") from None


def _parse(text: str) -> Target:
    url, warnings = _cleaned(text)
    if not url:
        raise UrlError("地址为空", "empty")
    if len(url.encode("utf-8", "surrogatepass")) > MAX_URL:
        raise UrlError(f"超过 {MAX_URL} 字节", "too long")
    if any(c < " " or c == "\x7f" for c in url):
        raise UrlError("含有换行等控制字符", "control character")
    scheme, rest, warning = _scheme(url)
    rest = rest.partition("#")[0]
    end = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
    user, at, host_port = rest[:end].rpartition("@")
    host, port = split_host(host_port, DEFAULT_PORTS[scheme])
    path = _escape(rest[end:])
    return Target(
        scheme,
        host,
        port,
        path if path[:1] == "/" else "/" + path,
        basic_authorization(user) if at else "",
        warnings + warning,
    )


def _cleaned(text: str) -> tuple[str, tuple[str, ...]]:
    """Return (the URL without what a copy brings along, warnings)."""
    url = text.strip()
    if url.isascii() and url[:1] not in _QUOTES:
        return url, ()
    seen = "".join(c for c in url if c not in _INVISIBLE).strip()
    warnings: tuple[str, ...] = ("strUrl 中有看不见的字符，已去掉，请重新输入地址",) if seen != url else ()
    bare = seen.strip(_QUOTES).strip()
    mark = bare.find("/", bare.find("://") + 3) if "://" in bare else -1
    front, path = (bare, "") if mark < 0 else (bare[:mark], bare[mark:])
    narrow = "".join(_WIDE.get(c, c) for c in front)
    if narrow != front or bare != seen:
        warnings += ("strUrl 中有引号或全角标点，已按半角处理，请改正",)
    return narrow + path, warnings


def _scheme(url: str) -> tuple[str, str, tuple[str, ...]]:
    """Return (http or https, what follows ``://``, warnings). Raises UrlError."""
    scheme, mark, rest = url.partition("://")
    scheme = scheme.lower()
    warnings: tuple[str, ...] = ()
    if not (mark and scheme.isalnum()) and _looks_like_host(url):
        scheme, rest = "http", url
        warnings = ("strUrl 没有写 http://，已按 http:// 处理，请补上",)
    elif scheme not in DEFAULT_PORTS:
        raise UrlError("须以 http:// 或 https:// 开头", "scheme is neither http nor https")
    again = rest.lstrip("/ ").lower()
    for twice in ("https", "http"):
        if again.startswith((f"{twice}:/", f"{twice}:\\", f"{twice}//")):
            raise UrlError(f"重复了 {twice}://，请去掉一个", "scheme twice")
    return scheme, rest, warnings


def _looks_like_host(url: str) -> bool:
    """Tell whether a text without scheme begins as ``host:port``, or as a name with a dot and a path behind it."""
    host_port, slash, _path = url.partition("/")
    host, colon, port = host_port.rpartition(":")
    if colon:
        return bool(host) and port.isascii() and port.isdigit() and _IN_HOST.issuperset(host)
    return bool(slash) and "." in host_port.strip(".") and _IN_HOST.issuperset(host_port)


def is_public(address: str) -> bool:
    """Tell whether the numeric ``address`` lies in the public Internet; False for what is not a numeric address."""
    if ":" in address:
        if address.lower().startswith("::ffff:") and "." in address:
            return is_public(address[7:])
        return address[0] in "23"  # 2000::/3, all that is assigned; fc00::/7, fe80::/10 and ::1 are not in it
    parts = address.split(".")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() for p in parts):
        return False
    number = 0
    for part in parts:
        number = number << 8 | int(part)
    return not any(low <= number <= high for low, high in _PRIVATE)


def is_listed(target: Target, patterns: tuple[str, ...]) -> bool:
    """Tell whether ``target`` is one of ``patterns``: ``host``, ``host:port`` or ``*.suffix``."""
    for pattern in patterns:
        pattern = pattern.strip().lower()
        if pattern in (target.host, target.host_port) or (pattern[:2] == "*." and target.host.endswith(pattern[1:])):
            return True
    return False


def is_allowed(target: Target, allowed: tuple[str, ...]) -> bool:
    """Tell whether ``[gateway] allow_hosts`` lets ``target`` pass; an empty list allows all."""
    return not allowed or is_listed(target, allowed)
