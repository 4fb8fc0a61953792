"""Every way an exchange can fail, a row a kind: its code, whether another attempt may help, and the sentence.

With what became of the transaction and what to do, that is what the caller reads (`to_error`).

The codes are those of the documents' table (appendix 1 of both): 8004 no connection, 8001 no answer in time, 8002 a
transfer that broke, 9008 a reply that cannot be read.
"""

from __future__ import annotations

from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, VcchkError

IN_DOUBT = "，交易状态未知，查清前请勿重办：请工程师用 vcchk journal check 查询，没有办成的才可以重办"
"""Added to the sentence of a writing method that may have been carried out."""
VERIFY_IN_DOUBT = "，交易状态未知，请患者重新出示二维码，由 HIS 用新流水号再验"
"""In its place for a verify: the patient is still there, a new serial number costs nothing, and neither document has a
query that says how the old one ended."""
NOT_SENT = "；这笔交易没有发出，处理后可以重办"
"""Added to the sentence of a writing method of which nothing has left."""
NOT_DONE = "；平台没有办理这笔交易，处理后可以重办"
"""Added to the sentence of a writing method whose request was turned away unread or refused by its HTTP status."""
HARMLESS = "，请稍后再试，仍不成功请检查网络，并把发生时间和这句提示告诉平台"
"""Added to the sentence of a reading method whose exchange broke: it may be repeated at will."""


class Retry:
    """What may help against a fault. Plain texts, since `enum` would cost a first call more than the call itself."""

    NEVER = "never"
    CONNECT = "connect"
    """The connection was never made, and the next attempt may succeed at once."""
    RESEND = "resend"
    """The exchange broke on the way, not on what was said: a reading method may be sent again."""


