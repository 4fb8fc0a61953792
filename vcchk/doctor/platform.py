"""Checks of the way to the platform, stage by stage: DNS, TCP, TLS, a harmless query, its signature, the clock.

The query is ``regquery`` of an ID number that nobody has: it reads, has no serial number and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES, ReplyError, VcchkError
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.doctor.rules import QueryRules
from vcchk.network.connection import connect, resolve
from vcchk.network.deadline import Deadline
from vcchk.network.fault import Fault, to_error
from vcchk.network.gateway import Gateway
from vcchk.network.http1 import Reply
from vcchk.network.pool import Pool
from vcchk.network.route import Route
from vcchk.network.url import Target, is_allowed, is_listed, is_public, parse_url
from vcchk.records import log, sealing
from vcchk.records.masking import mask_text
from vcchk.settings import Settings, places
from vcchk.wire import codec
from vcchk.wire.profile import Profile
from vcchk.wire.provenance import may_name_a_patient
from vcchk.wire.signing import Signature

if TYPE_CHECKING:
    from vcchk.network.connection import Address

REPLY = "平台应答"
"""The check's title."""
NOBODY = "110000190001010018"
"""Well-formed, of a place (110000) that gives no numbers out."""
CLOCK_WARN_SECONDS = 120.0
CLOCK_FAIL_SECONDS = 12 * 3600.0
CERTIFICATE_DAYS = 30
_MAX_QUOTE_CHARACTERS = 120
"""Characters of what a gateway said."""

