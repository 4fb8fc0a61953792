"""What a process knows of the platform at one address for one application."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.records.rules_file import RulesFile
    from vcchk.wire.profile import Profile


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
