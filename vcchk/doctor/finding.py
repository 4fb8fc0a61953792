"""What one check found."""

from __future__ import annotations

from collections.abc import Mapping

from vcchk.base.record import Record

OK = "ok"
WARN = "warn"
FAIL = "fail"


class Finding(Record):
    """One line for a person: ``level`` is OK, WARN or FAIL; ``advice`` says what to do, "" when nothing is to do.

    All texts are Chinese and hold no secret and no personal data. ``figures`` are the numbers in the text by an English
    name, for programs (`vcchk.doctor.window`).
    """

    check: str
    level: str
    text: str
    advice: str = ""
    figures: Mapping[str, float] = {}
