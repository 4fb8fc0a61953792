"""One address and application as a process knows it, and the line to its platform."""

from __future__ import annotations

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vcchk.network.http1 import Reply
    from vcchk.records.site_rules import SiteRules
    from vcchk.transaction.call import PlatformReply
    from vcchk.wire.profile import Profile

LEAST_TIME = 1.0
"""Seconds of the call's deadline that a message needs at least."""


class Line(Record):
    """One call's way to the platform. ``send``: post the caller's request in a profile; ``read``: open a reply by one.

    Both raise VcchkError.
    """

    send: Callable[[Profile], Reply]
    read: Callable[[Profile, Reply], PlatformReply]

    def ask(self, profile: Profile) -> PlatformReply:
        """Send the request and read the reply in one profile."""
        return self.read(profile, self.send(profile))


class Site:
    """``refused``: refusals in a row since the profile is confirmed."""

    def __init__(self, rules: SiteRules) -> None:
        self.rules = rules
        self.confirmed: Profile | None = None
        self.refused = 0
        self.verified = 0
