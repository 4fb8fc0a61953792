"""What somebody types at a command, or a script pipes into it, also when there is nobody and nothing."""

from __future__ import annotations

import getpass
import sys

from vcchk.settings import ini

MAX_BYTES = 1 << 16
"""Of a line that is piped in."""


def answer(question: str) -> str | None:
    """Return what was answered, in lower case; None when nobody is there: no standard input, or its end."""
    try:
        return input(question).strip().lower()
    except UnicodeDecodeError:
        return ""
    except (EOFError, RuntimeError):  # RuntimeError: Python's own for a program without standard input
        return None


def secret(prompt: str) -> str:
    """Return a line that does not show while it is typed; of a pipe the first one, "" for none. Raises OSError."""
    if sys.stdin is None:
        return ""
    if not sys.stdin.isatty():
        return ini.decode(sys.stdin.buffer.readline(MAX_BYTES)).lstrip("\ufeff").rstrip("\r\n")
    try:
        return getpass.getpass(f"{prompt}（输入时不显示）：")
    except EOFError:
        return ""
