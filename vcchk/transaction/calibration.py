"""Which profile a request is written in: the INI's, the one that this platform has confirmed, or one still to be found.

A platform is known by address and application. What is known of it stands in the state folder with its proof, so that
it serves every program of the machine.
"""

from __future__ import annotations

import time

from vcchk.base.errors import ConnectError
from vcchk.records.rules_file import AMBIGUITY, AMBIGUITY_SEEN, RulesFile
from vcchk.settings.option import SEALED
from vcchk.transaction.channel import MIN_SECONDS
from vcchk.transaction.platform import Platform
from vcchk.wire.profile import Profile
from vcchk.wire.signing import Signature
from vcchk.wire.site_profile import AUTO, fixed_settings, from_file_values, resolve_profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcchk.records.log import Log
    from vcchk.settings import WireSettings
    from vcchk.transaction.call import PlatformReply
    from vcchk.transaction.channel import Channel
    from vcchk.wire.message import Message

WRONG_SIGNATURE = "9003"
"""What a platform answers to a request whose signature it finds wrong."""
_NO_POSITIONS: dict[str, dict[str, str]] = {}
_REFUSALS = frozenset({"1006", "1007", WRONG_SIGNATURE, "9007"})
_MANY_REFUSALS = 3
"""Refusals in a row by a confirmed platform, after which a person should look."""
_SAVED_COUNTS = frozenset({1, 10, 100, 1000, 10000})
"""Numbers of verified replies at which the platform's file is written: not at each, it is only for people to read."""


def signing_ambiguity(profile: Profile, biz_text: str) -> str:
    """Return what in business data ``biz_signed`` = as_is and canonical sign differently (Chinese), "" for nothing.

    Only such data can be refused as wrongly signed while the key and all the rest are right.
    """
    if profile.signed != "clear":
        return ""
    from vcchk.wire import canonical

    return canonical.differences(biz_text)


class Calibration:
    """Chooses the profile of each message. Safe for threads."""

    def __init__(
        self,
        settings: WireSettings,
        profiles: Mapping[str, Mapping[str, str]],
        folder: str,
        log: Log,
        positions: Mapping[str, Mapping[str, str]] = _NO_POSITIONS,
    ) -> None:
        self._settings = settings
        self._profiles = profiles
        self._positions = positions
        self._fixed: dict[str, str] = {}
        self._folder = folder
        self._log = log
        self._first: Profile | None = None
        self._platforms: dict[tuple[str, str], Platform] = {}

    def exchange(self, channel: Channel) -> PlatformReply:
        """Send the channel's request, at first contact until the platform can read it. Raises VcchkError."""
        if self._first is None:
            profiles = self._revealed()
            self._fixed = fixed_settings(profiles)
            self._first = resolve_profile(self._settings.profile, profiles, self._positions)
        if self._settings.profile != AUTO:
            return channel.ask(self._first)
        request = channel.request
        platform = self._platform(channel.url, request)
        try:
            if platform.confirmed is None:
                known = platform.rules.load()
                platform.confirmed = from_file_values(known, self._fixed)
                platform.has_ambiguity = bool(known.get(AMBIGUITY))
            if platform.confirmed is None and request.key and self._settings.calibrate:
                return self._first_contact(platform, channel)
        except OSError as error:
            # The limits are counted in the file: without it nothing may be searched.
            self._log.warn("状态文件夹不能读写，报文规则不能自动确认", cause=str(error))
        platform_reply = channel.ask(platform.confirmed or self._first)
        if platform.confirmed is not None:
            self._watch(platform, platform_reply, request)
        return platform_reply

    def _revealed(self) -> Mapping[str, Mapping[str, str]]:
        """Return the INI's profiles with the secrets of the one in use in clear. Raises VcchkError."""
        name = self._settings.profile
        if not any(value.startswith(SEALED) for value in self._profiles.get(name, {}).values()):
            return self._profiles
        from vcchk.records import sealing

        return sealing.reveal_profiles(self._profiles, self._folder, name)

    def _platform(self, url: str, request: Message) -> Platform:
        where = (url, request.fields.get("app_id", ""))
        platform = self._platforms.get(where)
        if platform is None:
            platform = self._platforms.setdefault(where, Platform(RulesFile(self._folder, *where)))
        return platform

    def _first_contact(self, platform: Platform, channel: Channel) -> PlatformReply:
        """Search, or wait for the program that does: those that start together share one search. Raises OSError too."""
        if not platform.rules.acquire(max(0.0, channel.deadline.left() - MIN_SECONDS)):
            raise ConnectError(
                "8004", "本机另一个程序正在确认该平台的报文规则，请稍后再试", cause="the search is locked"
            )
        try:
            known = platform.rules.load()
            platform.confirmed = from_file_values(known, self._fixed)
            if platform.confirmed is None:
                from vcchk.transaction.first_contact import FirstContact

                first = self._first or Profile()
                return FirstContact(self._settings, self._fixed, first, platform, known, self._log).run(channel)
        finally:
            platform.rules.release()
        return channel.ask(platform.confirmed)

    # --- a platform whose rules are confirmed ---

    def _watch(self, platform: Platform, platform_reply: PlatformReply, request: Message) -> None:
        """Count a confirmed platform's verified replies, and its refusals in a row."""
        if platform_reply.opened.signature == Signature.HELD:
            platform.verified += 1
            if platform.verified in _SAVED_COUNTS:
                self._note(platform, verified=str(platform.verified))
        if platform_reply.opened.ret_code in _REFUSALS:
            self._count_refusal(platform, platform_reply, request)
            return
        if platform.refused:
            platform.refused = 0
            self._note(platform, refused_since="0")
        if platform.has_ambiguity and signing_ambiguity(platform_reply.profile, request.biz_text):
            platform.has_ambiguity = False
            self._note(platform, **{AMBIGUITY: ""})

    def _count_refusal(self, platform: Platform, platform_reply: PlatformReply, request: Message) -> None:
        """Note a refusal by a platform that had confirmed its rules, and from the third in a row warn."""
        platform.refused += 1
        noted = {"refused_since": str(platform.refused)}
        if platform_reply.opened.ret_code == WRONG_SIGNATURE:
            ambiguity = signing_ambiguity(platform_reply.profile, request.biz_text)
            if ambiguity:
                # It outlives the count: a message without numbers is accepted, and the next one with a number is not.
                noted |= {AMBIGUITY: ambiguity, AMBIGUITY_SEEN: time.strftime("%Y%m%d%H%M%S")}
                platform.has_ambiguity = True
        self._note(platform, **noted)
        if platform.refused >= _MANY_REFUSALS:
            self._log.warn(
                "平台多次拒绝已确认的报文规则：请核对密钥，或执行 vcchk wire probe 重新查找",
                refused=platform.refused,
                code=platform_reply.opened.ret_code,
            )

    def _note(self, platform: Platform, **values: str) -> None:
        """Change the platform's file, unless another program is changing it: then a count is one short."""
        try:
            if platform.rules.acquire(0.0):
                try:
                    platform.rules.save(platform.rules.load() | values)
                finally:
                    platform.rules.release()
        except OSError:
            pass
