"""One exchange with the platform: seal → send → open, its signature checked, its end written into the journal."""

from __future__ import annotations

from vcchk.base.errors import (
    PLATFORM_SUCCESS,
    SENTENCES,
    SUCCESS,
    ExchangeError,
    RemoteProtocolError,
    ReplyError,
    VcchkError,
)
from vcchk.base.result import Result
from vcchk.network.sentences import IN_DOUBT
from vcchk.records import masking
from vcchk.transaction.journaled import JournaledGateway
from vcchk.wire import codec, message
from vcchk.wire.signature import Signature
from vcchk.wire.site_profile import resolve_profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Gateway
    from vcchk.records.journal import Journal
    from vcchk.records.log import Log
    from vcchk.settings import Settings
    from vcchk.transaction.call import Call
    from vcchk.transaction.signature_memory import SignatureTrust
    from vcchk.wire.message import Message
    from vcchk.wire.profile import Profile

# What to do, where the table's bare sentence is all that is known.
ADVICE = {
    "9006": "，请核对密钥（key）",
    "1006": "，应答的 enc_type 不认识，请联系平台",
    "9004": "，请核对 strUrl",
    "9007": "，请核对密钥（key）和 [wire] profile",
    "9008": "，请核对 strUrl 和 [wire] profile",
}

# Refusals from before the platform knows whose key to sign with: unsigned by nature, so not a lie (auto alone).
UNSIGNED_BY_NATURE = frozenset({"1001", "1006", "1007", "1008", "8003", "9001", "9008"})
LONGEST_CODE = 15
"""Characters of a platform's own code that the return value holds (`abi.RET_SIZE` less the NUL)."""
_FAULTS_OF_SIGNATURE = {
    Signature.MISSING: "没有签名",
    Signature.WRONG: "签名不符",
    Signature.UNCHECKED: "因没有密钥而无法验签",
}


class Exchange:
    """Sends requests to the platform by the site's wire profile. Safe for threads."""

    def __init__(self, settings: Settings, log: Log, gateway: Gateway, journal: Journal, trust: SignatureTrust) -> None:
        self._settings = settings
        self._log = log
        self._gateway = gateway
        self._journal = journal
        self._trust = trust
        self._profile: Profile | None = None

    def run(self, call: Call, url: str, request: Message, key: str, deadline: Deadline) -> Result:
        """Seal, send, open. Raises VcchkError; what remains unknown stays open in the journal."""
        profile = self._wire_profile()
        sealed = codec.seal_request(profile, request.fields, request.biz_text, key)
        host = self._gateway.host(url)
        call.stage("seal")
        gateway = JournaledGateway(
            self._gateway,
            self._journal,
            call,
            request.method,
            request.fields.get("term_id", ""),
            masking.mask_person(request.biz or {}) if call.writing else "",
        )
        try:
            reply = gateway.post(
                codec.address(url, sealed.path),
                sealed.body,
                sealed.content_type,
                writing=call.writing,
                deadline=deadline,
            )
            opened = codec.open(profile, reply.body, key, request=request.fields)
            masking.remember(opened.fields)
            self._check_signature(f"{profile.name} {host}", opened)
            result = self._result(opened)
        except VcchkError as error:
            reported = _reported_to_caller(error, call.writing)
            gateway.end(reported.code, in_doubt=reported.in_doubt)
            if reported is error:
                raise
            raise reported from error
        call.stage("open")
        gateway.end(result.code)
        return result

    def _result(self, opened: codec.Opened) -> Result:
        """Return what the HIS gets of the platform's reply (document A 3.2: 00, else the code and its message)."""
        code = opened.ret_code
        if code == PLATFORM_SUCCESS:
            biz = opened.biz if isinstance(opened.biz, dict) else {}
            if opened.biz is not None and not isinstance(opened.biz, dict):
                self._log.warn("平台应答的 biz_content 不是 JSON 对象，照原样交给 HIS，请核对 [wire] profile")
            masking.remember(biz)
            return Result(code=SUCCESS, text="{}" if opened.biz is None else message.compact(opened.biz), biz=biz)
        # Programs trim what they compare, and a C string ends at a NUL.
        bare = code.replace("\0", "").strip()
        if not bare:
            raise RemoteProtocolError("9008", "平台应答的 ret_code 为空，请联系平台", cause="ret_code is empty")
        sentence = opened.ret_msg or SENTENCES.get(bare) or SENTENCES["9999"]
        if bare.startswith(SUCCESS) or len(bare) > LONGEST_CODE or not (bare.isascii() and bare.isprintable()):
            # An old program compares two characters: 0001 would read as success. The other two cannot be handed back.
            return Result(code="9998", message=f"{sentence}（平台返回码 {bare}）")
        return Result(code=bare, message=sentence)

    def _check_signature(self, site: str, opened: codec.Opened) -> None:
        """`[wire] verify_reply`: off, strict, or auto (a warning until one reply of the site has verified)."""
        rule = self._settings.wire.verify_reply
        if rule == "off":
            return
        if opened.signature == Signature.HELD:
            self._trust.remember(site)
            return
        by_nature = opened.signature == Signature.MISSING and opened.ret_code in UNSIGNED_BY_NATURE
        if rule == "auto" and (opened.signature == Signature.UNCHECKED or by_nature):
            return
        fault = _FAULTS_OF_SIGNATURE[opened.signature]
        if rule == "strict" or self._trust.known(site):
            refusal = f"（平台返回 {opened.ret_code} {opened.ret_msg}）" if opened.ret_code != PLATFORM_SUCCESS else ""
            raise RemoteProtocolError(
                "9003",
                f"验签失败：平台应答{fault}{refusal}，请核对密钥（key）和 [wire] profile",
                cause=f"reply signature {opened.signature}",
            )
        self._log.warn(f"平台应答{fault}；本机尚无一次验签通过，按 [wire] verify_reply = auto 放行")

    def _wire_profile(self) -> Profile:
        if self._profile is None:
            self._profile = resolve_profile(self._settings.wire.profile, self._settings.profiles)
        return self._profile


def _reported_to_caller(error: VcchkError, writing: bool) -> VcchkError:
    """Return the error as the HIS gets it: with what to do, and with what keeps people from doing it twice.

    It is of the same kind: who was wrong stays in the type.
    """
    if not isinstance(error, (ExchangeError, ReplyError, RemoteProtocolError)):
        return error
    in_doubt = writing and (isinstance(error, RemoteProtocolError) or error.in_doubt)
    sentence = error.message
    if sentence == SENTENCES.get(error.code):
        sentence += ADVICE.get(error.code, "")
    if in_doubt and IN_DOUBT not in sentence:
        sentence += IN_DOUBT
    return type(error)(error.code, sentence, cause=error.cause, in_doubt=in_doubt)
