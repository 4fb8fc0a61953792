"""A standard input that a script pipes in."""

from __future__ import annotations

import io


def piped(content: str | bytes) -> io.TextIOWrapper:
    """Return what stands in for ``sys.stdin``; text is UTF-8."""
    data = content.encode() if isinstance(content, str) else content
    return io.TextIOWrapper(io.BytesIO(data), "utf-8")
