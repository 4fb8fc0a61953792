"""One exchange with the platform: seal → send → open → judge, its end written into the journal."""

from __future__ import annotations

from vcchk.base.errors import SENTENCES, SUCCESS, ExchangeError, RemoteProtocolError, ReplyError, VcchkError
from vcchk.network.fault import IN_DOUBT
from vcchk.records import masking
from vcchk.specification import kinds
from vcchk.transaction.calibration import WRONG_SIGNATURE, signing_ambiguity
from vcchk.transaction.channel import Channel
from vcchk.transaction.journaled import JournaledGateway
from vcchk.transaction.reply import Judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.base.result import Result
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Gateway
    from vcchk.records.journal import Journal
    from vcchk.records.log import Log
    from vcchk.settings import Settings
    from vcchk.transaction.calibration import Calibration
    from vcchk.transaction.call import OngoingCall, PlatformReply
    from vcchk.transaction.reply_habits import ReplyHabits
    from vcchk.wire.codec import Opened
    from vcchk.wire.message import Message
    from vcchk.wire.profile import Profile

# What to do, where the table's bare sentence is all that is known.
ADVICE = {
    "9006": "，请核对密钥（key）",
    "1006": "，请把“应答的 enc_type 不认识”告诉平台",
    "9004": "，请核对 strUrl",
    "9007": "，请核对密钥（key）和 [wire] profile",
    "9008": "，请核对 strUrl 和 [wire] profile",
}


class Exchange:
    """Sends requests to the platform by the site's wire profile. Safe for threads."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        gateway: Gateway,
        journal: Journal,
        habits: ReplyHabits,
        calibration: Calibration,
    ) -> None:
        self._gateway = gateway
        self._journal = journal
        self._log = log
        self._calibration = calibration
        self._judge = Judge(settings.wire, log, habits)
        self._last_encodings: dict[str, str] = {}  # by host

    def run(self, call: OngoingCall, url: str, request: Message, deadline: Deadline) -> Result:
        """Seal, send, open. Raises VcchkError; what remains unknown stays open in the journal."""
        gateway = JournaledGateway(
            self._gateway,
            self._journal,
            call,
            request.method,
            app_id=request.fields.get("app_id", ""),
            term_id=request.fields.get("term_id", ""),
            person=masking.mask_person(request.biz or {}) if call.writing else "",
            inquiry=_what_asking_needs(request, url),
        )
        channel = Channel(gateway, call, url, request, deadline, self._last_encodings)
        try:
            result = self._judged(call, self._calibration.exchange(channel), request)
        except VcchkError as error:
            reported = _reported_to_caller(error, call.writing)
            gateway.end(reported.code, in_doubt=reported.in_doubt)
            if reported is error:
                raise
            # Its causes alone: the log would say the same sentence twice.
            raise reported from error.__cause__ or error.__context__
        call.stage("open")
        gateway.end(result.code, in_doubt=result.in_doubt)
        return result

    def _judged(self, call: OngoingCall, reply: PlatformReply, request: Message) -> Result:
        """Return what the HIS gets of a reply, and log what is odd about it. Raises VcchkError."""
        opened = reply.opened
        for warning in opened.warnings:
            self._log.warn(f"平台应答{warning}，请把这句话告诉平台")
        masking.remember(opened.fields)
        if opened.ret_code == WRONG_SIGNATURE:
            self._warn_of_signing_ambiguity(reply.profile, request)
        result = self._judge.result(reply, request, writing=call.writing)
        call.notes.update(_loggable(opened, result))
        return result

    def _warn_of_signing_ambiguity(self, profile: Profile, request: Message) -> None:
        """Log what two signature rules sign differently in a request that the platform finds wrongly signed."""
        ambiguity = signing_ambiguity(profile, request.biz_text)
        if ambiguity:
            self._log.warn(
                f"业务数据有{ambiguity}：签名规则 biz_signed = as_is 与 canonical 在此不同，密钥无误请核对这一项",
                method=request.method,
                biz_signed=profile.biz_signed,
            )


def _what_asking_needs(request: Message, url: str) -> str:
    """Return what asking the platform about this call needs (`inquiry.prepare`), "" where nothing can be asked."""
    if not kinds.has_query(request.method):
        return ""
    from vcchk.transaction import inquiry

    return inquiry.prepare(request, url)


def _loggable(opened: Opened, result: Result) -> dict[str, object]:
    """Return what the log may have of a refusal: a code that cannot be handed on, and a sentence of the table.

    Any other sentence may name the patient.
    """
    notes: dict[str, object] = {}
    if result.code != SUCCESS:
        if result.code != opened.ret_code:
            notes["ret_code"] = masking.mask_serial(opened.ret_code)
        if opened.ret_msg in SENTENCES.values():
            notes["ret_msg"] = opened.ret_msg
    return notes


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
    return error.reworded(sentence, in_doubt=in_doubt)
