"""The guard: what a call costs in counts stays within 5 % of what is written down in recorded.json.

A change that makes a call dearer fails here. When it is worth it, build both targets, run
`python -m tests.speed.counts --record`, and say why in the commit.
"""

from __future__ import annotations

import platform as system
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builds import built
from tests.speed import counts

MOST = 1.05


def says(what: str, now: float, then: float) -> str:
    return (
        f"{what}: {now:,.0f} now, {then:,.0f} recorded. If the change is worth it, build win32 and linux, run "
        f"`{counts.HOW}` and say why in the commit."
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built("linux")
    return counts.installed(tmp_path_factory.mktemp("speed"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with counts.platform() as address:
        yield address


def test_the_first_call_imports_no_more_modules(library: Path, url: str) -> None:
    then = set(counts.recorded()["modules"])
    now = set(counts.modules(library.parents[1], library, url))
    assert "vcchk.transaction.exchange" in now
    more = sorted(now - then)
    assert len(now) <= len(then) * MOST, f"{says('modules of a first call', len(now), len(then))} New: {more}"
    costly = {"re", "json", "enum", "threading", "datetime", "socket", "ssl", "requests", "dataclasses", "typing"}
    assert not costly & now


def test_a_warm_call_takes_no_more_instructions(library: Path, url: str) -> None:
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    if system.machine() != "x86_64":
        pytest.skip("recorded on x86-64")
    then = counts.recorded()["instructions"]
    now = counts.instructions(library.parents[1], library, url)
    assert now <= then * MOST, says("instructions of a warm call", now, then)


@pytest.mark.parametrize("what", ["folder", "zip"])
def test_what_a_hospital_copies_grows_no_larger(what: str) -> None:
    built("win32")
    then = counts.recorded()[what]
    now = counts.sizes()[what]
    assert now <= then * MOST, says(f"bytes of dist/win32's {what}", now, then)


def test_a_message_names_the_way_to_record_anew() -> None:
    assert counts.HOW in says("x", 2, 1)
