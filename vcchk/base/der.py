"""DER (X.690) as far as certificates and key files need it: items, one after another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (tag, content) of the items in ``data``. Raises IndexError for lengths that cannot be."""
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise IndexError("item longer than its surroundings")
        yield tag, data[at : at + size]
        at += size


def first(data: bytes) -> bytes:
    """Return the content of the first item in ``data``. Raises IndexError when there is none."""
    for _tag, content in items(data):
        return content
    raise IndexError("no item")


def children(data: bytes) -> list[tuple[int, bytes]]:
    """Return the items inside the first item in ``data``. Raises IndexError."""
    return list(items(first(data)))


def item(tag: int, content: bytes) -> bytes:
    """Return one item."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
