"""Whether a profile is among those that an inference found possible."""

from __future__ import annotations

from vcchk.wire.inference.inferred import Inference
from vcchk.wire.profile import Profile


def admits(found: Inference, profile: Profile) -> bool:
    """Tell whether each group of ``found`` has an alternative that ``profile`` keeps."""
    return all(
        any(all(getattr(profile, key) == value for key, value in one.items()) for one in alternatives)
        for alternatives in found.groups.values()
    )
