"""Dates that no clock of this machine's has."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from native.buildkit import places, wine, winpython
from tests.builds import present
from vcchk.doctor import moment

WITHOUT_END = 253402300799.0
ANY = (WITHOUT_END, -11644473600.0, 1e18, -1e18)
"""A certificate's without end, a file's whose time Windows never set, and nonsense."""


@pytest.fixture
def _in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CST-8")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_china")
def test_here() -> None:
    assert moment.local(0).isoformat(" ") == "1970-01-01 08:00:00"
    assert [moment.local(seconds).year for seconds in ANY] == [9999, 1601, 9999, 1]


@pytest.mark.timeout(300)
def test_on_windows() -> None:
    target = present("win32")
    if not wine.available(target.bits):
        pytest.skip("no Wine for 32-bit programs on this machine")
    program = f"import json; from vcchk.doctor import moment; print(json.dumps([moment.local(s).year for s in {ANY}]))"
    done = subprocess.run(
        [*wine.prefixed(), winpython.executable(target), "-c", program],
        env=os.environ | wine.environment() | {"PYTHONPATH": wine.windows_path(places.ROOT)},
        capture_output=True, timeout=280, stdin=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [9999, 1601, 9999, 1]