# The platform's answers that say something about this site's settings: code → (level, what to do).
_ANSWERS: dict[str, tuple[str, str]] = {
    PLATFORM_SUCCESS: (OK, ""),
    "3001": (OK, ""),
    "1001": (WARN, "平台有应答；要查到底请加 --app-id，或用 --indata 给出 HIS 的请求"),
    "1002": (WARN, "平台有应答；要查到底请加 --term-id，或用 --indata 给出 HIS 的请求"),
    "1008": (FAIL, "平台不认识这个应用编号，请向平台核对 app_id"),
    "1009": (FAIL, "平台不认识这个终端编号，请向平台核对 term_id"),
    "1010": (WARN, "应用没有 regquery 权限，其他接口不受影响"),
    "9003": (FAIL, "平台验签不通过：请核对密钥；密钥无误则是报文规则不同，见 vcchk wire infer"),
    "9007": (FAIL, "平台解密失败：请核对密钥和 enc_type；都无误则是报文规则不同，见 vcchk wire infer"),
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """What the harmless query is made of. ``fields``: the envelope without key."""

    url: str
    fields: dict[str, str]
    key: str = field(default="", repr=False)


def network(settings: Settings, query: Query) -> Iterator[Finding]:
    """Examine the way to ``query.url``; stops at the stage that fails."""
    try:
        target = parse_url(query.url)
    except VcchkError as error:
        yield Finding(check="平台地址", level=FAIL, text=error.message, advice="请核对 strUrl")
        return
    for warning in target.warnings:
        yield Finding(check="平台地址", level=WARN, text=warning, advice="请核对 strUrl")
    if not is_allowed(target, settings.gateway.allow_hosts):
        yield Finding(
            check="平台地址",
            level=FAIL,
            text=f"{target.host_port} 不在 [gateway] allow_hosts 之列",
            advice="请加入，或核对 strUrl",
        )
        return
    if settings.gateway.proxy:
        yield Finding(check="DNS", level=OK, text="经代理服务器，由代理解析和连接")
    else:
        good = True
        for finding in _stages(settings, target):
            good = good and finding.level != FAIL
            yield finding
        if not good:
            return
    yield from _ask(settings, query)


def _stages(settings: Settings, target: Target) -> Iterator[Finding]:
    deadline = Deadline(settings.gateway.connect_timeout)
    begin = time.perf_counter()
    try:
        addresses = resolve(target.host, target.port, deadline)
    except Fault as fault:
        yield _failed("DNS", fault, target)
        return
    names = "、".join(dict.fromkeys(str(address[1][0]) for address in addresses))
    yield Finding(check="DNS", level=OK, text=f"{target.host} → {names}（{_ms(begin)}）")

    stages: dict[str, float] = {}
    try:
        connection = connect(target.host, target.port, deadline, stages, resolver=lambda *_: addresses)
    except Fault as fault:
        yield _failed("TCP", fault, target)
        return
    address = str(connection.address[1][0])
    connection.close()
    yield Finding(check="TCP", level=OK, text=f"{target.host_port} 能连接（{stages['connect']:.1f} 毫秒）")

    if target.scheme == "http":
        if is_public(address):
            yield Finding(
                check="TLS", level=WARN, text="平台在公网而用 http 明文传输", advice="请向平台索要 https 地址"
            )
        else:
            yield Finding(check="TLS", level=OK, text="http，内网地址，不加密")
        return
    yield _tls(settings, target, addresses)


def _tls(settings: Settings, target: Target, addresses: list[Address]) -> Finding:
    route = Route(settings.gateway, places.state_folder(settings), lambda *_: addresses, lambda *_: None)
    try:
        connection = route.connect(target, Pool(0.0), Deadline(settings.gateway.connect_timeout), {})
    except Fault as fault:
        return _failed("TLS", fault, target)
    try:
        sock: Any = connection.sock
        facts = f"{sock.version()}，{sock.cipher()[0]}"
        certificate: dict[str, Any] = sock.getpeercert() or {}
    finally:
        connection.close()
    if not certificate:
        return Finding(check="TLS", level=WARN, text=f"{facts}，未校验证书", advice="请改为 [gateway] verify = yes")
    if is_listed(target, settings.gateway.legacy_tls_hosts):
        return Finding(
            check="TLS",
            level=WARN,
            text=f"{facts}，按 [gateway] legacy_tls_hosts 放宽了版本和算法",
            advice="请催平台升级 TLS，升级后从 legacy_tls_hosts 中删去",
        )
    import ssl

    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400)
    if days < CERTIFICATE_DAYS:
        return Finding(
            check="TLS",
            level=WARN,
            text=f"{facts}，平台证书还有 {days} 天过期",
            advice="请提醒平台更换证书",
            figures={"certificate_days": days},
        )
    return Finding(check="TLS", level=OK, text=f"{facts}，证书有效，还有 {days} 天", figures={"certificate_days": days})


def _ask(settings: Settings, query: Query) -> Iterator[Finding]:
    """Send the harmless query; findings of its reply, its signature and the clock."""
    try:
        key = query.key
        if not key and settings.wire.key:
            key = sealing.reveal(settings.wire.key, places.state_folder(settings))
        rules = QueryRules(settings, query.url, query.fields.get("app_id", ""))
    except VcchkError as error:
        yield Finding(check=REPLY, level=FAIL, text=error.message, advice="请先处理上面的设置问题")
        return
    if not key:
        yield Finding(
            check=REPLY,
            level=WARN,
            text="没有密钥，未发查询",
            advice="请加 --key-file，或用 --indata 给出 HIS 的请求，或设置 [wire] key",
        )
        return
    if not rules.may_ask:
        yield Finding(
            check=REPLY,
            level=WARN,
            text="今日已多次被平台以验签、解密失败拒绝，为免应用被锁定，未发查询",
            advice="请核对密钥，再执行 vcchk wire probe",
        )
        return
    begin = time.perf_counter()
    reply: Reply | None = None
    try:
        reply = _send(settings, query, rules.profile, key)
        raw = codec.read(rules.profile, reply.body, reply=True)
        opened = codec.unseal(rules.profile, raw, key, request=query.fields)
    except VcchkError as error:
        said = f"（{error.cause}）" if isinstance(error, ReplyError) and error.cause else ""
        yield Finding(check=REPLY, level=FAIL, text=f"{error.message}[{error.code}]{said}", advice="请按提示处理")
    else:
        yield from _answer(settings, rules, reply.status, raw, opened, _ms(begin))
    if reply is not None:
        yield _clock(reply)


