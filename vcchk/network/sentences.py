"""What each fault of an exchange means to the caller: its code of the documents' table and a Chinese sentence.

The rows' kinds are those of `http1.Fault`. Codes are the ones issue 2 fixes for local faults: 8004 no connection,
8001 read failed or timed out, 8002 broken transfer, 9008 unreadable reply.
"""

from __future__ import annotations

from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, VcchkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.http1 import Fault

IN_DOUBT = "，交易状态未知，请先查询该笔交易，再决定是否重办"
"""Added to the sentence of a writing method that may have been carried out."""
HARMLESS = "，请稍后再试，仍不成功请检查网络或联系平台"
"""Added to the sentence of a reading method whose exchange broke: it may be repeated at will."""

AGAIN = 1
"""The connection was never made and the next attempt may succeed at once: tried again."""
RESEND = 2
"""The exchange broke on the way, not on what was said: a reading method is sent again."""

# kind: (code, may be tried again, sentence; {host} and the fault's own values are filled in)
FAULTS: dict[str, tuple[str, int, str]] = {
    # No connection: the platform is untouched.
    "dns": ("8004", AGAIN, "平台域名 {host} 解析失败，请检查 strUrl、DNS 设置和网线"),
    "dns_timeout": ("8004", 0, "平台域名 {host} 解析超时，请检查 DNS 设置和网络"),
    "refused": ("8004", AGAIN, "平台 {host} 拒绝连接，请检查地址、端口和平台服务是否启动"),
    "unreachable": ("8004", AGAIN, "平台 {host} 网络不可达，请检查网线、网关和专线"),
    "connect_timeout": ("8004", 0, "连接平台 {host} 超时，请检查网络、专线和防火墙"),
    "connect_reset": ("8004", AGAIN, "连接平台 {host} 时被断开，请检查防火墙和平台服务"),
    "blocked": ("8004", 0, "连接平台 {host} 被本机防火墙或安全软件拦截，请放行本程序"),
    "local": ("8004", AGAIN, "本机网络资源不足，无法连接平台 {host}，请重启程序或电脑"),
    "proxy": ("8004", AGAIN, "代理服务器连接失败，请检查 [gateway] proxy"),
    "ca_bundle": ("8004", 0, "CA 证书文件 {path} 打不开或格式不对，请检查 [gateway] ca_bundle"),
    "ca_list": ("8004", 0, "随附的 CA 证书表读不出，请重新安装，或设置 [gateway] ca_bundle"),
    "tls_expired": (
        "8004",
        0,
        "平台 {host} 的证书已过期（本机时间 {today}，若不对请先校准本机时间），请联系平台更换证书",
    ),
    "tls_not_yet": ("8004", 0, "平台 {host} 的证书尚未生效，请检查本机时间（现为 {today}）"),
    "tls_self_signed": ("8004", 0, "平台 {host} 使用自签名证书，请将该证书文件设为 [gateway] ca_bundle"),
    "tls_unknown_ca": ("8004", 0, "平台 {host} 的证书不是受信任机构签发，请将其 CA 证书设为 [gateway] ca_bundle"),
    "tls_wrong_host": ("8004", 0, "平台证书与地址 {host} 不符，请核对 strUrl 中的主机名，谨防冒充"),
    "tls_wrong_name": ("8004", 0, "平台不认识主机名 {host}，请核对 strUrl"),
    "tls_unverified": ("8004", 0, "平台 {host} 的证书校验不通过，请联系平台（原因见日志）"),
    "tls_weak": ("8004", 0, "平台 {host} 的证书或密钥强度不足，请联系平台更换"),
    "tls_old": ("8004", 0, "平台 {host} 的 TLS 版本过旧（低于 1.2），请联系平台升级"),
    "tls_no_cipher": ("8004", 0, "与平台 {host} 没有共同的 TLS 加密套件，请联系平台"),
    "tls_not_tls": ("8004", 0, "{host} 不是 https 端口，请核对 strUrl 是否应为 http://"),
    "tls_client_cert": ("8004", 0, "平台 {host} 要求客户端证书，请联系平台"),
    "tls_timeout": ("8004", 0, "与平台 {host} 建立 TLS 超时，请检查网络和防火墙"),
    "tls_reset": ("8004", AGAIN, "与平台 {host} 建立 TLS 时被断开，请检查防火墙和平台服务"),
    "tls_failed": ("8004", 0, "与平台 {host} 建立 TLS 失败，请联系平台（原因见日志）"),
    # Bytes have left, no reply.
    "send_timeout": ("8001", 0, "向平台 {host} 发送请求超时，请检查网络"),
    "timeout": ("8001", 0, "网络读失败：平台 {host} 在时限内没有应答"),
    "stalled": ("8001", 0, "网络读失败：平台 {host} 的应答没有在时限内传完"),
    "closed": ("8001", RESEND, "网络读失败：平台 {host} 没有应答就关闭了连接"),
    "reset": ("8001", RESEND, "网络读失败：与平台 {host} 的连接被断开"),
    # A reply began and broke.
    "cut": ("8002", RESEND, "网络传输出错：平台 {host} 的应答中断，没有传完"),
    "bad_chunk": ("8002", RESEND, "网络传输出错：平台 {host} 的应答分块损坏"),
    "bad_length": ("8002", RESEND, "网络传输出错：平台 {host} 的应答长度标识损坏"),
    "bad_coding": ("8002", RESEND, "网络传输出错：平台 {host} 的应答压缩数据损坏"),
    # What came is no reply of a platform.
    "not_http": ("9008", 0, "报文读取错误：{host} 的应答不是 HTTP，请核对 strUrl 的端口"),
    "https_wanted": ("9008", 0, "报文读取错误：{host} 是 https 端口，请将 strUrl 改为 https://"),
    "head_large": ("9008", 0, "报文读取错误：平台 {host} 的应答头过大，请核对 strUrl 或联系平台"),
    "too_large": (
        "9008",
        0,
        "报文读取错误：平台 {host} 的应答超过 {cap} 字节，请核对 strUrl，或调大 [gateway] max_reply",
    ),
    "coding": ("9008", 0, "报文读取错误：平台 {host} 的应答压缩方式无法识别，请联系平台"),
}

