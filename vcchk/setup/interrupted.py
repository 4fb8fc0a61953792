"""How a setup that was cut off between two renames is known; without the rest of setup, since each command asks."""

from __future__ import annotations

import os

ASIDE = "vcchk_aside"
"""The folder of the files whose names are being given to others; none but a run under way has it."""


def is_interrupted(folder: str) -> bool:
    """Tell whether a setup of ``folder`` was cut off, or is under way."""
    return os.path.isdir(os.path.join(folder, ASIDE))