# kind: (code, what may help, sentence; {host} and the fault's own values are filled in)
FAULTS: dict[str, tuple[str, str, str]] = {
    # No connection: the platform is untouched.
    "dns": ("8004", Retry.CONNECT, "平台域名 {host} 解析失败，请核对 strUrl 中的主机名，并检查网线和 DNS 设置"),
    "dns_timeout": ("8004", Retry.NEVER, "平台域名 {host} 解析超时，请检查 DNS 设置和网络"),
    "refused": ("8004", Retry.CONNECT, "平台 {host} 拒绝连接，请核对 strUrl 的地址和端口；无误时请平台确认服务已启动"),
    "unreachable": ("8004", Retry.CONNECT, "平台 {host} 网络不可达，请检查网线、网关和专线"),
    "connect_timeout": ("8004", Retry.NEVER, "连接平台 {host} 超时，请检查网络、专线和防火墙"),
    "connect_reset": ("8004", Retry.CONNECT, "连接平台 {host} 时被断开，请检查防火墙，并请平台确认服务正常"),
    "blocked": ("8004", Retry.NEVER, "连接平台 {host} 被本机防火墙或安全软件拦截，请放行本程序"),
    "local": ("8004", Retry.CONNECT, "本机网络资源不足，无法连接平台 {host}，请重启程序或电脑"),
    # On the way to or through the proxy, before its 2xx to CONNECT: the platform is untouched, too.
    "proxy_setting": ("8004", Retry.NEVER, "代理服务器的设置有误：{why}，请修改 [gateway] proxy"),
    "proxy_dns": ("8004", Retry.CONNECT, "代理服务器 {proxy} 的域名解析失败，请检查 [gateway] proxy 和 DNS 设置"),
    "proxy_refused": (
        "8004",
        Retry.CONNECT,
        "代理服务器 {proxy} 拒绝连接，请核对 [gateway] proxy 的地址和端口，并请网管确认代理已启动",
    ),
    "proxy_connect": (
        "8004",
        Retry.CONNECT,
        "代理服务器 {proxy} 连接失败，请检查本机网络，并核对 [gateway] proxy 的地址和端口",
    ),
    "proxy_timeout": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 在时限内没有接通平台 {host}，请网管检查代理，以及代理到平台的网络",
    ),
    "proxy_closed": (
        "8004",
        Retry.CONNECT,
        "代理服务器 {proxy} 没有接通平台 {host} 就断开了，请网管检查代理，以及代理到平台的网络",
    ),
    "proxy_login": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 要求登录（HTTP 407），请在 [gateway] proxy 中写 http://用户名:密码@地址:端口",
    ),
    "proxy_password": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 不接受该用户名和密码，请核对 [gateway] proxy",
    ),
    "proxy_scheme": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 只接受 {schemes} 方式登录，本库只支持 Basic，请网管为本机开通 Basic 或按 IP 地址放行",
    ),
    "proxy_forbids": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 不允许访问 {host}（HTTP {status}），请网管在代理上放行该地址和端口",
    ),
    "proxy_no_way": (
        "8004",
        Retry.CONNECT,
        "代理服务器 {proxy} 接不通平台 {host}（HTTP {status}），请网管检查代理到平台的网络，并核对 strUrl",
    ),
    "proxy_status": (
        "8004",
        Retry.NEVER,
        "代理服务器 {proxy} 没有接通平台 {host}（HTTP {status}），请网管查看代理的日志",
    ),
    "proxy_not_http": (
        "8004",
        Retry.NEVER,
        "{proxy} 的应答不是 HTTP 代理的应答（本库不支持 SOCKS 代理），请核对 [gateway] proxy 的地址和端口",
    ),
    "ca_bundle": ("8004", Retry.NEVER, "CA 证书文件 {path} 打不开或格式不对，请检查 [gateway] ca_bundle"),
    "ca_list": ("8004", Retry.NEVER, "随附的 CA 证书表读不出，请重新安装，或设置 [gateway] ca_bundle"),
    "client_cert": ("8004", Retry.NEVER, "客户端证书用不了：{why}，请检查 [gateway] client_cert 和 client_key"),
    "tls_expired": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的证书已过期（本机时间 {today}，若不对请先校准本机时间），请联系平台更换证书",
    ),
    "tls_not_yet": ("8004", Retry.NEVER, "平台 {host} 的证书尚未生效，请检查本机时间（现为 {today}）"),
    "tls_self_signed": (
        "8004",
        Retry.NEVER,
        "平台 {host} 使用自签名证书，请向平台索要该证书文件，设为 [gateway] ca_bundle",
    ),
    "tls_incomplete": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的证书不是受信任机构签发，或平台没有发送中间证书（只发来一张，签发者“{issuer}”），"
        "请平台补发中间证书，或索要签发者的证书文件，设为 [gateway] ca_bundle",
    ),
    "tls_unknown_ca": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的证书不是受信任机构签发（签发者“{issuer}”），请向平台索要其 CA 证书文件，"
        "设为 [gateway] ca_bundle",
    ),
    "tls_wrong_host": (
        "8004",
        Retry.NEVER,
        "平台证书与地址 {host} 不符（证书写的是 {names}），请先核对 strUrl，谨防冒充；地址无误时，{next_step}",
    ),
    "tls_wrong_name": ("8004", Retry.NEVER, "平台不认识主机名 {host}，请核对 strUrl"),
    "tls_unverified": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的证书校验不通过，请把日志中的原因告诉平台",
    ),
    "tls_short_key": ("8004", Retry.NEVER, "平台 {host} 的证书密钥太短，请平台换用 2048 位以上的证书{way_out}"),
    "tls_short_dh": ("8004", Retry.NEVER, "平台 {host} 的 DH 密钥太短，请平台换用 2048 位的 DH 参数{way_out}"),
    "tls_old_digest": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的证书或握手用 SHA-1 等过旧的算法签名，请平台换用 SHA-256 签名的证书{way_out}",
    ),
    "tls_old": ("8004", Retry.NEVER, "平台 {host} 的 TLS 版本过旧（低于 1.2），请联系平台升级到 TLS 1.2{way_out}"),
    "tls_version_refused": (
        "8004",
        Retry.NEVER,
        "平台 {host} 不接受 TLS 1.2 和 1.3（版本过旧，或只用国密 TLS），请告知平台“客户端使用 TLS 1.2 以上”{way_out}",
    ),
    "tls_renegotiation": (
        "8004",
        Retry.NEVER,
        "平台 {host} 的 TLS 不支持安全重协商（RFC 5746），请告知平台“开启安全重协商或升级”{way_out}",
    ),
    "tls_no_cipher": (
        "8004",
        Retry.NEVER,
        "与平台 {host} 谈不成 TLS（没有共同的版本或加密套件，或平台只用国密 TLS），"
        "请告知平台“客户端使用 TLS 1.2 以上”{way_out}",
    ),
    "tlcp": (
        "8004",
        Retry.NEVER,
        "平台 {host} 是国密 TLS（TLCP），本库不直接支持，请在院内装一个国密代理，把 strUrl 指向它"
        "（见接入指南“国密 TLS”）",
    ),
    "tls_http": (
        "8004",
        Retry.NEVER,
        "{host} 不是 https 端口（以 http 应答），请核对 strUrl 的端口；平台确认只提供 http 时，再改为 http://",
    ),
    "tls_foreign": ("8004", Retry.NEVER, "{host} 不是 https 端口，也不是 http，请核对 strUrl 的地址和端口"),
    "tls_client_cert": (
        "8004",
        Retry.NEVER,
        "平台 {host} 要求客户端证书，请向平台申请证书文件（.pfx），再用 vcchk secret cert 导入",
    ),
    "tls_client_cert_refused": (
        "8004",
        Retry.NEVER,
        "平台 {host} 不接受本机的客户端证书，请向平台核对该证书是否已登记、是否过期（[gateway] client_cert）",
    ),
    "tls_timeout": ("8004", Retry.NEVER, "与平台 {host} 建立 TLS 超时，请检查网络和防火墙，并核对 strUrl 的端口"),
    "tls_reset": (
        "8004",
        Retry.CONNECT,
        "与平台 {host} 建立 TLS 时被断开，请检查防火墙，核对 strUrl 的端口，并请平台确认服务正常",
    ),
    "tls_failed": ("8004", Retry.NEVER, "与平台 {host} 建立 TLS 失败，请把日志中的原因告诉平台"),
    # Bytes have left, no reply.
    "send_timeout": ("8001", Retry.NEVER, "网络读失败：请求没有在时限内发完（平台 {host}）"),
    "timeout": ("8001", Retry.NEVER, "网络读失败：平台 {host} 在时限内没有应答"),
    "stalled": ("8001", Retry.NEVER, "网络读失败：平台 {host} 的应答没有在时限内传完"),
    "closed": ("8001", Retry.RESEND, "网络读失败：平台 {host} 没有应答就关闭了连接"),
    "reset": ("8001", Retry.RESEND, "网络读失败：与平台 {host} 的连接被断开"),
    # A reply began and broke.
    "cut": ("8002", Retry.RESEND, "网络传输出错：平台 {host} 的应答中断，没有传完"),
    "bad_chunk": ("8002", Retry.RESEND, "网络传输出错：平台 {host} 的应答分块损坏"),
    "bad_length": ("8002", Retry.RESEND, "网络传输出错：平台 {host} 的应答长度标识损坏"),
    "bad_coding": ("8002", Retry.RESEND, "网络传输出错：平台 {host} 的应答压缩数据损坏"),
    # What came is no reply of a platform.
    "not_http": ("9008", Retry.NEVER, "报文读取错误：{host} 的应答不是 HTTP，请核对 strUrl 的端口"),
    "https_wanted": ("9008", Retry.NEVER, "报文读取错误：{host} 是 https 端口，请将 strUrl 改为 https://"),
    "tlcp_wanted": (
        "9008",
        Retry.NEVER,
        "报文读取错误：{host} 是国密 TLS（TLCP）端口，请在院内装一个国密代理，把 strUrl 指向它（见接入指南“国密 TLS”）",
    ),
    "head_large": (
        "9008",
        Retry.NEVER,
        "报文读取错误：平台 {host} 的应答头过大，请核对 strUrl；无误时请告知平台“应答头超过 64 KB”",
    ),
    "too_large": (
        "9008",
        Retry.NEVER,
        "报文读取错误：平台 {host} 的应答超过 {cap} 字节，请核对 strUrl，或调大 [gateway] max_reply",
    ),
    "coding": (
        "9008",
        Retry.NEVER,
        "报文读取错误：平台 {host} 的应答压缩方式无法识别，请告知平台“客户端不支持这种压缩”",
    ),
}