def _send(settings: Settings, query: Query, profile: Profile, key: str) -> Reply:
    """Send the query and return what came. Raises VcchkError."""
    gateway = Gateway(settings.gateway, log.get(), places.state_folder(settings))
    try:
        sealed = codec.seal_request(profile, query.fields, f'{{"id_type":"01","id_no":"{NOBODY}"}}', key)
        return gateway.post(
            codec.address(query.url, sealed.path),
            sealed.body,
            sealed.content_type,
            writing=False,
            deadline=Deadline(settings.gateway.timeout),
        )
    finally:
        gateway.close()


def _answer(
    settings: Settings, rules: QueryRules, status: int, raw: codec.Raw, opened: codec.Opened, took: str
) -> Iterator[Finding]:
    """Say what the platform answered, or that it was not the platform; a refusal is one of the day's."""
    code = opened.ret_code
    if not may_name_a_patient(raw.wire, code):
        said = mask_text(f"{code} {opened.ret_msg}".strip())[:_MAX_QUOTE_CHARACTERS]
        text = f"收到的应答不是平台的报文（HTTP {status}，{said}）"
        yield Finding(check=REPLY, level=FAIL, text=text, advice="请检查前置机、代理和 strUrl")
        return
    if code in ("9003", "9007"):
        rules.refused()
    level, advice = _ANSWERS.get(code, (WARN, "平台有应答，但没有接受查询；请按返回码处理"))
    facts = SENTENCES.get(code, "")
    yield Finding(check=REPLY, level=level, text=f"{code} {facts}（{took}）".replace("  ", " "), advice=advice)
    yield _signature(settings, opened.signature)


def _signature(settings: Settings, state: str) -> Finding:
    check = "应答验签"
    if state == Signature.HELD:
        return Finding(check=check, level=OK, text="平台应答的签名相符")
    if settings.wire.verify_reply == "off":
        return Finding(check=check, level=WARN, text="[wire] verify_reply = off，不验签", advice="建议改为 auto")
    level = FAIL if settings.wire.verify_reply == "strict" else WARN
    if state == Signature.MISSING:
        return Finding(check=check, level=level, text="平台应答没有签名", advice="请向平台确认应答是否签名")
    return Finding(
        check=check,
        level=level,
        text="平台应答的签名不符",
        advice="请核对密钥；密钥无误则是报文规则不同，见 vcchk wire infer",
    )


def _clock(reply: Reply) -> Finding:
    check = "时钟"
    stamp = reply.headers.get("date", "")
    try:
        ahead = time.time() - parsedate_to_datetime(stamp).timestamp()
    except (TypeError, ValueError):
        return Finding(check=check, level=OK, text="平台应答没有时间，未比较")
    facts = f"本机比平台{'快' if ahead > 0 else '慢'} {abs(ahead):.0f} 秒"
    level, advice = OK, ""
    if abs(ahead) >= CLOCK_FAIL_SECONDS:
        level, advice = FAIL, "请校准本机时间和时区，否则证书和二维码会被判过期"
    elif abs(ahead) >= CLOCK_WARN_SECONDS:
        level, advice = WARN, "请校准本机时间"
    elif abs(ahead) <= 2:
        facts = "本机与平台时间一致"
    return Finding(check=check, level=level, text=facts, advice=advice, figures={"clock_seconds": round(ahead, 1)})


def _failed(check: str, fault: Fault, target: Target) -> Finding:
    error = to_error(fault, target.host_port, False)
    return Finding(check=check, level=FAIL, text=error.message, advice="处理后再运行 vcchk doctor")


def _ms(begin: float) -> str:
    return f"{(time.perf_counter() - begin) * 1000:.1f} 毫秒"
