"""What an inference finds: a profile, the other values that fit too, and remarks; or the error that nothing fits."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.wire.profile import CHOICES, Profile

Alternative = dict[str, str]
"""Fields of a profile that belong together, with their values."""


class InferenceError(Exception):
    """Nothing fits; the text is a Chinese sentence that says which part."""


class Inference(Record):
    """What was found. ``groups``: name of a group of fields → the alternatives that all fit, the likeliest first.

    ``chosen``: the profile made of the likeliest ones. ``remarks``: Chinese sentences for the person on site.
    """

    groups: dict[str, list[Alternative]]
    chosen: Profile
    remarks: list[str]

    def undetermined(self) -> dict[str, list[str]]:
        """Return field → the values that the message cannot tell apart; every value for what it does not touch."""
        found: dict[str, list[str]] = {}
        for alternatives in self.groups.values():
            for key in alternatives[0]:
                values = list(dict.fromkeys(one[key] for one in alternatives if key in one))
                if len(values) > 1:
                    found[key] = values
        known = {key for alternatives in self.groups.values() for key in alternatives[0]}
        found |= {key: list(values) for key, values in CHOICES.items() if key not in known}
        return found


def likeliest_first(found: list[Alternative], base: Profile) -> list[Alternative]:
    """Sort alternatives by how many fields of ``base``, the family's profile, they keep."""
    return sorted(found, key=lambda one: sum(getattr(base, key) != value for key, value in one.items()))
