"""What somebody meant who misspelt a name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "，是不是想写 …？" with the known name that is most like ``name``, "" when none is near."""
    import difflib  # 5 ms, and only for slips

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"，是不是想写 {found[0]}？" if found else ""
