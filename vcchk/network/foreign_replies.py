"""Replies that do not come from a platform: pages whose cause is known, and what any other page says, for the log.

Imported only once such a reply has come.
"""

from __future__ import annotations

import json
import re

from vcchk.base.encoding import decode
from vcchk.base.errors import ReplyError, RequestError
from vcchk.network.fault import IN_DOUBT, NOT_DONE
from vcchk.network.url import parse_url, unescape
from vcchk.records import masking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vcchk.network.http1 import Reply

MAX_EXCERPT_CHARS = 120
"""Of what the other side said, masked, so much is kept."""
_MAX_LOOKED_AT = 16384  # characters of a page that may hold its title or message

_HTTPS_WANTED = "{host} 是 https 端口，请将 strUrl 改为 https://"
_CERTIFICATE_WANTED = "平台 {host} 要求客户端证书，请向平台申请证书文件（.pfx），再用 vcchk secret cert 导入"
_CERTIFICATE_REFUSED = "平台 {host} 不接受本机的客户端证书，请向平台核对该证书是否已登记、是否过期"

# A piece of a page with status 400 to 499, in lower case → the sentence. Who writes so has not read the request.
_KNOWN: tuple[tuple[str, str], ...] = (
    ("plain http request was sent to https port", _HTTPS_WANTED),  # nginx
    ("combination of host and port requires tls", _HTTPS_WANTED),  # Tomcat
    ("speaking plain http to an ssl-enabled", _HTTPS_WANTED),  # Apache
    ("sent an http request to an https server", _HTTPS_WANTED),  # Go
    ("http request was sent to https", _HTTPS_WANTED),  # Tengine, OpenResty with other words
    ("ssl is required to view", _HTTPS_WANTED),  # IIS 403.4
    ("403.4 ", _HTTPS_WANTED),
    ("no required ssl certificate was sent", _CERTIFICATE_WANTED),  # nginx, 496
    ("client certificate required", _CERTIFICATE_WANTED),  # IIS 403.7
    ("403.7 ", _CERTIFICATE_WANTED),
    ("the ssl certificate error", _CERTIFICATE_REFUSED),  # nginx, 495
)

# A platform's envelope with an HTTP status other than 200 names at least one of these (all wire profiles, and the
# insurance service); a framework's own error object (timestamp, status, error, path) names none.
_ENVELOPE = (b'"ret_code"', b'"retcode"', b'"code"', b'"biz_content"', b'"bizcontent"', b'"app_id"', b'"appid"')
_BOM = b"\xef\xbb\xbf"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<!--")

# HTTP statuses without an envelope: (whether the platform may have acted, what to do).
STATUSES: dict[int, tuple[bool, str]] = {
    400: (False, "请求没有被接受，请核对 strUrl 的协议、主机和端口，对方的说明见日志"),
    401: (False, "对方要求身份认证，请核对 strUrl；无误时请把“HTTP 401”告诉平台"),
    # A firewall that finds ID numbers in the platform's reply answers so as well: then the platform has acted.
    403: (True, "平台或防火墙拒绝访问，请把本机的 IP 和发生时间告诉平台，请其确认是否在白名单、有无拦截"),
    404: (False, "平台没有这个地址，请核对 strUrl 的路径"),
    405: (False, "该地址不接受 POST，请核对 strUrl 的路径"),
    407: (False, "代理服务器要求认证，请核对 [gateway] proxy 的用户名和密码"),
    408: (True, "平台等待请求超时，请检查网络"),
    411: (False, "平台不接受该请求，请把“HTTP 411”告诉平台"),
    413: (False, "请求过大，平台不接受，请 HIS 缩小照片等内容"),
    414: (False, "strUrl 过长，平台不接受，请 HIS 缩短"),
    415: (False, "平台不接受该报文类型，请检查 [wire] profile"),
    429: (False, "请求过于频繁，请稍后再试"),
    500: (True, "平台内部出错，请把发生时间和“HTTP 500”告诉平台"),
    502: (True, "平台前置机连不上后端，请把发生时间和“HTTP 502”告诉平台"),
    503: (True, "平台暂停服务或过载，请稍后再试，仍不成功请把发生时间和“HTTP 503”告诉平台"),
    504: (True, "平台前置机等待后端超时，请把发生时间和“HTTP 504”告诉平台"),
}
OTHER_STATUS = (True, "不是平台的正常应答，请核对 strUrl；无误时请把发生时间和这个状态码告诉平台")

