"""How all commands read their words: whole names alone, and a slip is one Chinese sentence that says what was meant."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from vcchk.base.nearest import nearest

# argparse's text (its message ids for gettext) -> ours, with the same places
SENTENCES = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示本说明",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "the following arguments are required: %s": "缺少参数 %s",
    "expected one argument": "后面应有一个值",
    "ignored explicit argument %r": "不能带值 %.80r",
}
vars(argparse)["_"] = lambda text: SENTENCES.get(text, text)  # where it would ask gettext for a translation

_LONGEST_SHOWN = 80
"""Characters of a word that a sentence repeats."""


def not_blank(text: str) -> str:
    """Return ``text``. Raises argparse.ArgumentTypeError for a blank one: a variable of a script that is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("是空的，请核对脚本里的变量")
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return the type of a whole number between two bounds."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:  # no number, or one of thousands of digits
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{shown(text)} 不是 {low} 到 {high} 之间的整数")
        return value

    return read


def decimal(low: float, high: float) -> Callable[[str], float]:
    """Return the type of a number between two bounds, with a fraction or without."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{shown(text)} 不是 {low:g} 到 {high:g} 之间的数字")
        return value

    return read


PORT = whole(0, 65535)
"""The type of a TCP port to listen on."""


def shown(word: str) -> str:
    """Return a word as a sentence may repeat it: on one line, and not for pages."""
    text = "".join(sign if sign.isprintable() else "?" for sign in word)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


class Parser(argparse.ArgumentParser):
    """argparse's, stricter: no abbreviations, no option twice, and a text is not blank unless its row says ``str``."""

    def __init__(self, prog: str, description: str = "", **more: Any) -> None:
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            **more,
        )

    def add_argument(self, *names: Any, **row: Any) -> argparse.Action:
        """Add an option or a word; see the class for what differs."""
        if row.get("action", "store") == "store":
            row.setdefault("type", not_blank)
        return super().add_argument(*names, **row)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return (options, []). Ends with a sentence for a word that nobody knows, of a subcommand, too."""
        words = list(args or ())
        if not {"-h", "--help"} & set(words):
            self._check_options(words)
        found, left = super().parse_known_args(words, namespace)
        if left:
            self.error(f"多了 {shown(left[0])}")
        return found, left

    def _check_options(self, words: Sequence[str]) -> None:
        """Look at the options before argparse, which would first tell what a misspelt one leaves missing."""
        seen: dict[str, str] = {}
        waiting = ""  # the option whose value is to come
        for word in words:
            if word == "--" or (self._subparsers is not None and not word.startswith("-")):
                return  # what follows are no options, or those of a subcommand
            name = word.partition("=")[0]
            before, waiting = waiting, ""
            if name[:1] != "-" or name == "-" or self._negative_number_matcher.match(name) or " " in name:
                continue
            action = self._option_string_actions.get(name)
            if action is None:
                as_value = f"，要作 {before} 的值请写成 {before}=…" if before else ""
                self.error(f"没有选项 {shown(name)}{nearest(name, self._visible()) or as_value}")
            waiting = name if action.nargs in (None, "?") and name == word else ""
            if action.nargs == 0:
                continue
            if action.dest in seen:
                self.error(f"{' 和 '.join(dict.fromkeys((seen[action.dest], name)))} 只能写一次")
            seen[action.dest] = name

    def _visible(self) -> list[str]:
        return [name for name, action in self._option_string_actions.items() if action.help != argparse.SUPPRESS]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse what is not among an argument's choices; argparse's own sentence names no nearest one."""
        if action.choices is not None and value not in action.choices:
            known = list(map(str, action.choices))
            sentence = f"没有 {shown(value)}{nearest(value, known) or '，'}可用的有 {'、'.join(known)}"
            raise argparse.ArgumentError(action, sentence)

    def error(self, message: str) -> NoReturn:
        """End with one sentence and 2; argparse would put its whole usage before it."""
        comma = "" if message.endswith("？") else "，"
        self.exit(2, f"{self.prog}：{message}{comma}用法见 {self.prog} --help\n")
