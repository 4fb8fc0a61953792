"""First contact with a platform whose wire rules are unknown: one call's part of the search for them.

Every message is the caller's own request, and the next one goes out only after a refusal that proves that nothing was
done (`vcchk.wire.inference.refusal`). Each is counted before it leaves, so that a program that is killed cannot pass
the limits. After the first success nothing is ever searched again.
"""

from __future__ import annotations

import time

from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES, SERIAL_KNOWN, LocalProtocolError, ReplyError, VcchkError
from vcchk.crypto import engine
from vcchk.network.fault import IN_DOUBT
from vcchk.records.rules_file import AMBIGUITY
from vcchk.transaction.channel import MIN_SECONDS
from vcchk.wire import app_ids, names
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile
from vcchk.wire.provenance import is_the_platforms
from vcchk.wire.signing import Signature
from vcchk.wire.site_profile import to_file_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcchk.network.http1 import Reply
    from vcchk.records.log import Log
    from vcchk.settings import WireSettings
    from vcchk.transaction.call import PlatformReply
    from vcchk.transaction.channel import Channel
    from vcchk.transaction.platform import Platform
    from vcchk.wire.inference.belief import Request
    from vcchk.wire.inference.refusal import Observation
    from vcchk.wire.inference.search import Search
    from vcchk.wire.message import Message

PAUSE = 0.25
"""Seconds between two messages of one search."""
_MAX_TRIED_SHOWN = 40
"""Profiles with their refusals that the platform's file lists, for people to read."""
_OF_THE_SEARCH = ("weights", "kind", "sign_type", "enc_type", "tried", "last_code", AMBIGUITY)
"""What the file holds while a search goes on; it goes once the profile is confirmed, or another key is used."""


