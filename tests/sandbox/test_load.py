"""200 clients at once, real processes over real HTTP: no error, and no acknowledged record is missing afterwards."""

from __future__ import annotations

import json
import re
import sqlite3
import statistics
import subprocess
import sys

import pytest

from native.buildkit import places

pytestmark = pytest.mark.slow

CLIENTS, PROCESSES = 200, 2


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
def test_no_error_and_no_lost_record(tmp_path, seconds, record_property):
    database, log = tmp_path / "platform.db", tmp_path / "sandbox.log"
    command = [sys.executable, "-m", "vcchk", "sandbox", "--port", "0", "--db", str(database), "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=places.ROOT) as platform:
        try:
            assert platform.stdout is not None
            url = platform.stdout.readline().split()[1]
            asked = [[sys.executable, "-m", "tests.sandbox.load", url, str(CLIENTS // PROCESSES), str(seconds), f"P{n}"]
                     for n in range(PROCESSES)]  # fmt: skip
            running = [subprocess.Popen(c, stdout=subprocess.PIPE, text=True, cwd=places.ROOT) for c in asked]
            outputs = [process.communicate(timeout=seconds + 60)[0] for process in running]
        finally:
            platform.terminate()
    reports = [json.loads(output) for output in outputs]

    def all_of(name):
        return [item for one in reports for item in one[name]]

    assert all_of("errors") == []
    registered, verified, authorised = all_of("registered"), all_of("verified"), all_of("authorised")
    assert len(registered) >= CLIENTS  # each of them did something
    assert len({mark.split("N")[0] for mark in authorised}) == CLIENTS
    db = sqlite3.connect(database)
    kept = {kind: {row[0] for row in db.execute("SELECT serial FROM serials WHERE kind = ?", (kind,))}
            for kind in ("register", "verify", "authorize")}  # fmt: skip
    assert kept == {"register": set(registered), "verify": set(verified), "authorize": set(authorised)}
    people = {row[0] for row in db.execute("SELECT id_no FROM people JOIN cards USING (person) WHERE id_type = '99'")}
    assert people == set(registered)
    assert db.execute("SELECT count(*) FROM uses").fetchone() == (len(verified),)
    assert db.execute("SELECT count(*) FROM authorisations").fetchone() == (len(authorised),)
    by_operator = dict(db.execute("SELECT operator_id, count(*) FROM uses GROUP BY 1"))
    assert by_operator == {n: sum(v.startswith(f"L{n}N") for v in verified) for n in by_operator}
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    lines = log.read_text("utf-8").splitlines()
    times = sorted(all_of("times"))
    assert len(lines) == len(times)
    assert all(re.search(r" ret=0000 .* sign=SM3/held ", line) for line in lines)
    figures = {"calls": len(times), "calls/s": len(times) / seconds, "p50 ms": statistics.median(times),
               "p99 ms": times[int(len(times) * 0.99)], "worst ms": times[-1]}  # fmt: skip
    for name, value in figures.items():
        record_property(name, round(value, 1))
    print(figures)
