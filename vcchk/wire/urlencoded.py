"""application/x-www-form-urlencoded bodies (WHATWG URL standard, section 5), for profiles that post forms."""

from __future__ import annotations

from vcchk.base import encoding

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")
_BYTE = {byte: chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in range(256)}
_BYTE[0x20] = "+"


def encode(items: dict[str, str]) -> bytes:
    """Return names and values as a form body in UTF-8."""

    def quote(text: str) -> str:
        return "".join([_BYTE[byte] for byte in text.encode("utf-8", "surrogatepass")])

    return "&".join([f"{quote(name)}={quote(value)}" for name, value in items.items()]).encode("ascii")


def decode(text: str) -> dict[str, str]:
    """Return the members of a form body; a damaged escape stays as it is, the last of equal names wins."""
    return {_unquote(name): _unquote(value) for name, _, value in (part.partition("=") for part in text.split("&"))}


def _unquote(text: str) -> str:
    out = bytearray()
    first, *rest = text.replace("+", " ").split("%")
    out += first.encode("utf-8", "surrogatepass")
    for piece in rest:
        try:
            out += bytes.fromhex(piece[:2]) if len(piece) >= 2 else b"%" + piece.encode()
            out += piece[2:].encode("utf-8", "surrogatepass")
        except ValueError:
            out += b"%" + piece.encode("utf-8", "surrogatepass")
    return encoding.decode(bytes(out)).text
