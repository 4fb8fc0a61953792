"""Whether a reply belongs to the request that it came to (``[wire] bind_reply``).

A signature proves who wrote a reply, not which request it answers: a proxy that caches answers one patient's request
with another's reply, and every byte of it verifies.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from vcchk.base.errors import PLATFORM_SUCCESS, ReplyError
from vcchk.specification import codes, kinds
from vcchk.specification.comparison import compare
from vcchk.wire.signing import Signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.records.log import Log
    from vcchk.transaction.call import PlatformReply
    from vcchk.transaction.reply_habits import ReplyHabits
    from vcchk.wire.message import Message

MAX_SIGNATURES = 2000
"""How many of a process's last signatures are remembered."""
SAME_SECOND = 2.0
"""Seconds after a reply in which a question may still get one with its stamp: one, and as much to spare."""
ABOUT_A_PERSON = frozenset({
    "card_no", "ecToken", "EcQrCode", "ehealth_authurl", "ehealth_card_id", "ehealth_code", "id_no", "mindex_id",
    "mobile_phone", "smk_id", "user_name", "xman_id",
})  # fmt: skip
"""Members by which a reply is one patient's; what has none of them may well be the same for two."""
_SCENE = frozenset({
    "ECUrl", "IsMultiCode", "businessInfo", "businessType", "ip_addr", "officeId", "officeName", "office_code",
    "operator_id", "operator_name", "orgId", "treatment_code",
})  # fmt: skip
"""Members of a request that say who asks where and for what (记录科室场景), and nothing of whom it is about."""

_ONLY_REGISTERED = frozenset({
    "address", "apply_method", "birthday", "certificate_mode", "mobile_phone", "nation", "photo_fomat", "photo_format",
    "photo_info", "telephone", "user_sex", "work_unit",
})  # fmt: skip
"""Members of a registration that its reply does not have (A 4.1, B 4.1): who has a card gets it back as it is, whatever
they say, so that a till and a kiosk that register one person in one second get the same reply."""


class Binding:
    """Compares replies with their requests. Safe for threads."""

    def __init__(self, rule: str, log: Log, habits: ReplyHabits) -> None:
        self._rule = rule
        self._log = log
        self._habits = habits
        self._signatures = Signatures()

    def check(self, request: Message, reply: PlatformReply) -> None:
        """Raise ReplyError 9008, in doubt, for a reply to something else; nothing of it may be handed on."""
        if self._rule == "off":
            return
        asked = request.biz or {}
        answered = reply.opened.biz if isinstance(reply.opened.biz, dict) else {}
        comparison = compare(request.method, asked, answered)
        if comparison.differs:
            raise _to_something_else(f"its {comparison.differs} is not the request's")
        self._check_echo("app_id", request, reply)
        if not kinds.is_push(request.method, asked):  # document B prints authurl's name for it
            self._check_echo("method", request, reply)
        if comparison.serial_matched or reply.opened.signature != Signature.HELD:
            return
        signature = reply.opened.fields.get("sign", "")
        stamp = reply.opened.fields.get("timestamp", "")
        subject = _subject(request)
        # A platform that stamps its replies makes no two alike, so that the same question is the same business fields.
        exact = _exact_question(request) if stamp else subject
        age = self._signatures.came_for_another(signature, exact, subject, reply.asked_at)
        if age is None:
            return
        is_dated = bool(stamp) and reply.opened.ret_code == PLATFORM_SUCCESS
        # By its own clock, not the request's time sent back: that may be the same for all that a program sends.
        is_old = age > SAME_SECOND and stamp not in ("", request.fields.get("timestamp", ""))
        if self._rule == "strict" or is_old or _cannot_share_a_reply(request, answered, is_dated):
            raise _to_something_else("its signature came with a reply to another request before")

    def _check_echo(self, name: str, request: Message, reply: PlatformReply) -> None:
        """Compare a member of the envelope, which the documents want to be 与请求报文一致; not every city keeps to it.

        Until a platform has once echoed it rightly, another value is a warning.
        """
        asked = kinds.bare(request.fields.get(name, "").strip())
        answered = kinds.bare(reply.opened.fields.get(name, "").strip())
        if not asked or not answered:
            return
        habit = f"echoes {name}"
        if asked == answered:
            self._habits.remember(reply.sender, habit)
        elif self._rule == "strict" or self._habits.knows(reply.sender, habit):
            raise _to_something_else(f"its {name} is not the request's")
        else:
            self._log.warn(f"平台应答的 {name} 与请求不符；本站尚未见过相符的应答，按 [wire] bind_reply = auto 放行")


class Signatures:
    """The last signatures that verified, and the question that each answered."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._questions: dict[str, tuple[int, int, float]] = {}

    def came_for_another(self, signature: str, exact: str, subject: str, asked_at: float) -> float | None:
        """Return how many seconds before ``asked_at`` the signature came for another question, None if it did not.

        A new one is remembered.

        A platform's stamp has whole seconds: two windows that scan one patient's code within one get the same reply,
        though their serial numbers differ. So for `SAME_SECOND` the ``subject`` counts, later the ``exact`` question.
        It is when the question was asked that counts: its reply may have been long on the way.
        """
        asked = (hash(exact), hash(subject), monotonic())
        with self._lock:
            known = self._questions.setdefault(signature, asked)
            if len(self._questions) > MAX_SIGNATURES:
                del self._questions[next(iter(self._questions))]
        age = asked_at - known[2]
        is_another = known[1] != asked[1] if age <= SAME_SECOND else known[0] != asked[0]
        return age if is_another else None


def _exact_question(request: Message) -> str:
    return f"{kinds.bare(request.method)}\n{request.biz_text}"


def _subject(request: Message) -> str:
    """Return a text that two requests share when one reply without a stamp may rightly serve both.

    The same patient's second scan is answered to the letter as the first, also at another window: serial numbers, times
    and the scene do not count.
    """
    if request.biz is None:
        return _exact_question(request)
    unsaid = _SCENE | _ONLY_REGISTERED if kinds.is_registration(request.method) else _SCENE
    subject = [
        f"{name}={_card_of(value) if name == 'ehealth_code' else value}"
        for name, value in request.biz.items()
        if not name.startswith("out_") and name not in unsaid
    ]
    return "\n".join([kinds.bare(request.method), *subject])


def _card_of(code: Any) -> str:
    """Return the card that a health code is of: a patient's static code and dynamic one have the same reply."""
    scanned = codes.read(str(code))
    return scanned.fields[0] if scanned.kind == codes.HEALTH else scanned.text


def _cannot_share_a_reply(request: Message, answered: Mapping[str, Any], is_dated: bool) -> bool:
    """Tell whether two requests cannot have the same reply: it is a patient's, or a write's success with its time.

    Times have whole seconds, so two writes that are refused in one second get the same bytes.
    """
    return not ABOUT_A_PERSON.isdisjoint(answered) or (is_dated and kinds.is_writing(request.method))


def _to_something_else(cause: str) -> ReplyError:
    sentence = "应答与请求不符，请检查代理、网关是否缓存了应答；没有缓存时请把发生时间和“应答与请求不符”告诉平台"
    return ReplyError("9008", sentence, cause=f"reply: {cause}", in_doubt=True)