class FirstContact:
    """One call to a platform that is not confirmed; the caller holds its file's lock. ``known``: the file's content.

    ``fixed``: what the INI fixes; ``first``: the profile to begin with where the application's id hints at none.
    """

    def __init__(
        self,
        settings: WireSettings,
        fixed: Mapping[str, str],
        first: Profile,
        platform: Platform,
        known: dict[str, str],
        log: Log,
    ) -> None:
        self._settings = settings
        self._fixed = fixed
        self._first = first
        self._platform = platform
        self._known = known
        self._log = log
        self._search: Search | None = None

    def run(self, channel: Channel) -> PlatformReply:
        """Send the request in one profile after another. Raises VcchkError, and OSError when nothing can be counted."""
        request = channel.request
        self._reset_counts(request.key)
        if not self._may_send():
            raise self._limit_reached()
        profile = self._first_profile(request)
        sent = 0
        while True:
            reply = self._send_counted(channel, profile)
            sent += 1
            platform_reply = self._success_in(channel, profile, reply)
            if platform_reply is not None:
                self._confirm(platform_reply, PLATFORM_SUCCESS)
                return platform_reply
            seen = self._observe(profile, reply, request)
            if seen is None:
                self._uncount()
                return channel.read(profile, reply)
            if seen.is_accepted:
                return self._accept(channel, profile, reply, seen)
            following = self._learn(profile, seen, request)
            may_go_on = sent < self._settings.calibrate_call and self._may_send()
            if following is None or not may_go_on or channel.deadline.left() < PAUSE + MIN_SECONDS:
                return self._refusal_with_advice(channel, seen, reply)
            time.sleep(PAUSE)
            profile = following

    # --- the count ---

    @property
    def _refused(self) -> int:
        count = self._known.get("refused", "")
        return int(count) if count.isdigit() else 0

    @property
    def _refused_with_this_key(self) -> int:
        count = self._known.get("refused_with_this_key", "")
        return int(count) if count.isdigit() else 0

    def _may_send(self) -> bool:
        """Tell whether the day has a message left; its last one is kept for a key that a person has corrected."""
        day = self._settings.calibrate_day
        return self._refused < day and (self._refused_with_this_key < day - 1 or day == 1)

    def _reset_counts(self, key: str) -> None:
        """Begin the counts anew on another day, and what was learned with another key."""
        day = time.strftime("%Y%m%d")
        if self._known.get("day") != day:
            self._known |= {"day": day, "refused": "0", "refused_with_this_key": "0"}
        # What was learned holds for one key; two bytes of a digest tell another one, and nothing of either.
        mark = engine.digest("SHA-256", key.encode("utf-8", "surrogatepass")).hex()[:4]
        if self._known.get("key_mark") != mark:
            self._known |= {"key_mark": mark, "refused_with_this_key": "0", **dict.fromkeys(_OF_THE_SEARCH, "")}

    def _save(self, **values: str) -> None:
        self._known |= values
        self._platform.rules.save(self._known)

    def _send_counted(self, channel: Channel, profile: Profile) -> Reply:
        """Send one message, counted as refused before it leaves; one that was not refused is taken off again."""
        self._count(1)
        try:
            return channel.send(profile)
        except VcchkError:
            self._uncount()
            raise

    def _uncount(self) -> None:
        """Take the last message off the count: it was answered, and not with a refusal of the rules."""
        self._count(-1)

    def _count(self, more: int) -> None:
        self._save(
            refused=str(self._refused + more), refused_with_this_key=str(max(0, self._refused_with_this_key + more))
        )

    def _limit_reached(self) -> VcchkError:
        """The day's refusals are used up: nothing more is sent, or the platform may lock the application."""
        # The platform's own sentence is not kept: it may name a patient.
        code = self._known.get("last_code", "") or "9003"
        return LocalProtocolError(
            code,
            f"{SENTENCES.get(code, '平台拒绝')}（今日已被平台拒绝 {self._refused} 次，"
            "为免应用被锁定未再发送；密钥可能有误：请核对密钥，再执行 vcchk wire probe）",
            cause="the day's limit of refused messages is reached",
        )

    # --- what to send ---

    def _first_profile(self, request: Message) -> Profile:
        if self._known.get("weights"):
            best = self._searching(request).belief.best()
            if best is not None:
                return best[0]
        hinted = app_ids.first_profile(request.fields.get("app_id", ""))
        return BUILTIN[hinted].replace(**self._fixed) if hinted and not self._fixed else self._first

    def _searching(self, request: Message) -> Search:
        if self._search is None:
            from vcchk.wire.inference.search import Search

            self._search = Search(_own_request(request), self._fixed, self._known)
        return self._search

    # --- what came back ---

    def _success_in(self, channel: Channel, profile: Profile, reply: Reply) -> PlatformReply | None:
        """Return the reply when it is a success in the very profile of the request, None for any other.

        The usual first call ends here, without the search being imported.
        """
        try:
            platform_reply = channel.read(profile, reply)
        except VcchkError:
            return None
        opened = platform_reply.opened
        is_success = opened.ret_code == PLATFORM_SUCCESS and opened.signature != Signature.WRONG
        return platform_reply if is_success and _is_the_platforms(platform_reply) else None

    def _observe(self, profile: Profile, reply: Reply, request: Message) -> Observation | None:
        """Return what a reply says of the platform's rules, None when it says nothing of them."""
        from vcchk.wire.inference.refusal import observe

        if reply.status >= 500:  # a front gateway's
            return None
        seen = observe(profile, reply.body, request.fields)
        if seen is not None and seen.is_accepted:
            # A platform that has read a message answers in the names of the same family.
            code_name = names.to_wire(profile)["ret_code"]
            return seen if code_name in seen.whole else None
        return seen

    def _learn(self, profile: Profile, seen: Observation, request: Message) -> Profile | None:
        """Discard what the refusal rules out; return the profile to send in next, None when nothing is left."""
        from vcchk.wire import canonical
        from vcchk.wire.inference.belief import seal
        from vcchk.wire.profile_help import described

        search = self._searching(request)
        following = search.next(seal(profile, search.belief.request), seen)
        tried = [part for part in self._known.get("tried", "").split("；") if part]
        tried.append(f"{described(profile)} → {seen.code}")
        ambiguity = canonical.differences(request.biz_text) if seen.code == "9003" else ""
        tried = tried[-_MAX_TRIED_SHOWN:]
        self._save(**search.state(), **{AMBIGUITY: ambiguity}, tried="；".join(tried), last_code=seen.code)
        return following

    # --- found, or not ---

    def _accept(self, channel: Channel, profile: Profile, reply: Reply, seen: Observation) -> PlatformReply:
        """Return the reply of a platform that has read the request; if the reply is its own, the profile is confirmed.

        Raises ReplyError 3002, in doubt, when a message of this search may have been carried out.
        """
        from vcchk.wire.inference.first_success import completed

        profile = completed(profile, reply.body, seen, _own_request(channel.request))
        try:
            platform_reply = channel.read(profile, reply)
        except VcchkError:
            self._uncount()
            raise
        if not _is_the_platforms(platform_reply):
            self._uncount()
            return platform_reply
        was_refused_before = bool(self._known.get("tried"))
        self._confirm(platform_reply, seen.code)
        if was_refused_before and seen.code == SERIAL_KNOWN:
            # Every message before was refused, and yet the serial is known: one of them may have been carried out.
            sentence = platform_reply.opened.ret_msg + IN_DOUBT
            raise ReplyError(SERIAL_KNOWN, sentence, cause="3002 during the search", in_doubt=True)
        return platform_reply

    def _confirm(self, platform_reply: PlatformReply, code: str) -> None:
        """Keep the reply's profile as the platform's, and the return code that proved it."""
        profile = platform_reply.profile
        is_verified = platform_reply.opened.signature == Signature.HELD
        rules = to_file_values(profile)
        for name in _OF_THE_SEARCH:
            self._known.pop(name, None)
        self._save(
            refused=str(self._refused - 1),
            confirmed=time.strftime("%Y%m%d%H%M%S"),
            confirmed_by=code,
            verified="1" if is_verified else "0",
            **rules,
        )
        self._platform.confirmed = profile
        self._platform.verified = int(is_verified)
        self._log.info("报文规则已确认", **rules, refused=self._refused)

    def _refusal_with_advice(self, channel: Channel, seen: Observation, reply: Reply) -> PlatformReply:
        """Return the platform's own refusal, with a clause on how the search stands."""
        platform_reply = channel.read(seen.profile, reply)
        tried = self._known.get("tried", "").count("；") + 1
        if self._may_send():
            clause = f"已试 {tried} 种报文规则，下次交易继续查找"
        else:
            clause = "报文规则未能自动确认，密钥可能有误：请核对密钥，再执行 vcchk wire probe"
        self._log.warn("报文规则尚未确认", advice=clause, refused_today=self._refused, code=seen.code)
        message = f"{platform_reply.opened.ret_msg}（{clause}）"
        return platform_reply.replace(opened=platform_reply.opened.replace(ret_msg=message))


def _own_request(request: Message) -> Request:
    from vcchk.wire.inference.belief import Request

    return Request(fields=request.fields, biz_text=request.biz_text, key=request.key)


def _is_the_platforms(platform_reply: PlatformReply) -> bool:
    """Tell whether a reply has the envelope of its own profile: another family's must not confirm this one."""
    return is_the_platforms(
        platform_reply.profile,
        is_verified=platform_reply.opened.signature == Signature.HELD,
        status=platform_reply.status,
        members=platform_reply.raw.wire,
        first_contact=False,
    )