# HTTP statuses without an envelope: (whether the platform may have acted, what to do).
STATUSES: dict[int, tuple[bool, str]] = {
    400: (False, "平台认为请求格式不对，请核对 strUrl"),
    401: (False, "平台要求身份认证，请联系平台"),
    403: (False, "平台拒绝访问，请联系平台确认本院 IP 是否在白名单"),
    404: (False, "平台没有这个地址，请核对 strUrl 的路径"),
    405: (False, "该地址不接受 POST，请核对 strUrl 的路径"),
    407: (False, "代理服务器要求认证，请检查 [gateway] proxy"),
    408: (True, "平台等待请求超时，请检查网络"),
    411: (False, "平台不接受该请求，请联系平台"),
    413: (False, "请求过大，平台不接受，请缩小照片等内容"),
    414: (False, "strUrl 过长，平台不接受"),
    415: (False, "平台不接受该报文类型，请检查 [wire] profile"),
    429: (False, "请求过于频繁，请稍后再试"),
    500: (True, "平台内部出错，请联系平台"),
    502: (True, "平台前置机连不上后端，请联系平台"),
    503: (True, "平台暂停服务，请稍后再试或联系平台"),
    504: (True, "平台前置机等待后端超时，请联系平台"),
}
OTHER_STATUS = (True, "不是平台的正常应答，请核对 strUrl 或联系平台")


def may(fault: Fault, what: int) -> bool:
    """Tell whether ``fault`` is of a kind that allows ``what``: AGAIN or RESEND."""
    return FAULTS[fault.kind][1] == what


def to_error(fault: Fault, host: str, writing: bool) -> VcchkError:
    """Return the exception for ``fault``: ConnectError when nothing left, else ExchangeError or ReplyError.

    ``host`` is host and port as shown to people.
    """
    code, _, sentence = FAULTS[fault.kind]
    message = sentence.format(host=host, **fault.values)
    cause = f"{fault.kind} at {fault.stage}: {fault.detail}"
    if not fault.sent:
        return ConnectError(code, message, cause=cause)
    in_doubt = writing and fault.kind != "https_wanted"
    if in_doubt:
        message += IN_DOUBT
    elif code != "9008":
        message += HARMLESS
    make = ReplyError if code == "9008" else ExchangeError
    return make(code, message, cause=cause, in_doubt=in_doubt)
