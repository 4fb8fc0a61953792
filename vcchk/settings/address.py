"""A server's address as a site writes it: ``host``, ``host:port``, ``[IPv6]:port``."""

from __future__ import annotations

_IN_A_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_IN_IPV6 = _IN_A_NAME | frozenset(":%")
_MAX_NAME = 253
"""RFC 1035, 2.3.4, as text."""


def host_and_port(text: str, port: int) -> tuple[str, int]:
    """Return the host and its port; ``port`` where there is none. Raise ValueError with a Chinese reason.

    Names are ASCII: those that are not, no name service of a hospital knows.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, digits, allowed = rest[:1], rest[1:], _IN_IPV6
        if not bracket or colon not in ("", ":"):
            host = ""
    elif text.count(":") > 1:
        host, colon, digits, allowed = text, "", "", _IN_IPV6
    else:
        host, colon, digits = text.partition(":")
        allowed = _IN_A_NAME
    if not host or len(host) > _MAX_NAME or not set(host) <= allowed:
        raise ValueError("应写成 主机:端口，如 10.0.0.5:514")
    if not colon:
        return host, port
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 1 <= int(digits) <= 65535):
        raise ValueError("端口应在 1 到 65535 之间")
    return host, int(digits)
