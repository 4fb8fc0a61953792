"""``[log] syslog``: failed calls and a summary a day to the hospital's log server, by UDP (RFC 5424, RFC 5426).

Nothing waits for it: a datagram that does not go at once is lost, and a server's name is looked up by a thread. What is
sent is masked as the log is, since it is the log's own line.
"""

from __future__ import annotations

import _socket
import os
import time
from _thread import allocate_lock, start_new_thread

from vcchk.settings import places
from vcchk.settings.address import host_and_port

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
RETRY_SECONDS = 60.0
"""How long a name that was not found is left alone: a till is switched on before its network is there."""
FRESH_SECONDS = 3600.0
"""How long an address of a name is good: a kiosk runs for months, and a log server may move."""
_BOM = "\ufeff"
_CUT = "…"


class Syslog:
    """Sends to one server, by an address that the settings took."""

    def __init__(self, address: str) -> None:
        self._lock = allocate_lock()
        self._to: tuple[_socket.socket, Any] | None = None
        self._waiting: list[bytes] = []
        self._looks_up = False
        self._next_look_up = 0.0
        self._server = host_and_port(address, PORT)
        self._machine, self._note = _machine(places.computer_name())
        try:
            self._begin(self._addresses(_socket.AI_NUMERICHOST))
            self._next_look_up = float("inf")  # a number stays what it is
        except OSError:
            self._look_up_aside()

    def call(self, line: str, *, in_doubt: bool) -> None:
        """Send a failed call's log line (without its time). Never raises."""
        self._send(ERROR if in_doubt else WARNING, "DOUBT" if in_doubt else "CALL", line)

    def day(self, text: str) -> bool:
        """Send a day's summary; waits for the name service. Returns whether it left. Never raises."""
        if self._to is None:
            self._look_up()
        return self._send(NOTICE, "DAY", text)

    def _addresses(self, flags: int = 0) -> Sequence[Any]:
        host, port = self._server
        # As bytes: for text Python would import its codec for names of other alphabets.
        return _socket.getaddrinfo(host.encode("ascii"), port, 0, _socket.SOCK_DGRAM, 0, flags)

    def _look_up_aside(self) -> None:
        """Look the server's name up by a thread, unless one does or did so not long ago."""
        if self._looks_up or time.monotonic() < self._next_look_up:
            return
        self._looks_up = True
        try:
            start_new_thread(self._look_up, ())
        except RuntimeError:  # no more threads for this program
            self._look_up_failed()

    def _look_up(self) -> None:
        try:
            self._begin(self._addresses())
        except OSError:
            self._look_up_failed()

    def _look_up_failed(self) -> None:
        self._next_look_up = time.monotonic() + RETRY_SECONDS
        self._looks_up = False

    def _begin(self, addresses: Sequence[Any]) -> None:
        """Send to the first of ``addresses`` from now on, and what has waited for one."""
        family, kind, _, _, address = addresses[0]
        made = _socket.socket(family, kind)
        made.setblocking(False)
        with self._lock:
            self._to = made, address
            self._next_look_up = time.monotonic() + FRESH_SECONDS
            self._looks_up = False
            waiting, self._waiting = self._waiting, []
        for data in waiting:
            _put(made, address, data)

    def _send(self, severity: int, kind: str, text: str) -> bool:
        data = message(time.time(), severity, self._machine, kind, self._note + text)
        with self._lock:
            to = self._to
            if to is None and len(self._waiting) < MAX_WAITING:
                self._waiting.append(data)
            self._look_up_aside()
        return to is not None and _put(*to, data)


def _put(sock: _socket.socket, address: Any, data: bytes) -> bool:
    try:
        sock.sendto(data, address)
    except OSError:
        return False
    return True


def message(now: float, severity: int, machine: str, kind: str, text: str) -> bytes:
    """Return an RFC 5424 message: priority, version 1, time, host, program, process, kind, no data, text.

    A text that is not ASCII begins with the byte order mark that RFC 5424, 6.4, wants of UTF-8; a cut one ends with …
    """
    local = time.localtime(now)
    hours, minutes = divmod(abs(local.tm_gmtoff) // 60, 60)
    zone = f"{'-' if local.tm_gmtoff < 0 else '+'}{hours:02d}:{minutes:02d}"
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{int(now % 1 * 1000):03d}{zone}"
    head = f"<{LOCAL0 * 8 + severity}>1 {stamp} {machine} vcchk {os.getpid()} {kind} - "
    data = _encoded(head, text)
    if len(data) <= MAX_BYTES:
        return data
    max_bytes = MAX_BYTES - len(_encoded(head, _CUT))
    cut = text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")  # no half character
    return _encoded(head, cut + _CUT)


def _encoded(head: str, text: str) -> bytes:
    return (head + ("" if text.isascii() else _BOM) + text).encode("utf-8", "replace")


def _machine(name: str) -> tuple[str, str]:
    """Return a HOSTNAME of RFC 5424 and what the text begins with.

    A HOSTNAME is printable ASCII without blanks; another name (收费一) goes there as its UTF-8 in hex, and into the
    text as it is.
    """
    if name and all("!" <= character <= "~" for character in name):
        return name[:255], ""
    if not name:
        return "-", ""
    return name.encode("utf-8", "replace").hex()[:255], f"computer={'_'.join(name.split())} "
