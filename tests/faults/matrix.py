"""The fault matrix: every way a platform or the line to it can fail, as rows of one table.

A row's script is what the server does to the connections it is given until it is healed; the callers (the package, the
built library, the DLL) are asked the same and must answer the same: one code, one Chinese sentence, in time. The table
is printed into docs/faults.md by `tests.faults.table`.
"""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ssl import CERT_REQUIRED, SSLContext

from tests.faults.badserver import Peer, Script, head, healthy, response
from tests.faults.certificates import DAY, Authority, only_tls10
from tests.faults.platform import answer, sealed_content

TIMEOUT = 1.0
"""[gateway] timeout of the matrix, seconds."""
CONNECT_TIMEOUT = 0.6
SLACK = 0.5
"""How much a call may outlast its deadline, and how long one may take that waits for nothing."""
RETRIES = 0.5
"""What the pauses before further attempts to connect add up to."""
PAUSE = 30.0

INI = f"""[gateway]
timeout = {TIMEOUT}
connect_timeout = {CONNECT_TIMEOUT}
ca_bundle = {{ca}}
[wire]
verify_reply = {{mode}}
[log]
folder = {{folder}}
"""

DOUBT = "交易状态未知"
KEPT, CLOSED = "kept", "closed"


@dataclass(frozen=True)
class Row:
    """``code`` and ``says`` (a part of the sentence) are what the HIS gets; ``doubt``: the sentence must warn of doing
    it twice. ``unverified``: the code where no signature is demanded (verify_reply off, or auto before any reply of the
    site has verified), when it is another. ``seconds``: what the call takes at most without `SLACK`. ``arrived``: how
    many whole requests the platform must have seen. ``port``: "server" or what stands in its place. ``warm``: a good
    call goes before, and its connection is then `KEPT` or `CLOSED`."""

    name: str
    title: str
    code: str
    says: str
    script: Script = healthy
    writing: bool = True
    doubt: bool = False
    unverified: str = ""
    seconds: float = 0.0
    arrived: int | None = 1
    port: str = "server"
    tls: Callable[[Authority], SSLContext] | None = None
    warm: str = ""
    host: str = "127.0.0.1"
    """Where the platform listens."""
    silent: str = ""
    """An address whose same port answers no SYN."""
    core: bool = False
    """Belongs to the set that the win32 DLL is asked, too."""


# Scripts --------------------------------------------------------------------------------------------------------------


def says(make: Callable[[bytes], bytes]) -> Script:
    """Answer the first request with ``make(its body)``, all later ones properly."""

    def script(peer: Peer) -> None:
        body = peer.request()
        if body is None:
            return
        peer.send(make(body))
        healthy(peer)

    return script


def cut(make: Callable[[bytes], bytes], *, reset: bool = False) -> Script:
    """Answer with ``make(its body)`` and close, with a RST if ``reset``."""

    def script(peer: Peer) -> None:
        body = peer.request()
        if body is None:
            return
        data = make(body)
        if data:
            peer.send(data)
        if reset:
            peer.wait(0.05)  # let the bytes be read: a RST may overtake them
            peer.reset()

    return script


def hangs(make: Callable[[bytes], bytes], *, after: Callable[[bytes], bytes] = lambda _body: b"") -> Script:
    """Answer with ``make(its body)``, pause for 30 s, then ``after(its body)``."""

    def script(peer: Peer) -> None:
        body = peer.request()
        if body is not None:
            data = make(body)
            if data:
                peer.send(data)
            if not peer.wait(PAUSE):
                peer.send(after(body))

    return script


def drips(before: Callable[[bytes], bytes], then: Callable[[bytes], bytes]) -> Script:
    """Send ``before`` at once and ``then`` at one byte a second."""

    def script(peer: Peer) -> None:
        body = peer.request()
        if body is not None:
            peer.send(before(body) or b"H")
            peer.drip(then(body), 1.0)

    return script


def good(body: bytes) -> bytes:
    return response(answer(body))


def nothing(_body: bytes) -> bytes:
    return b""


def flood(peer: Peer) -> None:
    """100 MB of body, without a length to see it by."""
    if peer.request() is not None:
        peer.send(head(Connection="close"))
        for _ in range(1600):
            peer.send(b" " * 65536)


