"""Judging a reply: is it the platform's, is its signature right where it must be, and what does the HIS get of it."""

from __future__ import annotations

from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES, SUCCESS, RemoteProtocolError, ReplyError
from vcchk.base.result import Result
from vcchk.network.fault import IN_DOUBT
from vcchk.records import masking
from vcchk.transaction.binding import Binding
from vcchk.transaction.reply_habits import SIGNS
from vcchk.wire import jsontext
from vcchk.wire.jsontext import Literal
from vcchk.wire.provenance import has_own_code, is_the_platforms, may_name_a_patient
from vcchk.wire.signing import Signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.records.log import Log
    from vcchk.settings import WireSettings
    from vcchk.transaction.call import PlatformReply
    from vcchk.transaction.reply_habits import ReplyHabits
    from vcchk.wire.codec import Opened
    from vcchk.wire.message import Message

UNSIGNED_BY_NATURE = frozenset({"1001", "1006", "1007", "1008", "8003", "9001", "9008"})
"""Refusals from before a platform knows whose key to sign with (``verify_reply = auto`` alone)."""
MAX_CODE_CHARS = 15
"""Characters of a platform's own code that the return value holds (16 bytes with the NUL)."""
_CODE_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-")
_MAX_QUOTE_CHARS = 60
"""Characters of a gateway's own words, or of a code that is none, that a sentence repeats."""
_MAX_LOGGED_CHARS = 120
"""Characters of them that the log has."""
_FAULTS_OF_SIGNATURE = {
    Signature.MISSING: "没有签名",
    Signature.WRONG: "签名不符",
    Signature.UNCHECKED: "因没有密钥而无法验签",
}


class Judge:
    """Judges replies by ``[wire] verify_reply`` and ``bind_reply``, and by what is known of the platform."""

    def __init__(self, settings: WireSettings, log: Log, habits: ReplyHabits) -> None:
        self._settings = settings
        self._log = log
        self._habits = habits
        self._binding = Binding(settings.bind_reply, log, habits)

    def result(self, reply: PlatformReply, request: Message, *, writing: bool) -> Result:
        """Return what the HIS gets. Raises ReplyError 9008, RemoteProtocolError 9003, 9008."""
        trusted = self._habits.knows(reply.sender, SIGNS)
        is_platforms = is_the_platforms(
            reply.profile,
            is_verified=reply.opened.signature == Signature.HELD,
            status=reply.status,
            members=reply.raw.wire,
            first_contact=not trusted,
        )
        rule = self._settings.verify_reply
        must_verify = rule == "strict" or (rule == "auto" and trusted)
        if not is_platforms and (
            _is_bare_success(reply) or (_looks_like_a_gateways(reply) and (writing or must_verify))
        ):
            raise _not_the_platforms(reply)
        self._check_signature(reply, must_verify)
        self._binding.check(request, reply)
        unsigned_after_trust = rule == "auto" and trusted and _is_unsigned_by_nature(reply.opened)
        if writing and (not is_platforms or unsigned_after_trust):
            return self._in_doubt(reply, "应答没有签名，无法确认是平台所发")
        result = self._result_for_his(reply)
        if writing and result.code not in (SUCCESS, _trimmed(reply.opened.ret_code)):
            # "0000 " and 0 may well have meant success.
            return self._in_doubt(reply, "平台返回码不合规范，无法确认办理结果")
        return result

    # --- the signature ---

    def _check_signature(self, reply: PlatformReply, must_verify: bool) -> None:
        """`[wire] verify_reply`: off, strict, or auto (a warning until one reply of the platform has verified)."""
        rule = self._settings.verify_reply
        opened = reply.opened
        if rule == "off":
            return
        if opened.signature == Signature.HELD:
            self._habits.remember(reply.sender, SIGNS)
            return
        if rule == "auto" and (opened.signature == Signature.UNCHECKED or _is_unsigned_by_nature(opened)):
            return
        fault = _FAULTS_OF_SIGNATURE[opened.signature]
        if must_verify:
            quote = f"{opened.ret_code} {opened.ret_msg}" if opened.ret_code != PLATFORM_SUCCESS else ""
            refusal = f"（平台返回 {quote}）" if quote else ""
            raise RemoteProtocolError(
                "9003",
                f"验签失败：平台应答{fault}{refusal}，请核对密钥（key）和 [wire] profile",
                cause=_cause(reply),
                quote=quote,
            )
        self._log.warn(f"平台应答{fault}；本机尚无一次验签通过，按 [wire] verify_reply = auto 放行")

    # --- what the HIS gets ---

    def _in_doubt(self, reply: PlatformReply, why: str) -> Result:
        """Return the result of a writing call whose reply proves nothing: in doubt, a refusal with its code.

        Raises ReplyError 9008 for a success.
        """
        if reply.opened.ret_code == PLATFORM_SUCCESS:
            raise _not_the_platforms(reply)
        self._log.warn(f"{why}，交易状态未知", cause=_cause(reply))
        refusal = self._result_for_his(reply)
        return refusal.replace(message=refusal.message + IN_DOUBT, in_doubt=True)

    def _result_for_his(self, reply: PlatformReply) -> Result:
        """Return what the HIS gets of a reply that is accepted (document A 3.2: 00, else the code and its message)."""
        opened = reply.opened
        if opened.ret_code == PLATFORM_SUCCESS:
            biz = opened.biz if isinstance(opened.biz, dict) else {}
            if opened.biz is not None and not isinstance(opened.biz, dict):
                self._log.warn("平台应答的 biz_content 不是 JSON 对象，照原样交给 HIS，请核对 [wire] profile")
            masking.remember(biz)
            return Result(code=SUCCESS, text="{}" if opened.biz is None else jsontext.compact(opened.biz), biz=biz)
        code = _trimmed(opened.ret_code)
        is_value = not isinstance(opened.ret_code, Literal) or code[:1] in "-0123456789"
        if not code:
            raise RemoteProtocolError(
                "9008", "平台应答的 ret_code 为空，请把发生时间和“ret_code 为空”告诉平台", cause="ret_code is empty"
            )
        sentence = opened.ret_msg or SENTENCES.get(code) or SENTENCES["9999"]
        if not (is_value and _can_be_returned(code)):
            return Result(code="9998", message=f"{sentence}（平台返回码 {code[:_MAX_QUOTE_CHARS]}）")
        return Result(code=code, message=sentence)


