"""Which methods of the documents each test calls: heard from the sandbox's log, kept in tested.json.

A module whose tests call what the record lacks, or no longer call what it has (told only where a test has run with all
of its parameters), ends with an error that names the command to renew it. So the record cannot go stale unseen, and no
run is made for it alone.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from vcchk.specification import METHODS, find

RECORD = Path(__file__).with_name("tested.json")
NEW = "VCCHK_RECORD_TESTED"
"""Environment: the file into which a run writes its record, instead of checking it."""
COMMAND = "run python tools/make_coverage.py"

UNRECORDED = ("test_load.py", "test_web.py")
"""Tests of speed, and of what stands around the platform."""

_heard: set[str] = set()
_seen: dict[str, set[str]] = defaultdict(set)
_runs: Counter[str] = Counter()
partial: set[str] = set()
"""Tests of which this run has not all parameters."""


def hear(line: str) -> None:
    """Take a log line of the sandbox: the word after the number is the method."""
    words = line.split()
    if len(words) > 4 and words[2].startswith("#"):
        method = find(words[3])
        if method is not None:
            _heard.add(method.name)


def begin() -> None:
    """A test begins."""
    _heard.clear()


def end(item: Any) -> None:
    """A test has ended."""
    name = name_of(item)
    _seen[name] |= _heard
    _runs[name] += 1


def check(module: str, session: Any) -> None:
    """Hold what a module's tests have called against the record; AssertionError when it is another. In the run of
    `make_coverage`, write it down instead."""
    if module in UNRECORDED:
        return
    path = os.environ.get(NEW)
    if path:
        whole = {test: sorted(called) for test, called in sorted(_seen.items()) if called and _module(test) == module}
        before = json.loads(Path(path).read_text("utf-8")) if Path(path).exists() else {}
        Path(path).write_text(json.dumps(before | whole, indent=1, sort_keys=True) + "\n", "utf-8")
        return
    known = recorded()
    whole_run = not any("::" in argument for argument in session.config.args)
    asked = Counter(map(name_of, session.items))
    stale = []
    for name, called in _seen.items():
        row = set(known.get(name, ()))
        is_complete = whole_run and name not in partial and _runs[name] == asked[name]
        if _module(name) == module and (called - row or (is_complete and row - called)):
            stale.append(name)
    assert not stale, f"{RECORD.name} is not what {', '.join(stale)} call: {COMMAND}"


def _module(name: str) -> str:
    return name.partition("::")[0]


def name_of(item: Any) -> str:
    """Return a test's name without its parameters."""
    return f"{item.path.name}::{getattr(item, 'originalname', None) or item.name}"


def recorded() -> dict[str, list[str]]:
    """Return the record: test → methods."""
    found: dict[str, list[str]] = json.loads(RECORD.read_text("utf-8"))
    return found


def counts() -> dict[str, int]:
    """Return how many test functions call each method of the documents."""
    tests = recorded().values()
    return {method: sum(method in called for called in tests) for method in METHODS}