def endless_headers(peer: Peer) -> None:
    if peer.request() is not None:
        peer.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            peer.send(b"X-%d: y\r\n" % number * 50)


def never_reads(peer: Peer) -> None:
    peer.wait(PAUSE)


def first_lost(peer: Peer) -> None:
    """Lose the first request of all, answer the others."""
    if peer.server.connections == 1:
        peer.request()
        peer.reset()
    else:
        healthy(peer)


def answers_then(way: str) -> Script:
    """Answer one request and end the connection while it is idle."""

    def script(peer: Peer) -> None:
        peer.send(response(answer(peer.request() or b"")))
        getattr(peer, way)()

    return script


def answers_then_swallows(peer: Peer) -> None:
    """Answer one request, read the next and close without a word, on the first connection."""
    if peer.server.connections > 1:
        healthy(peer)
        return
    peer.send(response(answer(peer.request() or b"")))
    peer.request()


def answers_then_resets(peer: Peer) -> None:
    """Answer one request; on the first connection, reset when the next one comes in, unread."""
    if peer.server.connections > 1:
        healthy(peer)
        return
    peer.send(response(answer(peer.request() or b"")))
    peer.sock.recv(1, socket.MSG_PEEK)
    peer.reset()


def slowly(peer: Peer) -> None:
    """A reply in small pieces with pauses, all in time."""
    body = peer.request()
    if body is not None:
        data = good(body)
        peer.drip(data, 0.05, len(data) // 6 + 1)
        healthy(peer)


def chunked(body: bytes) -> bytes:
    data = answer(body)
    parts = [data[i : i + 50] for i in range(0, len(data), 50)]
    return head(Transfer_Encoding="chunked") + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


def spoilt_padding(body: bytes) -> bytes:
    """A whole number of blocks whose last one decrypts to anything but padding."""
    content = sealed_content(body)
    last = content[-32:]
    return content[:-32] + last[:30] + f"{int(last[30:], 16) ^ 0x5A:02X}"


def json_of(body: bytes, **change: str | None) -> bytes:
    return response(answer(body, change=change))


def with_client_certificate(authority: Authority) -> SSLContext:
    context = authority.context()
    context.verify_mode = CERT_REQUIRED
    context.load_verify_locations(authority.pem)
    return context


def plain_server_met_by_tls(peer: Peer) -> None:
    peer.sock.recv(65536)
    peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def tls_server_met_by_plain(peer: Peer) -> None:
    if peer.request() is not None:
        peer.send(b"\x15\x03\x01\x00\x02\x02\x46")


def bomb(megabytes: int) -> bytes:
    """Return gzip data that unpacks to so many MB of blanks: one flushed block, repeated."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = engine.compress(b" " * (1 << 20)) + engine.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(6) + b"\x03" + block * megabytes + b"\x03\x00"


BOMB = bomb(256)
PORTAL = b"<!DOCTYPE html><html><head><title>login</title></head><body>please log in</body></html>"


def status_rows() -> Iterator[Row]:
    """Every status, without and with an envelope: the platform's own word counts, whatever the status."""
    for status, reason, tells, doubt in (
        (401, "Unauthorized", "身份认证", False),
        (403, "Forbidden", "白名单", True),
        (404, "Not Found", "strUrl", False),
        (405, "Method Not Allowed", "POST", False),
        (413, "Content Too Large", "请求过大", False),
        (500, "Internal Server Error", "平台内部出错", True),
        (502, "Bad Gateway", "前置机", True),
        (503, "Service Unavailable", "暂停服务", True),
        (504, "Gateway Timeout", "前置机", True),
    ):
        page = b"<html><body>%d</body></html>" % status

        def bare(_body: bytes, status: int = status, reason: str = reason, page: bytes = page) -> bytes:
            return head(status, reason, Content_Type="text/html", Content_Length=len(page)) + page

        title = f"HTTP {status}，没有平台报文"
        yield Row(f"http-{status}", title, "9008", tells, says(bare), doubt=doubt, core=status == 502)
        if status in (401, 404, 413, 500, 502, 503):

            def spoken(body: bytes, status: int = status) -> bytes:
                return response(answer(body, ret_code="8007", biz="{}"), status)

            yield Row(f"http-{status}-json", f"HTTP {status}，带平台报文（8007）", "8007", "失败", says(spoken))


def foreign_rows() -> Iterator[Row]:
    """JSON of something in front of the platform: its word, success included, ends nothing."""
    for name, status, body in (
        ("504", 504, {"code": 504, "msg": "网关超时"}),
        ("200", 200, {"code": 504, "msg": "网关超时"}),
        ("success", 200, {"code": "0000", "msg": "success"}),
        ("success-599", 599, {"ret_code": "0000"}),
    ):
        data = json.dumps(body, ensure_ascii=False).encode()
        title = f"网关的 JSON（HTTP {status}）：{data.decode()}"

        def spoken(_body: bytes, status: int = status, data: bytes = data) -> bytes:
            return response(data, status)

        yield Row(f"gateway-{name}", title, "9008", "不是平台的报文", says(spoken), doubt=True, core=name == "success")


def rows() -> Iterator[Row]:
    """Yield the table."""
    # No connection: the platform is untouched, nothing is in doubt.
    yield Row("refused", "端口无人监听", "8004", "拒绝连接", port="closed", arrived=0, seconds=RETRIES, core=True)
    yield Row("name-unknown", "域名不存在", "8004", "解析失败", port="unknown", arrived=0, seconds=RETRIES, core=True)
    yield Row(
        "no-answer-to-syn", "连接请求石沉大海", "8004", "连接平台", port="full", arrived=0, seconds=CONNECT_TIMEOUT
    )
    # Silence.
    yield Row("silent", "收下请求后沉默", "8001", "没有应答", hangs(nothing), doubt=True, seconds=TIMEOUT, core=True)
    yield Row(
        "never-reads", "接通后不读也不答", "8001", "没有应答", never_reads, doubt=True, seconds=TIMEOUT, arrived=0
    )
    yield Row(
        "pause-before-reply",
        "停 30 秒再应答",
        "8001",
        "没有应答",
        hangs(nothing, after=good),
        doubt=True,
        seconds=TIMEOUT,
    )
    yield Row(
        "pause-in-headers",
        "应答头中途停 30 秒",
        "8001",
        "没有在时限内传完",
        hangs(lambda b: good(b)[:25], after=lambda b: good(b)[25:]),
        doubt=True,
        seconds=TIMEOUT,
    )
    yield Row(
        "pause-in-body",
        "应答体中途停 30 秒",
        "8001",
        "没有在时限内传完",
        hangs(lambda b: good(b)[:-9], after=lambda b: good(b)[-9:]),
        doubt=True,
        seconds=TIMEOUT,
    )
    yield Row(
        "byte-a-second-headers",
        "从应答头起每秒一字节",
        "8001",
        "没有在时限内传完",
        drips(nothing, lambda b: good(b)[1:]),
        doubt=True,
        seconds=TIMEOUT,
    )
    yield Row(
        "byte-a-second-body",
        "应答体每秒一字节",
        "8001",
        "没有在时限内传完",
        drips(lambda b: good(b)[:-30], lambda b: good(b)[-30:]),
        doubt=True,
        seconds=TIMEOUT,
    )
    yield Row(
        "length-too-long-silent",
        "Content-Length 偏大后沉默",
        "8001",
        "没有在时限内传完",
        hangs(lambda b: head(Content_Length=9999) + answer(b)),
        doubt=True,
        seconds=TIMEOUT,
    )
    # The connection breaks.
    yield Row(
        "reset-before-headers", "应答前被重置", "8001", "网络读失败", cut(nothing, reset=True), doubt=True, core=True
    )
    yield Row("reset-in-headers", "应答头中被重置", "8002", "中断", cut(lambda b: good(b)[:25], reset=True), doubt=True)
    yield Row(
        "reset-after-headers",
        "应答头后被重置",
        "8002",
        "中断",
        cut(lambda b: good(b).partition(b"\r\n\r\n")[0] + b"\r\n\r\n", reset=True),
        doubt=True,
    )
    yield Row("reset-in-body", "应答体中被重置", "8002", "中断", cut(lambda b: good(b)[:-9], reset=True), doubt=True)
    yield Row("reset-after-body", "应答完整后被重置", "00", "", cut(good, reset=True))
    yield Row("closed-before-headers", "不应答就关闭", "8001", "关闭了连接", cut(nothing), doubt=True)
    yield Row("closed-in-headers", "应答头中关闭", "8002", "中断", cut(lambda b: good(b)[:25]), doubt=True)
    yield Row(
        "closed-in-body",
        "应答体中关闭（Content-Length 偏大）",
        "8002",
        "中断",
        cut(lambda b: good(b)[:-9]),
        doubt=True,
        core=True,
    )
    yield Row("reading-lost-once", "查询类：首次被重置，自动重发", "00", "", first_lost, writing=False, arrived=2)
    yield Row(
        "reading-lost-twice",
        "查询类：两次都被重置",
        "8001",
        "被断开",
        cut(nothing, reset=True),
        writing=False,
        arrived=2,
    )
    yield Row(
        "reading-silent", "查询类：沉默（不重发）", "8001", "没有应答", hangs(nothing), writing=False, seconds=TIMEOUT
    )
    # Kept connections.
    yield Row(
        "kept-closed-idle", "保持的连接闲置时被关闭", "00", "", answers_then("close"), warm=CLOSED, arrived=2, core=True
    )
    yield Row("kept-reset-idle", "保持的连接闲置时被重置", "00", "", answers_then("reset"), warm=CLOSED, arrived=2)
    yield Row(
        "kept-swallowed",
        "保持的连接收下请求后关闭",
        "8001",
        "关闭了连接",
        answers_then_swallows,
        warm=KEPT,
        doubt=True,
        arrived=2,
    )
    yield Row(
        "kept-swallowed-reading",
        "查询类：保持的连接收下请求后关闭",
        "00",
        "",
        answers_then_swallows,
        warm=KEPT,
        writing=False,
        arrived=3,
    )
    yield Row(
        "kept-closed-at-once",
        "保持的连接在请求到达的同时被重置",
        "8001",
        "断开",
        answers_then_resets,
        warm=KEPT,
        doubt=True,
        arrived=1,
    )
    # Framing.
    yield Row(
        "length-too-short",
        "Content-Length 偏小",
        "9008",
        "",
        cut(lambda b: head(Content_Length=20) + answer(b)),
        doubt=True,
    )
    yield Row(
        "length-nonsense",
        "Content-Length 不是数字",
        "8002",
        "长度标识损坏",
        cut(lambda b: head(Content_Length="x1") + answer(b)),
        doubt=True,
    )
    yield Row(
        "length-twice",
        "两个不同的 Content-Length",
        "8002",
        "长度标识损坏",
        cut(lambda b: head(Content_Length="5, 6") + answer(b)),
        doubt=True,
    )
    yield Row(
        "chunk-size-damaged",
        "分块长度损坏",
        "8002",
        "分块损坏",
        cut(lambda b: chunked(b).replace(b"\r\n32\r\n", b"\r\nZZ\r\n", 1)),
        doubt=True,
    )
    yield Row(
        "chunk-too-long",
        "分块比其长度长",
        "8002",
        "分块损坏",
        cut(lambda b: chunked(b).replace(b"\r\n32\r\n", b"\r\n30\r\n", 1)),
        doubt=True,
    )
    yield Row("chunks-unfinished", "缺少最后一个分块", "8002", "中断", cut(lambda b: chunked(b)[:-5]), doubt=True)
    yield Row(
        "gzip-bomb",
        "压缩炸弹（解开 256 MB）",
        "9008",
        "超过",
        cut(lambda b: response(BOMB, Content_Encoding="gzip")),
        doubt=True,
        core=True,
    )
    yield Row(
        "gzip-damaged",
        "压缩数据损坏",
        "8002",
        "压缩数据损坏",
        cut(lambda b: response(b"\x1f\x8b" + answer(b), Content_Encoding="gzip")),
        doubt=True,
    )
    yield Row(
        "gzip-truncated",
        "压缩数据不完整",
        "8002",
        "压缩数据损坏",
        cut(lambda b: response(gzip.compress(answer(b))[:-20], Content_Encoding="gzip")),
        doubt=True,
    )
    yield Row(
        "coding-unknown",
        "无法识别的压缩方式",
        "9008",
        "压缩方式",
        cut(lambda b: response(b"\x0b\x02\x80" + answer(b), Content_Encoding="br")),
        doubt=True,
    )
    yield Row(
        "coding-too-often",
        "压缩方式叠了三层",
        "9008",
        "压缩方式",
        cut(lambda b: response(b"\x1f\x8b", Content_Encoding="gzip, gzip, gzip")),
        doubt=True,
    )
    yield Row(
        "body-100mb-announced",
        "应答体 100 MB（有长度）",
        "9008",
        "超过",
        cut(lambda _b: head(Content_Length=100 << 20)),
        doubt=True,
    )
    yield Row("body-100mb-streamed", "应答体 100 MB（无长度）", "9008", "超过", flood, doubt=True)
    yield Row("headers-endless", "应答头没完没了", "9008", "应答头过大", endless_headers, doubt=True)
    # Not the platform.
    yield Row(
        "not-http", "对方不是 HTTP 服务", "9008", "不是 HTTP", cut(lambda _b: b"SSH-2.0-OpenSSH_9.2\r\n"), doubt=True
    )
    yield Row(
        "moved-301",
        "HTTP 301 转址",
        "9008",
        "elsewhere.test:80",
        says(lambda _b: head(301, "Moved", Location="http://elsewhere.test/?q=1", Content_Length=0)),
    )
    for status, reason in ((302, "Found"), (307, "Temporary Redirect"), (308, "Permanent Redirect")):

        def moved(_body: bytes, status: int = status, reason: str = reason) -> bytes:
            return head(status, reason, Location="http://10.9.8.7/ehcService/gateway.do", Content_Length=0)

        yield Row(
            f"moved-{status}", f"HTTP {status} 转址（不跟随）", "9008", f"10.9.8.7:80（HTTP {status}）", says(moved)
        )
    yield Row(
        "moved-302-within",
        "HTTP 302 转到同一主机：可能已处理",
        "9008",
        "HTTP 302",
        says(lambda _b: head(302, "Found", Location="/result", Content_Length=0)),
        doubt=True,
    )
    yield Row(
        "see-other-303",
        "HTTP 303：已处理，结果在别处",
        "9008",
        "HTTP 303",
        says(lambda _b: head(303, "See Other", Location="/result", Content_Length=0)),
        doubt=True,
    )
    yield Row(
        "portal-302",
        "上网认证：转到登录页",
        "9008",
        "上网认证",
        says(lambda _b: head(302, "Found", Location="https://login.test:8443/", Content_Length=0)),
    )
    yield Row(
        "portal-200",
        "上网认证：直接返回登录网页",
        "9008",
        "网页",
        says(lambda _b: response(PORTAL)),
        doubt=True,
        core=True,
    )
    yield Row("http-to-https-port", "http 连到 https 端口", "9008", "https", tls_server_met_by_plain)
    yield from status_rows()
    yield from foreign_rows()
    # Contents.
    yield Row("empty-body", "应答为空", "9004", "没有内容", says(lambda _b: response(b"")), doubt=True, core=True)
    yield Row("no-content-204", "HTTP 204", "9004", "没有内容", says(lambda _b: head(204, "No Content")), doubt=True)
    yield Row("blank-body", "应答只有空白", "9004", "没有内容", says(lambda _b: response(b" \r\n\t ")), doubt=True)
    yield Row("not-json", "应答不是 JSON", "9008", "", says(lambda _b: response(b"OK")), doubt=True)
    yield Row("json-cut", "JSON 不完整", "9008", "", says(lambda b: response(answer(b)[:-9])), doubt=True)
    yield Row("json-array", "JSON 数组", "9008", "", says(lambda b: response(b"[" + answer(b) + b"]")), doubt=True)
    yield Row("json-deep", "JSON 嵌套过深", "9008", "", says(lambda _b: response(b'{"a":' + b"[" * 90000)), doubt=True)
    yield Row("no-ret-code", "没有 ret_code", "9008", "ret_code", says(lambda b: json_of(b, ret_code=None)), doubt=True)
    yield Row(
        "utf16",
        "字符集不对（UTF-16）",
        "9008",
        "",
        says(lambda b: response(answer(b).decode().encode("utf-16"))),
        doubt=True,
    )
    yield Row(
        "wrong-charset",
        "坏字节：按 ? 处理，验签不过",
        "9003",
        "签名不符",
        says(lambda b: response(answer(b)[:-1] + b',"x":"\xff\xff"}')),
        doubt=True,
        unverified="00",
    )
    yield Row("gbk", "GBK 编码的应答", "00", "", says(lambda b: response(answer(b).decode().encode("gbk"))))
    yield Row("bom", "带 BOM 的应答", "00", "", says(lambda b: response(b"\xef\xbb\xbf" + answer(b))))
    yield Row(
        "duplicate-keys-same",
        "重复的字段（相同）",
        "00",
        "",
        says(lambda b: response(answer(b)[:-1] + b',"ret_code":"0000"}')),
    )
    yield Row(
        "duplicate-keys",
        "重复的字段（不同）：后者为准，验签不过",
        "9003",
        "验签失败",
        says(lambda b: response(answer(b)[:-1] + b',"ret_code":"8007"}')),
        doubt=True,
        unverified="8007",
    )
    yield Row(
        "signature-wrong",
        "签名不符",
        "9003",
        "签名不符",
        says(lambda b: json_of(b, ret_msg="改过")),
        doubt=True,
        core=True,
        unverified="00",
    )
    yield Row(
        "signature-missing",
        "没有签名",
        "9003",
        "没有签名",
        says(lambda b: json_of(b, sign=None)),
        doubt=True,
        unverified="00",
    )
    yield Row(
        "other-key",
        "用另一个密钥加密和签名",
        "9007",
        "",
        says(lambda b: response(answer(b, key="OTHER" * 6))),
        doubt=True,
    )
    yield Row("other-cipher", "加密类型与密文不符", "9007", "", says(lambda b: json_of(b, enc_type="AES")), doubt=True)
    yield Row(
        "padding-damaged",
        "填充损坏",
        "9007",
        "",
        says(lambda b: json_of(b, biz_content=spoilt_padding(b))),
        doubt=True,
        core=True,
    )
    yield Row(
        "cipher-cut",
        "密文不完整",
        "9007",
        "",
        says(lambda b: json_of(b, biz_content=sealed_content(b)[:-7])),
        doubt=True,
    )
    # TLS: no request leaves before the certificate holds.
    yield Row("tls-good", "https 正常", "00", "", tls=Authority.context)
    yield Row(
        "tls-expired",
        "证书过期",
        "8004",
        "已过期",
        tls=lambda a: a.context(begin=-9 * DAY, end=-2 * DAY),
        arrived=0,
        core=True,
    )
    yield Row(
        "tls-clock-behind",
        "本机时间慢一天",
        "8004",
        "请检查本机时间",
        tls=lambda a: a.context(begin=DAY / 2, end=9 * DAY),
        arrived=0,
    )
    yield Row(
        "tls-clock-ahead",
        "本机时间快一天",
        "8004",
        "校准本机时间",
        tls=lambda a: a.context(begin=-9 * DAY, end=-DAY / 2),
        arrived=0,
    )
    yield Row("tls-self-signed", "自签名证书", "8004", "自签名", tls=lambda a: a.context(self_signed=True), arrived=0)
    yield Row(
        "tls-wrong-host",
        "证书与主机名不符",
        "8004",
        "不符",
        tls=lambda a: a.context(names=("other.test",)),
        arrived=0,
        core=True,
    )
    yield Row("tls-1.0", "只会 TLS 1.0", "8004", "版本过旧", tls=lambda a: only_tls10(a.context()), arrived=0)
    yield Row("tls-client-certificate", "要求客户端证书", "8004", "客户端证书", tls=with_client_certificate, arrived=0)
    yield Row(
        "tls-silent",
        "TLS 握手沉默",
        "8004",
        "TLS 超时",
        never_reads,
        port="https-to-plain",
        arrived=0,
        seconds=CONNECT_TIMEOUT,
    )
    yield Row(
        "tls-reset",
        "TLS 握手时被重置",
        "8004",
        "TLS 时被断开",
        lambda p: (p.sock.recv(65536), p.reset())[1],
        port="https-to-plain",
        arrived=0,
        seconds=RETRIES,
    )
    yield Row(
        "https-to-http-port",
        "https 连到 http 端口",
        "8004",
        "不是 https",
        plain_server_met_by_tls,
        port="https-to-plain",
        arrived=0,
    )
    # Odd, yet right.
    yield Row(
        "continue-100", "多余的 100 Continue", "00", "", says(lambda b: b"HTTP/1.1 100 Continue\r\n\r\n" + good(b))
    )
    yield Row("http-1.0", "HTTP/1.0，以关闭结束", "00", "", cut(lambda b: b"HTTP/1.0 200 OK\r\n\r\n" + answer(b)))
    yield Row("chunked-good", "分块传输", "00", "", says(chunked))
    yield Row(
        "gzip-good", "压缩传输", "00", "", says(lambda b: response(gzip.compress(answer(b)), Content_Encoding="gzip"))
    )
    yield Row(
        "gzip-two-members",
        "压缩传输，分为两段",
        "00",
        "",
        says(
            lambda b: response(gzip.compress(answer(b)[:30]) + gzip.compress(answer(b)[30:]), Content_Encoding="gzip")
        ),
    )
    yield Row(
        "coding-mislabelled",
        "未压缩而标为 UTF-8",
        "00",
        "",
        says(lambda b: response(answer(b), Content_Encoding="UTF-8")),
    )
    yield Row(
        "gzip-mislabelled", "未压缩而标为 gzip", "00", "", says(lambda b: response(answer(b), Content_Encoding="gzip"))
    )
    yield Row(
        "transfer-mislabelled",
        "Transfer-Encoding 写成字符集",
        "00",
        "",
        says(lambda b: response(answer(b), Transfer_Encoding="utf8")),
    )
    yield Row("slow-in-time", "断断续续但没有超时", "00", "", slowly, seconds=0.4)


ROWS = list(rows())

# These need a name server of the tests' own (`nameserver`), so they run in a process of their own.
NAME_ROWS = [
    Row("dns-good", "域名正常", "00", "", port="good.vcchk.test"),
    Row("dns-slow", "域名服务器 0.3 秒后才答复", "00", "", port="slow.vcchk.test", seconds=0.4),
    Row("ipv6-only", "域名只有 IPv6 地址", "00", "", port="six.vcchk.test", host="::1"),
    Row("ipv6-half-dead", "IPv6 地址不通，IPv4 正常", "00", "", port="half.vcchk.test"),
    Row(
        "ipv4-dead-ipv6-good",
        "IPv4 地址石沉大海，IPv6 正常",
        "00",
        "",
        port="dead4.vcchk.test",
        host="::1",
        silent="127.0.0.3",
        seconds=CONNECT_TIMEOUT / 2,
    ),
    Row(
        "first-address-dead",
        "多个地址，第一个石沉大海",
        "00",
        "",
        port="several.vcchk.test",
        silent="127.0.0.3",
        seconds=CONNECT_TIMEOUT / 2,
    ),
    Row("first-address-refuses", "多个地址，第一个拒绝连接", "00", "", port="several.vcchk.test"),
    Row("dns-nxdomain", "域名服务器答复：不存在", "8004", "解析失败", port="nx.vcchk.test", arrived=0, seconds=RETRIES),
    Row(
        "dns-servfail",
        "域名服务器答复：失败",
        "8004",
        "解析失败",
        port="servfail.vcchk.test",
        arrived=0,
        seconds=RETRIES,
    ),
    Row(
        "dns-silent", "域名服务器沉默", "8004", "解析超时", port="silent.vcchk.test", arrived=0, seconds=CONNECT_TIMEOUT
    ),
    Row(
        "dns-garbage",
        "域名服务器答复乱码",
        "8004",
        "解析超时",
        port="garbage.vcchk.test",
        arrived=0,
        seconds=CONNECT_TIMEOUT,
    ),
]


def full_listener(host: str = "127.0.0.1", port: int = 0) -> tuple[socket.socket, list[socket.socket]]:
    """Return a listener that answers no SYN (its queue is full) and the sockets that fill it."""
    listener = socket.socket()
    listener.bind((host, port))
    listener.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    return listener, fillers


def reply_is_right(text: str) -> bool:
    """Tell whether OutData is the business JSON that the healthy platform sent."""
    try:
        return bool(json.loads(text).get("user_name") == "测试")
    except (ValueError, AttributeError):
        return False
