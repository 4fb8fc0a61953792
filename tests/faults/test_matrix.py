"""The fault matrix through the package, and through the built library where there is one.

The rows run several at a time (most of them wait), each on a server of its own; that they share one caller is part of
the test: a fault at one platform must not touch the calls to another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults import library
from tests.faults.callers import Caller, PackageCaller, ProcessCaller
from tests.faults.certificates import Authority
from tests.faults.matrix import DOUBT, INI, ROWS, SLACK, Row, reply_is_right
from tests.faults.platform import KEY
from tests.faults.runner import Result, run

AT_ONCE = 6
LIBRARY = Path(__file__).parents[2] / "dist" / "linux" / "libVirtualCardChk.so"


class Asked:
    """A caller under test and what its rows came to."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.authority = Authority(folder)
        self.log = folder / "state"
        ini = folder / "VirtualCardChk.ini"
        ini.write_text(INI.format(ca=self.authority.pem, folder=self.log), "utf-8")
        self.caller: Caller
        if kind == "package":
            self.caller = PackageCaller(ini)
        else:
            environment = {**os.environ, "VCCHK_INI": str(ini)}
            self.caller = ProcessCaller([sys.executable, library.__file__, str(LIBRARY)], environment)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self.results: dict[str, Future[Result]] = {}

    def start(self, rows: list[Row]) -> None:
        self.results = {row.name: self._pool.submit(run, row, self.caller, self.authority) for row in rows}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self.caller.close()


@pytest.fixture(scope="module", params=["package", "library"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    if request.param == "library" and not LIBRARY.exists():
        pytest.skip("dist/linux is not built")
    one = Asked(tmp_path_factory.mktemp(request.param), request.param)
    one.start(ROWS)
    yield one
    one.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(asked: Asked, row: Row) -> None:
    result = asked.results[row.name].result(60)
    seen = f"{result.code} {result.text} after {result.seconds:.2f} s"
    assert result.code == row.code, seen
    if row.code == "00":
        assert reply_is_right(result.text), seen
    else:
        assert row.says in result.text, seen
        assert (DOUBT in result.text) is row.doubt, seen
        assert any("\u4e00" <= c <= "\u9fff" for c in result.text), seen
    assert result.seconds <= row.seconds + SLACK, seen
    if row.warm:
        assert result.warm == "00"
    if row.arrived is not None:
        assert result.arrived == row.arrived, f"{result.arrived} requests arrived"
    assert result.after == "00", f"the next call: {result.after} {result.after_text}"


def test_the_key_is_in_no_answer_and_no_log(asked: Asked) -> None:
    for future in asked.results.values():
        assert KEY not in future.result(60).text
    logs = list(asked.log.rglob("*.log"))
    assert logs
    text = "".join(path.read_text("utf-8") for path in logs)
    assert "CALL" in text
    assert KEY not in text
    assert "测试" not in text


def test_there_are_enough_rows_and_no_two_of_a_name() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names)) >= 40
    assert 8 <= sum(row.core for row in ROWS) <= 20
