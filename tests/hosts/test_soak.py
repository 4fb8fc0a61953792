"""A till runs for weeks: after 1,000 calls nothing grows any more, whether they succeed or fail.

The long run (100,000 good and 10,000 failing calls) is `python3 build_dll.py test --soak`. The short one in every run
has fewer calls and less memory to grow in: it still sees a kilobyte or a two-hundredth of a handle a call.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from unittest import mock

import pytest

from native.buildkit import demo_programs
from tests.native.conftest import hexed, host_program
from vcchk.records import log

from .compiled import App, request

Apps = Callable[[str], App]
CHUNK = 500
WARM = 1_000
MOST_HANDLES = 5
AT_ONCE = "[gateway]\nconnect_tries = 0\n"
"""Without the pauses between attempts to connect: a platform that never answered is asked by one thread at a time, so
16 refused calls wait 8 s for each other, nine times in a short run. The long run has the pauses."""

LENGTHS = [
    pytest.param(1_000, 600, 1024, AT_ONCE, id="short", marks=pytest.mark.timeout(300)),
    pytest.param(100_000, 10_000, 2048, "", id="long", marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
]


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address whose port refuses connections for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/ehcService/gateway.do"


def settled(host: demo_programs.HostProgram) -> dict[str, int]:
    """Memory and handles when threads that have just ended are gone: when the handles fall no more."""
    host.ask("sleep", "1000")
    seen = host.ask("memory")
    while True:
        host.ask("sleep", "500")
        now = host.ask("memory")
        if now["handles"] >= seen["handles"]:
            return now
        seen = now


def grown(
    host: demo_programs.HostProgram, lines: list[str], calls: int, codes: set[str], at_once: str = ""
) -> tuple[int, int]:
    """Make ``calls`` calls, the lines in turn by chunks; returns (KB, handles) that came since the first ones.

    ``at_once``: a line that takes long; 16 threads make it together, once for each chunk.
    """

    def chunk(line: str, count: int) -> None:
        answer = host.ask(*f"repeat {count} {line}".split())
        assert str(answer["ret"]) in codes, answer
        if at_once:
            answers = host.ask(*f"threads 16 {at_once}".split())["answers"]
            assert {str(row["ret"]) for row in answers} <= codes

    size = CHUNK // len(lines)
    for line in lines:
        chunk(line, WARM // len(lines))
    # What the log does once, at the first call after this time (it imports ctypes), belongs to the start.
    host.ask("sleep", f"{log.MODULES_AFTER_SECONDS * 1000:.0f}")
    chunk(lines[0], 1)
    before = settled(host)
    for number in range(calls // size):
        chunk(lines[number % len(lines)], size)
    after = settled(host)
    assert before["handles"] > 0, "they are counted"
    print(f"{calls} calls: {before} -> {after}")
    return after["working_kb"] - before["working_kb"], after["handles"] - before["handles"]


@pytest.mark.parametrize(("calls", "failing", "most_kb", "ini"), LENGTHS)
@pytest.mark.parametrize("name", ["win32", "linux"])
def test_nothing_grows(
    app: Apps, url: str, nobody: str, name: str, calls: int, failing: int, most_kb: int, ini: str
) -> None:
    his = app(name)
    his.ini(ini)
    here = hexed(url.encode())
    good = f"trans {here} {hexed(request().encode('gbk'))}"
    bad = [
        f"trans {here} {hexed(b'{')}",
        f"trans {here} {hexed(request('ehc.no.such.method').encode('gbk'))}",
        f"trans {here} {hexed(request().replace('SM4', 'RC4').encode('gbk'))}",
        "print 31 32 33",
    ]
    refused = f"trans {hexed(nobody.encode())} {hexed(request().encode('gbk'))}"
    with (
        mock.patch.dict(os.environ, his.session.environment()),
        demo_programs.HostProgram(his.target, host_program(his.target), his.library) as host,
    ):
        kilobytes, handles = grown(host, [good], calls, {"00"})
        assert kilobytes < most_kb
        assert handles < MOST_HANDLES
        kilobytes, handles = grown(host, bad, failing, {"9001", "1005", "1006", "8004", "9005"}, refused)
        assert kilobytes < most_kb
        assert handles < MOST_HANDLES