def _trimmed(code: str) -> str:
    """Return a code as a HIS sees it: programs trim what they compare, and a C string ends at a NUL."""
    return code.replace("\0", "").strip()


def _is_unsigned_by_nature(opened: Opened) -> bool:
    return opened.signature == Signature.MISSING and opened.ret_code in UNSIGNED_BY_NATURE


def _can_be_returned(code: str) -> bool:
    """Tell whether a refusal's code may be the return value: short, plain, and no program takes it for success.

    An old program compares two characters: 0001 would read as success. One that makes a number of it reads 0 so, and
    -0 and 0.0.
    """
    is_plain = len(code) <= MAX_CODE_CHARS and _CODE_CHARACTERS.issuperset(code)
    return is_plain and not code.startswith(SUCCESS) and code.strip("-.0") != ""


def _looks_like_a_gateways(reply: PlatformReply) -> bool:
    """Tell whether a reply comes with a gateway's status, or names its return code otherwise than the platform."""
    return reply.status >= 500 or not has_own_code(reply.profile, reply.raw.wire)


def _is_bare_success(reply: PlatformReply) -> bool:
    """Tell whether a reply is a bare success: a gateway's "ok" brings no business data."""
    if reply.opened.ret_code != PLATFORM_SUCCESS:
        return False
    if _looks_like_a_gateways(reply):
        return reply.status >= 500 or not reply.opened.biz or reply.raw.biz_name == ""
    return reply.opened.biz is None


def _cause(reply: PlatformReply) -> str:
    names = ", ".join(map(masking.mask_word, list(reply.raw.wire)[:8]))
    code = masking.mask_serial(reply.opened.ret_code[:MAX_CODE_CHARS])
    return f"HTTP {reply.status}, code {code or 'none'}, signature {reply.opened.signature}, members {names}"


def _not_the_platforms(reply: PlatformReply) -> ReplyError:
    """Return the error for a reply of something in front of the platform, which may have carried the call out."""
    opened = reply.opened
    text = masking.mask_text(f"{opened.ret_code} {opened.ret_msg}".strip())
    quote = text[:_MAX_QUOTE_CHARS]
    cause = _cause(reply)
    if not may_name_a_patient(reply.raw.wire, opened.ret_code):
        cause += f", said: {text[:_MAX_LOGGED_CHARS]}"
    return ReplyError(
        "9008",
        f"报文读取错误：收到的应答不是平台的报文（HTTP {reply.status}，{quote}），请检查前置机、代理和 strUrl",
        cause=cause,
        in_doubt=True,
        quote=quote,
    )
