"""May this be sent again? The rules, for the direct way and a proxy's alike; what counts as proof of "no effect":

* A connection that was never made (name, connect, proxy, TLS) is tried again, a few times within two seconds, so that
  a refused connection does not freeze a till.
* A kept connection whose first write failed carried nothing: a new one is made at once, unseen by the caller.
* A reset or an end *after* bytes left proves nothing, not even on a kept connection with no reply byte: a server that
  read the request and died looks the same as one that closed before reading, and behind a load balancer the TCP
  peer's acknowledgements do not speak for the platform. A writing method ends there, in doubt; a reading one is sent
  once more on a new connection (once more again if the first had been a kept one). RFC 9110 section 9.2.2 forbids an
  automatic retry of a method that is not idempotent in the same case.
* A time-out is never answered by sending again: the deadline is the whole call's.
"""

from __future__ import annotations

from vcchk.network.fault import Retry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.fault import Fault

RECONNECT = "reconnect"
RESEND = "resend"
FAIL = "fail"

WINDOW = 2.0
"""Seconds after a failed first attempt to connect within which all further attempts must end."""
PAUSES = (0.1, 0.4)
"""Seconds to wait before the first and the second further attempt to connect."""


class Attempt:
    """Where the sending of one request stands.

    ``writing``: the method may change something at the platform. ``most_reconnects``: ``[gateway] connect_tries``.
    ``kept``: the attempt that failed went over a kept connection. ``reconnects``, ``resends``: further attempts made so
    far. ``seconds_left``: what remains for connecting.
    """

    __slots__ = ("kept", "most_reconnects", "reconnects", "resends", "seconds_left", "writing")

    def __init__(
        self,
        *,
        writing: bool,
        most_reconnects: int,
        kept: bool = False,
        reconnects: int = 0,
        resends: int = 0,
        seconds_left: float = WINDOW,
    ) -> None:
        self.writing = writing
        self.most_reconnects = most_reconnects
        self.kept = kept
        self.reconnects = reconnects
        self.resends = resends
        self.seconds_left = seconds_left


def decide(fault: Fault, attempt: Attempt) -> str:
    """Return `RECONNECT`, `RESEND` or `FAIL`."""
    if fault.sent:
        if attempt.writing or fault.retry is not Retry.RESEND:
            return FAIL
        return RESEND if attempt.kept or attempt.resends == 0 else FAIL
    if attempt.kept:
        return RECONNECT
    if fault.retry is not Retry.CONNECT or attempt.resends or attempt.reconnects >= attempt.most_reconnects:
        return FAIL
    return RECONNECT if attempt.seconds_left > PAUSES[attempt.reconnects] else FAIL
