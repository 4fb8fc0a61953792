"""``[log] syslog``: failed calls and a summary a day to the hospital's log server, by UDP (RFC 5424, RFC 5426).

Nothing waits for it: a datagram that does not go at once is lost, and a server's name is looked up by a thread. What is
sent is masked as the log is, since it is the log's own line.
"""

from __future__ import annotations

import _socket
import os
import time
from _thread import start_new_thread

from vcchk.settings import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

PORT = 514
MAX_BYTES = 2048
"""RFC 5424, 6.1: receivers should take so much."""
LOCAL0 = 16
ERROR, WARNING, NOTICE = 3, 4, 5
MAX_WAITING = 100
"""Messages kept while the server's name is being looked up."""


class Syslog:
    """Sends to one server."""

    def __init__(self, address: str) -> None:
        self._socket: _socket.socket | None = None
        self._address: Any = None
        self._waiting: list[bytes] = []
        host, port = _host_and_port(address)
        self._machine = _printable(places.computer_name())
        try:
            self._found(_socket.getaddrinfo(host, port, 0, _socket.SOCK_DGRAM, 0, _socket.AI_NUMERICHOST))
        except OSError:
            start_new_thread(self._look_up, (host, port))

    def call(self, line: str, *, in_doubt: bool) -> None:
        """Send a failed call's log line (without its time). Never raises."""
        self._send(ERROR if in_doubt else WARNING, "DOUBT" if in_doubt else "CALL", line)

    def day(self, text: str) -> None:
        """Send a day's summary. Never raises."""
        self._send(NOTICE, "DAY", text)

    def _look_up(self, host: str, port: int) -> None:
        try:
            self._found(_socket.getaddrinfo(host, port, 0, _socket.SOCK_DGRAM))
        except OSError:
            return  # the next process tries again
        for data in self._waiting:
            self._put(data)
        self._waiting.clear()

    def _found(self, addresses: Sequence[Any]) -> None:
        family, kind, _, _, address = addresses[0]
        made = _socket.socket(family, kind)
        made.setblocking(False)
        self._socket, self._address = made, address

    def _send(self, severity: int, kind: str, text: str) -> None:
        data = message(time.time(), severity, self._machine, kind, text)
        if self._socket is not None:
            self._put(data)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting.append(data)

    def _put(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._address)  # type: ignore[union-attr]
        except OSError:
            return


def message(now: float, severity: int, machine: str, kind: str, text: str) -> bytes:
    """Return an RFC 5424 message: priority, version 1, time, host, program, process, kind, no data, UTF-8 text."""
    local = time.localtime(now)
    zone = time.strftime("%z", local)
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{int(now % 1 * 1000):03d}{zone[:3]}:{zone[3:]}"
    head = f"<{LOCAL0 * 8 + severity}>1 {stamp} {machine} vcchk {os.getpid()} {kind} - "
    data = (head + text).encode("utf-8", "replace")
    return data[:MAX_BYTES].decode("utf-8", "ignore").encode("utf-8")  # never half a character


def _host_and_port(text: str) -> tuple[str, int]:
    """Return ``host:port`` as both; [address]:port for IPv6; the port is 514 when there is none."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (host.startswith("[") or ":" not in host):
        return host.strip("[]"), int(port)
    return text.strip("[]"), PORT


def _printable(name: str) -> str:
    """Return a HOSTNAME of RFC 5424: printable ASCII without blanks; other names are written as their UTF-8 in hex."""
    if name and all("!" <= character <= "~" for character in name):
        return name[:255]
    return name.encode("utf-8").hex()[:255] or "-"
