"""A connected socket to a platform: its name looked up, its addresses tried in turn, TLS on top.

It uses `_socket` (the C module under `socket`), which spares a cold start the enums of `socket`.
"""

from __future__ import annotations

import _socket
import _thread
from time import perf_counter

from vcchk.network.fault import Fault
from vcchk.runtime.pump import revive_sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from socket import socket
    from typing import Any

    from vcchk.network.deadline import Deadline

    Address = tuple[int, tuple[Any, ...]]
    Resolver = Callable[[str, int, Deadline], list[Address]]
    Layer = tuple[str, Callable[[socket, Deadline], socket]]

_MAX_ADDRESSES = 8  # of one name; each gets its share of the time, and shares of a second connect to nothing


def _numeric(host: str, port: int) -> list[Address]:
    try:
        _socket.inet_pton(_socket.AF_INET, host)
        return [(_socket.AF_INET, (host, port))]
    except OSError:
        pass
    if ":" in host and "%" not in host:
        try:
            _socket.inet_pton(_socket.AF_INET6, host)
            return [(_socket.AF_INET6, (host, port))]
        except OSError:
            pass
    return []


def resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Return the addresses of ``host``, IPv4 first, at most eight.

    IPv4 first, since the cities' health networks live on it and a half-configured IPv6 would cost seconds. A name is
    looked up by a thread that is left behind when the deadline comes: getaddrinfo cannot be interrupted. Raises
    Fault ``dns`` or ``dns_timeout``.
    """
    found = _numeric(host, port)
    if found:
        return found
    outcome: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()

    def look_up() -> None:
        try:
            # As bytes: a str would load the IDNA codec, and `parse_url` has made the name ASCII already.
            outcome.append(_socket.getaddrinfo(host.encode("ascii"), port, 0, _socket.SOCK_STREAM))
        except Exception as error:
            outcome.append(error)
        finally:
            done.release()

    try:
        _thread.start_new_thread(look_up, ())
    except RuntimeError:  # no more threads for this program: without a limit is better than not at all
        look_up()
    if not done.acquire(timeout=deadline.left()):
        raise Fault("dns_timeout", "dns", "getaddrinfo did not end before the deadline")
    rows = outcome[0]
    if isinstance(rows, Exception):
        raise Fault("dns", "dns", f"getaddrinfo: {rows}") from rows
    seen: dict[Address, None] = {}
    for family, _kind, _proto, _name, address in rows:
        if family in (_socket.AF_INET, _socket.AF_INET6):
            seen[(int(family), address)] = None
    if not seen:
        raise Fault("dns", "dns", "getaddrinfo gave no address")
    return sorted(seen, key=lambda a: a[0] != _socket.AF_INET)[:_MAX_ADDRESSES]


def _connect_kind(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "connect_timeout"
    if isinstance(error, PermissionError):
        return "blocked"
    if isinstance(error, ConnectionError):
        return "connect_reset"
    import errno

    unreachable = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)
    return "unreachable" if error.errno in unreachable else "local"


class Connection:
    """A connected socket, TLS included. One thread uses it at a time; ``idle_since`` is monotonic seconds.

    ``keep_alive_seconds``: how long it may be idle by the peer's own Keep-Alive header.
    """

    __slots__ = ("address", "idle_since", "keep_alive_seconds", "secure", "sock")

    def __init__(self, sock: socket, address: Address, secure: bool) -> None:
        self.sock = sock
        self.address = address
        self.secure = secure
        self.idle_since = 0.0
        self.keep_alive_seconds = 60.0

    @property
    def is_new(self) -> bool:
        """True until the first reply has come over it."""
        return self.idle_since == 0.0

    def close(self) -> None:
        """Close the socket; never raises."""
        try:
            self.sock.close()
        except OSError:
            pass

    def is_fresh(self) -> bool:
        """Tell whether the kept connection can carry a request: open, and with nothing unread in it.

        This is the proof for "no effect": when the peer's FIN or RST is already here, no request of ours can have
        gone over the connection since. Unread bytes (a late 408, junk behind a reply) would be taken for the answer
        to the next request, so such a connection is done for, too.
        """
        try:
            self.sock.settimeout(0)
            if self.secure:
                # Session tickets make a healthy TLS 1.3 socket readable; reading digests them.
                self.sock.recv(1)
            else:
                self.sock.recv(1, _socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError as error:
            return self.secure and type(error).__name__ == "SSLWantReadError"
        return False


def connect(
    host: str,
    port: int,
    deadline: Deadline,
    stages: dict[str, float],
    *,
    resolver: Resolver = resolve,
    layers: Sequence[Layer] = (),
) -> Connection:
    """Connect to ``host``, each of its addresses in turn, and put ``layers`` on top, in order.

    A layer is a name and what makes a socket out of a socket by the deadline: ``proxy`` (a tunnel), ``tls``. ``stages``
    gets the milliseconds of dns, connect and of each layer. Raises Fault; nothing of a request has been sent then.
    """
    revive_sockets()  # nothing has left yet, so what the host did to Winsock in between can be mended
    start = perf_counter()
    addresses = resolver(host, port, deadline)
    looked_up = perf_counter()
    stages["dns"] = (looked_up - start) * 1000
    sock, address = _connect_one_of(addresses, deadline)
    stages["connect"] = (perf_counter() - looked_up) * 1000
    secure = False
    for name, wrap in layers:
        begin = perf_counter()
        try:
            sock = wrap(sock, deadline)
        except BaseException:
            sock.close()
            raise
        stages[name] = (perf_counter() - begin) * 1000
        secure = secure or name == "tls"
    return Connection(sock, address, secure)


def _connect_one_of(addresses: list[Address], deadline: Deadline) -> tuple[Any, Address]:
    """Return a socket connected to the first address that takes it, and that address. Raises Fault."""
    last: Fault | None = None
    for index, address in enumerate(addresses):
        left = deadline.left()
        if not left:
            break
        try:
            sock = _socket.socket(address[0], _socket.SOCK_STREAM)
        except OSError as error:
            last = Fault("local", "connect", f"socket: {error}")
            continue
        try:
            # Nagle's algorithm (RFC 896) holds a request's last segment back until the ones before are acknowledged,
            # which a peer may put off for 200 ms (RFC 1122 section 4.2.3.2 allows 500).
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            # Each address gets its share, so that a dead one in front does not use up the time of the others.
            sock.settimeout(left / (len(addresses) - index))
            sock.connect(address[1])
        except OSError as error:
            sock.close()
            last = Fault(_connect_kind(error), "connect", f"{address[1][0]}: {type(error).__name__} {error}")
            continue
        return sock, address
    raise last or Fault("connect_timeout", "connect", "no time left")
