"""Which profile a message speaks: the INI's, the one that this site has confirmed, or one that is still to be found.

A site is one address and one application. What is known of it stands in the state folder with its proof, so that it
serves every program of the machine.
"""

from __future__ import annotations

import time

from vcchk.base.errors import ConnectError
from vcchk.records.site_rules import SiteRules
from vcchk.settings.loading import SEALED
from vcchk.transaction.site import MIN_SECONDS, Site
from vcchk.wire import canonical
from vcchk.wire.profile import Profile
from vcchk.wire.signature import Signature
from vcchk.wire.site_profile import AUTO, fixed_settings, resolve_profile, restored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcchk.network.deadline import Deadline
    from vcchk.records.log import Log
    from vcchk.settings import WireSettings
    from vcchk.transaction.call import PlatformReply
    from vcchk.transaction.site import Line
    from vcchk.wire.message import Message

WRONG_SIGNATURE = "9003"
"""What a platform answers to a request whose signature it finds wrong."""
_NO_POSITIONS: dict[str, dict[str, str]] = {}
_REFUSALS = frozenset({"1006", "1007", WRONG_SIGNATURE, "9007"})
_MANY_REFUSALS = 3
"""Refusals in a row at a confirmed site, after which a person should look."""
_SAVED_COUNTS = frozenset({1, 10, 100, 1000, 10000})
"""Numbers of verified replies at which the site's file is written: not at each, it is only for people to read."""


def rules_part(profile: Profile, biz_text: str) -> str:
    """Return what makes ``biz_signed`` matter in a message of this profile (Chinese), "" when it does not."""
    return canonical.differences(biz_text) if profile.signed == "clear" else ""


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
        self._sites: dict[tuple[str, str], Site] = {}

    def exchange(self, url: str, request: Message, key: str, deadline: Deadline, line: Line) -> PlatformReply:
        """Send a request, at first contact until the platform can read it. Raises VcchkError."""
        if self._first is None:
            profiles = self._revealed()
            self._fixed = fixed_settings(profiles)
            self._first = resolve_profile(self._settings.profile, profiles, self._positions)
        if self._settings.profile != AUTO:
            return line.ask(self._first)
        site = self._site(url, request)
        try:
            if site.confirmed is None:
                known = site.rules.load()
                site.confirmed, site.parting = restored(known, self._fixed), bool(known.get("parting"))
            if site.confirmed is None and key and self._settings.calibrate:
                return self._first_contact(site, request, key, deadline, line)
        except OSError as error:
            # The limits are counted in the file: without it nothing may be searched.
            self._log.warn("状态文件夹不能读写，报文规则不能自动确认", cause=str(error))
        profile = site.confirmed or self._first
        platform_reply = line.ask(profile)
        if site.confirmed is not None:
            self._watch(site, platform_reply, request)
        return platform_reply

    def _revealed(self) -> Mapping[str, Mapping[str, str]]:
        """Return the INI's profiles with the secrets of the one in use in clear. Raises VcchkError."""
        name = self._settings.profile
        if not any(value.startswith(SEALED) for value in self._profiles.get(name, {}).values()):
            return self._profiles
        from vcchk.records import sealing

        return sealing.reveal_profiles(self._profiles, self._folder, name)

    def _site(self, url: str, request: Message) -> Site:
        where = (url, request.fields.get("app_id", ""))
        site = self._sites.get(where)
        if site is None:
            site = self._sites.setdefault(where, Site(SiteRules(self._folder, *where)))
        return site

    def _first_contact(self, site: Site, request: Message, key: str, deadline: Deadline, line: Line) -> PlatformReply:
        """Search, or wait for the one who does: programs that start together share one search. Raises OSError too."""
        if not site.rules.acquire(max(0.0, deadline.left() - MIN_SECONDS)):
            raise ConnectError(
                "8004", "本机另一个程序正在确认该平台的报文规则，请稍后再试", cause="the search is locked"
            )
        try:
            known = site.rules.load()
            site.confirmed = restored(known, self._fixed)
            if site.confirmed is None:
                from vcchk.transaction.first_contact import FirstContact

                first = self._first or Profile()
                contact = FirstContact(self._settings, self._fixed, first, site, known, self._log)
                return contact.run(request, key, deadline, line)
        finally:
            site.rules.release()
        return line.ask(site.confirmed)

    # --- a site whose rules are confirmed ---

    def _watch(self, site: Site, platform_reply: PlatformReply, request: Message) -> None:
        """Count what a confirmed site says: verified replies, and refusals in a row."""
        if platform_reply.opened.signature == Signature.HELD:
            site.verified += 1
            if site.verified in _SAVED_COUNTS:
                self._note(site, verified=str(site.verified))
        if platform_reply.opened.ret_code not in _REFUSALS:
            if site.refused:
                site.refused = 0
                self._note(site, refused_since="0")
            if site.parting and rules_part(platform_reply.profile, request.biz_text):
                site.parting = False
                self._note(site, parting="")
            return
        site.refused += 1
        parting = ""
        if platform_reply.opened.ret_code == WRONG_SIGNATURE:
            parting = rules_part(platform_reply.profile, request.biz_text)
        # It outlives the count: a message without numbers is accepted, and the next one with a number is not.
        noted = {"parting": parting, "parting_seen": time.strftime("%Y%m%d%H%M%S")} if parting else {}
        site.parting = site.parting or bool(parting)
        self._note(site, refused_since=str(site.refused), **noted)
        if site.refused >= _MANY_REFUSALS:
            self._log.warn(
                "平台多次拒绝已确认的报文规则：请核对密钥，或执行 vcchk wire probe 重新查找",
                refused=site.refused,
                code=platform_reply.opened.ret_code,
            )

    def _note(self, site: Site, **values: str) -> None:
        """Change the site's file, unless another program is at it: a count may be one short."""
        try:
            if site.rules.acquire(0.0):
                try:
                    site.rules.save(site.rules.load() | values)
                finally:
                    site.rules.release()
        except OSError:
            pass
