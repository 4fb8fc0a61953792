"""retry: what may be sent again, as one table."""

from __future__ import annotations

from typing import Any

import pytest

from vcchk.network.fault import FAULTS, Fault, Retry
from vcchk.network.retry import FAIL, PAUSES, RECONNECT, RESEND, Attempt, decide

CONNECTING = {"sent": False}
SENT = {"sent": True}
RULES: list[tuple[str, dict[str, bool], dict[str, Any], str]] = [
    # No byte left: as often as the setting says, while there is time, and only where it may help.
    ("refused", CONNECTING, {}, RECONNECT),
    ("refused", CONNECTING, {"writing": False}, RECONNECT),
    ("refused", CONNECTING, {"reconnects": 1}, RECONNECT),
    ("refused", CONNECTING, {"reconnects": 2}, FAIL),
    ("refused", CONNECTING, {"most_reconnects": 0}, FAIL),
    ("refused", CONNECTING, {"seconds_left": PAUSES[0]}, FAIL),
    ("refused", CONNECTING, {"reconnects": 1, "seconds_left": PAUSES[1]}, FAIL),
    ("connect_timeout", CONNECTING, {}, FAIL),
    ("tls_expired", CONNECTING, {}, FAIL),
    ("tls_reset", CONNECTING, {}, RECONNECT),
    # A kept connection that took no byte: at once, and it does not count.
    ("connect_reset", CONNECTING, {"kept": True}, RECONNECT),
    ("connect_timeout", CONNECTING, {"kept": True, "most_reconnects": 0}, RECONNECT),
    # Bytes left: a writing method never.
    ("reset", SENT, {}, FAIL),
    ("closed", SENT, {"kept": True}, FAIL),
    ("cut", SENT, {}, FAIL),
    ("timeout", SENT, {}, FAIL),
    # Bytes left: a reading one once, not counting a kept connection, never after a time-out.
    ("reset", SENT, {"writing": False}, RESEND),
    ("reset", SENT, {"writing": False, "resends": 1}, FAIL),
    ("closed", SENT, {"writing": False, "kept": True}, RESEND),
    ("timeout", SENT, {"writing": False}, FAIL),
    ("not_http", SENT, {"writing": False}, FAIL),
    ("refused", CONNECTING, {"writing": False, "resends": 1}, FAIL),
]


@pytest.mark.parametrize(("kind", "reach", "attempt", "decision"), RULES)
def test_rules(kind: str, reach: dict[str, bool], attempt: dict[str, Any], decision: str) -> None:
    fault = Fault(kind, "test", **reach)
    assert decide(fault, Attempt(**{"writing": True, "most_reconnects": 2, **attempt})) is decision


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("kept", [True, False])
def test_a_writing_method_is_never_sent_twice(kind: str, kept: bool) -> None:
    fault = Fault(kind, "test", sent=True)
    assert decide(fault, Attempt(writing=True, most_reconnects=2, kept=kept)) is FAIL


@pytest.mark.parametrize("kind", FAULTS)
def test_only_what_was_never_made_is_made_again(kind: str) -> None:
    """8004 means that nothing left; a kind of another code never makes a new connection by itself."""
    code, retry, _sentence = FAULTS[kind]
    assert retry is not Retry.CONNECT or code == "8004"
    assert retry is not Retry.RESEND or code in ("8001", "8002")