_REPEATED_ELSEWHERE = frozenset({307, 308})
"""Who asks for the same request at another address has not handled it (RFC 9110 sections 15.4.8 and 15.4.9)."""
_MOVED = frozenset({301, 302})
"""From another host's gate (a portal that wants a login) these come before the platform has seen anything; towards the
same host a program may send them after handling a POST, as 303 was made for (RFC 9110 section 15.4.3)."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_NOT_TEXT = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_MESSAGE_NAMES = ("message", "msg", "errmsg", "error_description", "error", "errors", "detail", "title", "reason")


def error_of(reply: Reply, host: str, writing: bool) -> ReplyError | None:
    """Return the error that a reply is which cannot be a platform's envelope, None for one that may be.

    ``host``: host and port, as sentences name them.
    """
    status = reply.status
    body = reply.body.strip()
    if body[:3] == _BOM:
        body = body[3:].lstrip()
    if 300 <= status < 400:
        return _moved(reply, host, writing)
    if 200 <= status < 300:
        return _of_success(status, body, host, writing)
    small = body.lower()
    if small[:1] in (b"{", b'"') and any(name in small for name in _ENVELOPE):
        return None
    cause = f"HTTP {status}: {excerpt(body)}"
    known = known_cause(status, body, host)
    if known:
        return _error("9008", f"报文读取错误：{known}", cause, writing, may_be_done=False)
    maybe, advice = STATUSES.get(status, OTHER_STATUS)
    return _error("9008", f"报文读取错误：平台 {host} 返回 HTTP {status}，{advice}", cause, writing, may_be_done=maybe)


def _moved(reply: Reply, host: str, writing: bool) -> ReplyError:
    host_port = _host_port_of(reply.headers.get("location", ""))
    own_name = host.partition("（")[0].rpartition(":")[0]
    elsewhere = bool(host_port) and host_port.strip().rpartition(":")[0] != own_name
    not_seen = reply.status in _REPEATED_ELSEWHERE or (reply.status in _MOVED and elsewhere)
    return _error(
        "9008",
        f"报文读取错误：请求被转到{host_port or '别处'}（HTTP {reply.status}），请核对 strUrl，或检查是否需要上网认证",
        f"HTTP {reply.status}, not followed",
        writing,
        may_be_done=not not_seen,
    )


def _of_success(status: int, body: bytes, host: str, writing: bool) -> ReplyError | None:
    if not body:
        sentence = f"响应报文为空：平台 {host} 的应答没有内容，请把发生时间和“应答为空”告诉平台"
        return _error("9004", sentence, f"HTTP {status}, empty", writing)
    if body[:1] == b"<" and body[:64].lower().startswith(_HTML):
        sentence = f"报文读取错误：{host} 返回的是网页，请核对 strUrl，或检查是否被上网认证、防火墙拦截"
        return _error("9008", sentence, f"HTTP {status}, page: {excerpt(body)}", writing)
    return None


def _error(code: str, sentence: str, cause: str, writing: bool, *, may_be_done: bool = True) -> ReplyError:
    if writing:
        sentence += IN_DOUBT if may_be_done else NOT_DONE
    return ReplyError(code, sentence, cause=cause, in_doubt=writing and may_be_done)


def _host_port_of(location: str) -> str:
    """Return host and port of a Location, which may carry anything in its query; empty for a relative one."""
    try:
        return f" {parse_url(location).host_port}"
    except RequestError:
        return ""


def known_cause(status: int, body: bytes, host: str) -> str | None:
    """Return the sentence for a page whose cause is known, None for any other."""
    if not 400 <= status < 500:
        return None
    page = decode(body).text[:_MAX_LOOKED_AT].lower()
    return next((sentence.format(host=host) for piece, sentence in _KNOWN if piece in page), None)


def excerpt(body: bytes) -> str:
    """Return what a page or a foreign message says: title or message, else its text; masked, the beginning."""
    text = decode(body).text[:_MAX_LOOKED_AT].strip()
    said = _message(text)
    if not said:
        title = _TITLE.search(text)
        said = title.group(1) if title else ""
    if not said.strip():
        said = _NOT_TEXT.sub(" ", text)
    said = " ".join("".join(c if c.isprintable() else " " for c in _plain(said)).split())
    return masking.mask_text(said)[:MAX_EXCERPT_CHARS]


def _message(text: str) -> str:
    """Return the message of a framework's JSON (Spring's, .NET's), "" for text that is no JSON.

    Without a message it is the whole, which may be a copy of the request: masked by its fields, and of Chinese nothing.
    """
    if text[:1] not in ("{", "["):
        return ""
    try:
        found: Any = json.loads(text)
        message = _message_in(found)
    except (ValueError, RecursionError):
        return ""
    return message or "".join(
        c if c.isascii() else "*" for c in masking.mask_json(json.dumps(found, ensure_ascii=False))
    )


def _message_in(found: Any) -> str:
    if isinstance(found, list):
        return next(filter(None, map(_message_in, found)), "")
    if not isinstance(found, dict):
        return ""
    for name in _MESSAGE_NAMES:
        value = found.get(name)
        said = value.strip() if isinstance(value, str) else _message_in(value)
        if said:
            return said
    return ""


def _plain(text: str) -> str:
    """Return what a person reads in a page: a name written as ``&#29579;`` or ``%E7%8E%8B`` would not be masked."""
    if "&" in text:
        import html

        text = html.unescape(text)
    return decode(unescape(text)).text if "%" in text else text
