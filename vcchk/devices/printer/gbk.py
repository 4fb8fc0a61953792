"""Text in a printer's built-in Chinese font: GBK, square characters, ASCII half as wide."""

from __future__ import annotations


def can_print(text: str) -> bool:
    """Tell whether every character is in GBK and none is a control character."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def measure(text: str, size: int) -> int:
    """Return the width in dots at ``size`` dots a square character."""
    return sum(size // 2 if character.isascii() else size for character in text)
