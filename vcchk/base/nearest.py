"""What somebody meant who misspelt a name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "，是不是想写 …？" with the known name that is most like ``name``, "" when none is near.

    Upper or lower case does not count, nor do the dashes before an option: all options have them.
    """
    import difflib  # 5 ms, and only for slips

    by_core = {_core(one): one for one in known}
    found = difflib.get_close_matches(_core(name), by_core, n=1, cutoff=0.6)
    return f"，是不是想写 {by_core[found[0]]}？" if found else ""


def _core(name: str) -> str:
    return name.strip("-").lower()