_UNREAD = ("https_wanted", "tlcp_wanted")
"""Kinds of a reply by which the request was not read: who speaks TLS cannot read a plain one."""


class Fault(Exception):
    """An exchange that failed.

    ``kind``: a row of `FAULTS`. ``stage``: dns, connect, proxy, tls, send, wait or read. ``sent``: a byte of the
    request may have left this machine. ``replied``: a byte of a reply came. ``detail``: for the log, English, no
    personal data. ``values``: what the kind's sentence names beside the host.
    """

    def __init__(
        self, kind: str, stage: str, detail: str = "", *, sent: bool = False, replied: bool = False, **values: object
    ) -> None:
        super().__init__(f"{kind} at {stage}" + (f": {detail}" if detail else ""))
        self.kind = kind
        self.stage = stage
        self.detail = detail
        self.sent = sent
        self.replied = replied
        self.values = values

    @property
    def retry(self) -> str:
        """What may help against it: an attribute of `Retry`."""
        return FAULTS[self.kind][1]


def for_verify(message: str) -> str:
    """Return a sentence with the advice of a verify in place of the general one: it may be done again at once."""
    return message.replace(IN_DOUBT, VERIFY_IN_DOUBT)


def to_error(fault: Fault, host: str, writing: bool) -> VcchkError:
    """Return the exception for ``fault``: ConnectError when nothing left, else ExchangeError or ReplyError.

    ``host`` is host and port as shown to people.
    """
    code, _, sentence = FAULTS[fault.kind]
    message = sentence.format(host=host, **fault.values)
    cause = f"{fault.kind} at {fault.stage}: {fault.detail}"
    if not fault.sent:
        return ConnectError(code, message + (NOT_SENT if writing else ""), cause=cause)
    in_doubt = writing and fault.kind not in _UNREAD
    if in_doubt:
        message += IN_DOUBT
    elif writing:
        message += NOT_DONE
    elif code != "9008":
        message += HARMLESS
    make = ReplyError if code == "9008" else ExchangeError
    return make(code, message, cause=cause, in_doubt=in_doubt)
