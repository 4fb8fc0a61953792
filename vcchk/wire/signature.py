"""What became of a message's signature."""

from __future__ import annotations


class Signature:
    """The states of a signature, as text (an `enum.Enum` would cost a first call 3 ms of import)."""

    HELD = "held"
    MISSING = "missing"
    WRONG = "wrong"
    UNCHECKED = "unchecked"
    """There was no key to check it with."""
