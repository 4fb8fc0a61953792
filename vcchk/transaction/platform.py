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
from vcchk.network import sentences
from vcchk.network.url import parse_url
from vcchk.records import journal, masking
from vcchk.transaction.call import Outcome
from vcchk.transaction.signature_memory import SignatureTrust
from vcchk.wire import codec, message, profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Gateway
    from vcchk.records.journal import Journal
    from vcchk.records.log import Log
    from vcchk.settings import Settings
    from vcchk.transaction.call import Call
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
_SIGNATURE = {"missing": "没有签名", "wrong": "签名不符", "unchecked": "因没有密钥而无法验签"}


class Exchange:
    """Sends requests to the platform by the site's wire profile. Safe for threads."""

    def __init__(self, settings: Settings, log: Log, gateway: Gateway, records: Journal, trust: SignatureTrust) -> None:
        self._settings = settings
        self._log = log
        self._gateway = gateway
        self._journal = records
        self._trust = trust
        self._rules: Profile | None = None
        self._known_host = ("", "")  # a HIS has one strUrl

    def run(self, call: Call, url: str, request: Message, key: str, deadline: Deadline) -> Outcome:
        """Seal, send, open. Raises VcchkError; what remains unknown stays open in the journal."""
        rules = self._profile()
        sealed = codec.seal_request(rules, request.fields, request.biz_text, key)
        host = self._host(url)
        call.stage("seal")
        if call.writing:
            call.row = self._journal.begin(
                request.method,
                call.serial,
                request.fields.get("term_id", ""),
                masking.mask_person(request.biz or {}),
                host,
            )
            call.stage("journal")
        try:
            reply = self._gateway.post(
                codec.address(url, sealed.path),
                sealed.body,
                sealed.content_type,
                writing=call.writing,
                deadline=deadline,
            )
            call.measured(reply.stages)
            opened = codec.open(rules, reply.body, key, enc_type=request.fields.get("enc_type", ""))
            masking.remember(opened.fields)
            self._check_signature(f"{rules.name} {host}", opened)
            outcome = self._outcome(opened)
        except (ExchangeError, ReplyError, RemoteProtocolError) as error:
            told = _told(error, call.writing)
            if told.in_doubt:
                self.in_doubt(call, told.code)
            else:
                self.closed(call, told.code)
            raise told from error
        except VcchkError as error:
            self.closed(call, error.code)
            raise
        call.stage("open")
        self.closed(call, outcome.code)
        return outcome

    def _outcome(self, opened: codec.Opened) -> Outcome:
        """What the HIS is told of the platform's answer (document A 3.2: 00, else the code and its message)."""
        code = opened.ret_code
        if code == PLATFORM_SUCCESS:
            biz = opened.biz if isinstance(opened.biz, dict) else {}
            if opened.biz is not None and not isinstance(opened.biz, dict):
                self._log.warn("平台应答的 biz_content 不是 JSON 对象，照原样交给 HIS，请核对 [wire] profile")
            masking.remember(biz)
            return Outcome(code=SUCCESS, biz_text="{}" if opened.biz is None else message.compact(opened.biz), biz=biz)
        # Programs trim what they compare, and a C string ends at a NUL.
        bare = code.replace("\0", "").strip()
        if not bare:
            raise RemoteProtocolError("9008", "平台应答的 ret_code 为空，请联系平台", cause="ret_code is empty")
        words = opened.ret_msg or SENTENCES.get(bare) or SENTENCES["9999"]
        if bare.startswith(SUCCESS) or len(bare) > LONGEST_CODE or not (bare.isascii() and bare.isprintable()):
            # An old program compares two characters: 0001 would read as success. The other two cannot be handed back.
            return Outcome(code="9998", message=f"{words}（平台返回码 {bare}）")
        return Outcome(code=bare, message=words)

    def _check_signature(self, site: str, opened: codec.Opened) -> None:
        """`[wire] verify_reply`: off, strict, or auto (a warning until one reply of the site has verified)."""
        rule = self._settings.wire.verify_reply
        if rule == "off":
            return
        if opened.signature == "held":
            self._trust.remember(site)
            return
        by_nature = opened.signature == "missing" and opened.ret_code in UNSIGNED_BY_NATURE
        if rule == "auto" and (opened.signature == "unchecked" or by_nature):
            return
        state = _SIGNATURE[opened.signature]
        if rule == "strict" or self._trust.known(site):
            said = f"（平台返回 {opened.ret_code} {opened.ret_msg}）" if opened.ret_code != PLATFORM_SUCCESS else ""
            raise RemoteProtocolError(
                "9003",
                f"验签失败：平台应答{state}{said}，请核对密钥（key）和 [wire] profile",
                cause=f"reply signature {opened.signature}",
            )
        self._log.warn(f"平台应答{state}；本机尚无一次验签通过，按 [wire] verify_reply = auto 放行")

    def _host(self, url: str) -> str:
        known, host = self._known_host
        if known != url:
            host = parse_url(url).host
            self._known_host = (url, host)
        return host

    def _profile(self) -> Profile:
        if self._rules is None:
            self._rules = profile.resolve(self._settings.wire.profile, self._settings.profiles)
        return self._rules

    def closed(self, call: Call, code: str) -> None:
        """The HIS is told ``code``: the call's record is closed."""
        if call.row != journal.NOT_RECORDED:
            self._journal.close(call.row, code)

    def in_doubt(self, call: Call, code: str) -> None:
        """The HIS is told ``code``, the platform may have acted: the call's record stays open."""
        if call.row != journal.NOT_RECORDED:
            self._journal.doubt(call.row, code)


def _told(error: ExchangeError | ReplyError | RemoteProtocolError, writing: bool) -> ExchangeError:
    """Return the error as the HIS is told it: with what to do, and with what keeps people from doing it twice."""
    in_doubt = writing and (isinstance(error, RemoteProtocolError) or error.in_doubt)
    words = error.message
    if words == SENTENCES.get(error.code):
        words += ADVICE.get(error.code, "")
    if in_doubt and sentences.IN_DOUBT not in words:
        words += sentences.IN_DOUBT
    return ExchangeError(error.code, words, cause=error.cause, in_doubt=in_doubt)
