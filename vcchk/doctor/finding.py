"""What one check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OK = "ok"
WARN = "warn"
FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line for a person: ``level`` is OK, WARN or FAIL; ``advice`` says what to do, "" when nothing is to do.

    All texts are Chinese and hold no secret and no personal data. ``figures`` are the numbers in the text by an English
    name, for programs (`vcchk.doctor.window`).
    """

    check: str
    level: str
    text: str
    advice: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
