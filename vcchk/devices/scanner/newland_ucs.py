"""Newland scanners with Unified Commands Set, and Sunmi (商米) built-in scanners.

After Newland "Unified Commands Set (UCS) Programming Guide": ``7E 01 30 30 30 30 23 SCNTRG1 3B 03`` starts a session,
``SCNTRG0`` ends it. The answer repeats the command between 02 01 30 30 30 30 23 and ``ACK 3B 03`` (06h), or 15h for a
refusal, 05h for a command out of range.
"""

from __future__ import annotations

HEAD = bytes.fromhex("7E 01 30 30 30 30 23")
REPLY_HEAD = bytes.fromhex("02 01 30 30 30 30 23")
TAIL = b";\x03"
MAX_REPLY_BYTES = 64

ACK = 0x06


def command(name: bytes) -> bytes:
    """Return the bytes of one command."""
    return HEAD + name + TAIL


def split(buffer: bytes) -> tuple[str, int]:
    """Tell what stands at the head of ``buffer`` (see `stream.Stream`)."""
    if buffer.startswith(REPLY_HEAD):
        end = buffer.find(TAIL, 0, MAX_REPLY_BYTES)
        if end >= 0:
            return ("ack" if buffer[end - 1] == ACK else "nak"), end + len(TAIL)
        return ("wait", 0) if len(buffer) < MAX_REPLY_BYTES else ("data", len(buffer))
    if REPLY_HEAD.startswith(buffer):
        return "wait", 0
    at = buffer.find(REPLY_HEAD[:1], 1)
    return "data", len(buffer) if at < 0 else at
