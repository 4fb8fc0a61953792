"""The platform at one address for one application, as a process knows it, and one call's channel to it."""

from __future__ import annotations

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vcchk.network.http1 import Reply
    from vcchk.records.rules_file import RulesFile
    from vcchk.transaction.call import PlatformReply
    from vcchk.wire.profile import Profile

MIN_SECONDS = 1.0
"""What must be left of the call's deadline for one more message."""


class Channel(Record):
    """One call's two directions. ``send``: post the caller's request in a profile; ``read``: open a reply by one.

    Both raise VcchkError. Which profile is tried, and in which order, is the calibration's to choose.
    """

    send: Callable[[Profile], Reply]
    read: Callable[[Profile, Reply], PlatformReply]

    def ask(self, profile: Profile) -> PlatformReply:
        """Send the request and read the reply in one profile."""
        return self.read(profile, self.send(profile))


class Platform:
    """The platform behind one strUrl and app_id. ``rules``: its file, which all programs share.

    ``confirmed``: its profile, None while it is searched for. ``refused``: refusals in a row since it was confirmed.
    ``verified``: replies whose signature was right. ``has_ambiguity``: the file names business data that were refused
    as wrongly signed and that two signature rules sign differently (`calibration.signing_ambiguity`).
    """

    def __init__(self, rules: RulesFile) -> None:
        self.rules = rules
        self.confirmed: Profile | None = None
        self.refused = 0
        self.verified = 0
        self.has_ambiguity = False
