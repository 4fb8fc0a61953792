"""The type of options that name a file, folder or address: an empty one is a slip, never "as if it were not there"."""

from __future__ import annotations

import argparse


def not_blank(text: str) -> str:
    """Return ``text``. Raises argparse.ArgumentTypeError for a blank one: a variable of a script that is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("是空的，请核对脚本里的变量")
    return text
