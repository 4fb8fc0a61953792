"""The kept connections to one scheme, host and port, and for how long a peer's are kept, by how earlier ones failed.

A kept connection carries a request only when nothing waits in it (`Connection.is_fresh`). Between that look and the
request's arrival the peer may still close it: a race that leaves a writing method in doubt. To keep it rare, a
connection idle for more than ``[gateway] idle`` seconds (or longer than the peer's own Keep-Alive promise less one
second) is never used for a writing method; the default is 4, since Apache httpd closes after 5 by default. A peer that
closes kept connections at once, or falls silent on them (some answer one request a connection and forget to close it),
gets new ones for a minute, then two, up to an hour, until a kept one has worked again.
"""

from __future__ import annotations

import _thread
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.connection import Address, Connection

_MAX_KEPT = 32  # more threads than that wait on a new connection now and then
_KEPT_SECONDS = 60.0  # no connection is used again after this, by reading methods either
_CLOSES_AT_ONCE = 1.0  # idle seconds below which a closed connection means that the peer does not keep any
_NOT_KEPT_SECONDS = 60.0
_MAX_NOT_KEPT_SECONDS = 3600.0


class Pool:
    """Connections of any number of threads, the one used last on top.

    ``idle_seconds``: ``[gateway] idle``, 0 to keep none. ``best``: the address that worked last.
    """

    __slots__ = ("_connections", "_keep_from", "_lock", "_not_kept_seconds", "best", "idle_seconds")

    def __init__(self, idle_seconds: float) -> None:
        self.idle_seconds = idle_seconds
        self.best: Address | None = None
        self._lock = _thread.allocate_lock()
        self._connections: list[Connection] = []
        self._keep_from = 0.0  # monotonic seconds
        self._not_kept_seconds = _NOT_KEPT_SECONDS

    def take(self, writing: bool) -> Connection | None:
        """Return a kept connection that is fresh enough, or None; those that are done for are closed."""
        while True:
            with self._lock:
                if not self._connections:
                    return None
                connection = self._connections[-1]
                idle = monotonic() - connection.idle_since
                if writing and idle > min(self.idle_seconds, connection.keep_alive_seconds) and idle <= _KEPT_SECONDS:
                    return None  # the others have been idle for longer; reading methods may still use them
                self._connections.pop()
            if idle <= _KEPT_SECONDS and connection.is_fresh():
                return connection
            if idle < _CLOSES_AT_ONCE:
                self.keep_none()
            connection.close()

    def give(self, connection: Connection) -> None:
        """Keep ``connection`` for the next request, or close it."""
        spare: Connection | None = connection
        if self.idle_seconds and connection.idle_since >= self._keep_from:
            with self._lock:
                self._connections.append(connection)
                spare = self._connections.pop(0) if len(self._connections) > _MAX_KEPT else None
        if spare is not None:
            spare.close()

    def drop(self) -> None:
        """Close the kept connections: one of them has failed, so the others are doubtful, too."""
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def keep_none(self) -> None:
        """Keep no connections for a while: the peer does not serve a second request on one."""
        self._keep_from = monotonic() + self._not_kept_seconds
        self._not_kept_seconds = min(2 * self._not_kept_seconds, _MAX_NOT_KEPT_SECONDS)

    def kept_one_worked(self) -> None:
        """Begin again with the shortest time for which nothing is kept: the peer has served a second request on one."""
        self._not_kept_seconds = _NOT_KEPT_SECONDS
