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

MIN_SECONDS = 1.0
"""What must be left of the call's deadline for one more message."""


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
    """What a process knows of one address and application. ``rules``: its file, which all programs share.

    ``confirmed``: its profile, None while it is sought. ``refused``: refusals in a row since then.
    ``verified``: replies whose signature held. ``parting``: the file names business data that were refused where two
    rules sign differently.
    """

    def __init__(self, rules: SiteRules) -> None:
        self.rules = rules
        self.confirmed: Profile | None = None
        self.refused = 0
        self.verified = 0
        self.parting = False
