"""The fault matrix through the package, and through the built library where there is one.

The rows run several at a time (most of them wait), each on a server of its own; that they share one caller is part of
the test: a fault at one platform must not touch the calls to another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from native.buildkit import demo_programs, targets, wine
from tests.builds import runnable
from tests.faults import library, table
from tests.faults.callers import Caller, FreshCaller, HostCaller, PackageCaller, ProcessCaller
from tests.faults.certificates import Authority
from tests.faults.matrix import DOUBT, INI, ROWS, SLACK, Row, reply_is_right
from tests.faults.platform import KEY
from tests.faults.runner import Result, run, warm_up

pytestmark = pytest.mark.slow

AT_ONCE = 6
WINE_HOSTS = 3
LINUX = targets.TABLE["linux"]
WIN32 = targets.TABLE["win32"]
BUILT = {"library": "linux", "win32": "win32"}
"""Kinds of caller that ask a built library."""


MODES = {"package-trusted": "auto", "package-fresh": "auto", "package-off": "off"}
"""Kinds of caller that run with another [wire] verify_reply than strict."""


class Asked:
    """A caller under test and what its rows came to."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        self.authority = Authority(folder)
        self.log = folder / "state"
        ini = folder / "VirtualCardChk.ini"
        path_for = wine.windows_path if kind == "win32" else str
        ini.write_text(
            INI.format(ca=path_for(self.authority.pem), folder=path_for(self.log), mode=MODES.get(kind, "strict")),
            "utf-8",
        )
        self.caller: Caller
        if kind == "package-fresh":
            self.caller = FreshCaller(ini)
        elif kind.startswith("package"):
            self.caller = PackageCaller(ini)
        elif kind == "library":
            environment = {**os.environ, "VCCHK_INI": str(ini)}
            self.caller = ProcessCaller([sys.executable, library.__file__, str(LINUX.dist / LINUX.dll)], environment)
        else:
            self.caller = HostCaller(
                WIN32, demo_programs.build_host(WIN32), WIN32.dist / WIN32.dll, path_for(ini), WINE_HOSTS
            )
        self._pool = ThreadPoolExecutor(WINE_HOSTS if kind == "win32" else AT_ONCE)
        self.results: dict[str, Future[Result]] = {}

    def start(self) -> None:
        turns = WINE_HOSTS if self.kind == "win32" else 1
        assert set(self._pool.map(warm_up, [self.caller] * turns, [self.authority] * turns)) == {"00"}
        rows = [row for row in ROWS if row.core or self.kind != "win32"]
        self.results = {row.name: self._pool.submit(run, row, self.caller, self.authority) for row in rows}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self.caller.close()


Of = Callable[[str], Asked]


@pytest.fixture(scope="module")
def asked_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Of]:
    """Return a function that gives the caller of a kind, its rows under way; made once, skips what is not built."""
    made: dict[str, Asked] = {}

    def asked(kind: str) -> Asked:
        if kind in BUILT:
            runnable(BUILT[kind])
        if kind not in made:
            made[kind] = Asked(tmp_path_factory.mktemp(kind), kind)
            made[kind].start()
        return made[kind]

    yield asked
    for one in made.values():
        one.close()


KINDS = ("package", *MODES, "library", "win32")
CASES = [(kind, row) for kind in KINDS for row in ROWS if row.core or kind != "win32"]


@pytest.mark.parametrize(("kind", "row"), CASES, ids=[f"{kind}-{row.name}" for kind, row in CASES])
def test_row(asked_of: Of, kind: str, row: Row) -> None:
    if row.unverified and kind in ("package-fresh", "package-off"):
        row = replace(row, code=row.unverified, says="", doubt=False)
    check(row, asked_of(kind).results[row.name].result(60))


def check(row: Row, result: Result) -> None:
    """Hold what came back against the row."""
    seen = f"{result.code} {result.text} after {result.seconds:.2f} s"
    assert result.code == row.code, seen
    if row.code == "00":
        assert reply_is_right(result.text), seen
    else:
        assert row.says in result.text, seen
        assert (DOUBT in result.text) is row.doubt, seen
        # It says what to do, unless the words are the platform's own.
        assert "请" in result.text or row.says in ("失败", ""), seen
    assert result.seconds <= row.seconds + SLACK, seen
    if row.warm:
        assert result.warm == "00"
    if row.arrived is not None:
        assert result.arrived == row.arrived, f"{result.arrived} requests arrived"
    assert result.after == "00", f"the next call: {result.after} {result.after_text}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_is_in_no_answer_and_no_log(asked_of: Of, kind: str) -> None:
    asked = asked_of(kind)
    for future in asked.results.values():
        assert KEY not in future.result(60).text
    logs = list(asked.log.rglob("*.log"))
    assert logs
    text = "".join(path.read_text("utf-8") for path in logs)
    assert "CALL" in text
    assert KEY not in text
    assert "测试" not in text


def test_the_document_says_what_comes_back(asked_of: Of) -> None:
    """docs/faults.md is made of what the package really answered: ``python -m tests.faults.table`` writes it anew."""
    results = {name: future.result(60) for name, future in asked_of("package").results.items()}
    assert table.PATH.read_text("utf-8") == table.render(results)


def test_there_are_enough_rows_and_no_two_of_a_name() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names)) >= 40
    assert 8 <= sum(row.core for row in ROWS) <= 20
