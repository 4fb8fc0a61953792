"""Runs rows of the matrix against a caller, several at a time, and says how each ended."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from tests.faults.badserver import BadServer, closed_port
from tests.faults.callers import Ask, Caller
from tests.faults.certificates import Authority
from tests.faults.matrix import CLOSED, SLACK, Row, full_listener, reply_is_right
from tests.faults.platform import answer, in_data

_TRIES = 3


@dataclass(frozen=True)
class Result:
    """What came back, how long it took, what the platform saw, and what the next, good call came to."""

    code: str
    text: str
    seconds: float
    arrived: int
    warm: str
    after: str
    after_text: str


def run(row: Row, caller: Caller, authority: Authority) -> Result:
    """Ask ``caller`` under the row's fault, then heal the platform and ask again.

    A row that is late is asked again, twice at most: a machine with other work on it stalls now and then, a call
    that outlasts its deadline does so every time. The bound stays the same. A good call before or after the row has a
    deadline, too.
    """
    with caller.turn() as ask:
        for _ in range(_TRIES - 1):
            result = _run(row, ask, authority)
            is_warm = not row.warm or result.warm == "00"
            if result.seconds <= row.seconds + SLACK and is_warm and "超时" not in result.after_text:
                return result
        return _run(row, ask, authority)


def warm_up(caller: Caller, authority: Authority) -> str:
    """Make a good call over http and one over https, so that no row pays for the start of Python or the import of ssl.

    Returns their code, or both.
    """
    asked = json.dumps(in_data(True), ensure_ascii=False)
    plain, secured = BadServer(answer=answer), BadServer(answer=answer, tls=authority.context())
    with plain, secured, caller.turn() as ask:
        codes = {ask(plain.url, asked)[0], ask(secured.url, asked)[0]}
    return ", ".join(sorted(codes))


def _run(row: Row, ask: Ask, authority: Authority) -> Result:
    asked = json.dumps(in_data(row.writing), ensure_ascii=False)
    tls = row.tls(authority) if row.tls else None
    listener, fillers = full_listener() if row.port == "full" else (None, [])
    server = BadServer(row.script, tls=tls, answer=answer, host=row.host)
    if row.silent:
        listener, fillers = full_listener(row.silent, server.port)
    try:
        url = server.url
        if row.port == "closed":
            url = f"http://127.0.0.1:{closed_port()}/ehcService/gateway.do"
        elif row.port == "unknown":
            # 64 letters are no DNS label: the C library refuses the name without asking anybody.
            url = "http://" + "x" * 64 + ".test/ehcService/gateway.do"
        elif row.port == "full" and listener is not None:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/ehcService/gateway.do"
        elif row.port.endswith(".test"):
            url = f"http://{row.port}:{server.port}/ehcService/gateway.do"
        elif row.port == "https-to-plain":
            url = url.replace("http:", "https:", 1)
        warm = ""
        if row.warm:
            warm = ask(url, asked)[0]
            if row.warm == CLOSED:
                server.wait_closed()
        begin = time.monotonic()
        code, text = ask(url, asked)
        seconds = time.monotonic() - begin
        arrived = len(server.requests)
        server.heal(authority.context() if row.tls or row.port == "https-to-plain" else None)
        url = server.url
        after, after_text = ask(url, asked)
        if after == "00" and not reply_is_right(after_text):
            after = "wrong reply"
        return Result(code, text, seconds, arrived, warm, after, after_text)
    finally:
        server.close()
        for sock in [*fillers, *([listener] if listener else [])]:
            sock.close()
