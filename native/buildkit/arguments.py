"""How the tools of the repository read their words: whole names alone, and a slip is one sentence."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """argparse's without abbreviations, and without its usage in front of a refusal."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return (options, []). Ends with a sentence for a word that nobody knows."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.error(f"there is no {left[0]}{nearest(left[0].partition('=')[0], self._option_string_actions)}")
        return found, left

    def error(self, message: str) -> NoReturn:
        """End with 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return " (did you mean …?)" with the known word that is most like it, "" when none is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
