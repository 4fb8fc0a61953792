"""A power cut: what was not synced is lost, in part or whole; with ``sync = full`` no call that returned is.

A layer under an ordinary Python (power_cut.c, preloaded: the built library cannot be) traces what the journal writes
and syncs. For moments of that trace a disk is made: what a sync covered is there; of what came after it each sector of
512 bytes is there or not, by chance. As on ext4, XFS and NTFS a synced file keeps its name.
"""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.records.conftest import environment
from vcchk.records.journal import FILE
from vcchk.records.journal.file import connect

pytestmark = pytest.mark.slow

CALLS = 400
SECTOR = 512
MARKS = "marks"
"""A file whose writes say which calls have returned; to the test alone, so that they never get lost."""

WRITER = """
import os, sys
from vcchk.records.journal import Journal
from vcchk.records.log import Log
from vcchk.settings import parse_settings
folder = sys.argv[1]
settings = parse_settings(f"[log]\\nfolder = {folder}\\n[journal]\\nsync = {sys.argv[2]}\\n")
made = Journal(folder, settings, Log(settings))
os.makedirs(folder, exist_ok=True)
marks = os.open(folder + "/" + "marks", os.O_WRONLY | os.O_CREAT)
for i in range(int(sys.argv[3])):
    row = made.begin("ehc.ehealthcard.register", ("out_register_no", str(i)), "1", "", "h", "x" * 300)
    os.write(marks, f"begun {i}\\n".encode())
    if i % 4 == 0:
        made.doubt(row, "8001")
        os.write(marks, f"doubt {i}\\n".encode())
    else:
        made.close(row, "00")
        os.write(marks, f"closed {i}\\n".encode())
os._exit(0)
"""

Record = tuple[str, str, int, bytes]


class Disk:
    """What a disk holds: synced bytes of each file, and what came since."""

    def __init__(self) -> None:
        self.synced: dict[str, bytearray] = {}
        self.unsynced: dict[str, list[Record]] = {}
        self.removed: set[str] = set()
        """Files whose names go with the next sync of any file: the system's own journal keeps that order."""
        self.returned: list[str] = []

    def take(self, record: Record) -> None:
        operation, name, _, data = record
        if name == MARKS:
            self.returned += data.decode().split("\n")[:-1]
        elif operation == "u":
            self.removed.add(name)
        elif operation == "s":
            for gone in self.removed:
                self.synced.pop(gone, None)
                self.unsynced.pop(gone, None)
            self.removed.clear()
            content = self.synced.setdefault(name, bytearray())
            for late in self.unsynced.pop(name, []):
                _apply(content, late)
        else:
            self.unsynced.setdefault(name, []).append(record)

    def after_a_cut(self, folder: Path, chance: random.Random) -> None:
        """Make the files as they may be found."""
        folder.mkdir()
        for name in {*self.synced, *self.unsynced}:
            content = bytearray(self.synced.get(name, b""))
            arrived = 0
            for operation, _, offset, data in self.unsynced.get(name, []):
                parts = [("t", name, offset, b"")] if operation == "t" else [
                    ("w", name, offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)
                ]  # fmt: skip
                for part in parts:
                    if chance.random() < 0.5:
                        _apply(content, part)
                        arrived += 1
            is_removed = name in self.removed and chance.random() < 0.5
            if (name in self.synced or arrived) and not is_removed:
                (folder / name).write_bytes(content)


def _apply(content: bytearray, record: Record) -> None:
    operation, _, offset, data = record
    end = offset if operation == "t" else offset + len(data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if operation == "t":
        del content[offset:]
    else:
        content[offset:end] = data


def records(trace: bytes, folder: Path) -> Iterator[Record]:
    """Return the trace's records of files whose content matters (an index in shared memory does not)."""
    at = 0
    while at < len(trace):
        operation, size = struct.unpack_from("<cH", trace, at)
        name = trace[at + 3 : at + 3 + size].decode()
        offset, length = struct.unpack_from("<qI", trace, at + 3 + size)
        at += 15 + size
        data, at = trace[at : at + length], at + length
        path = Path(name.removesuffix(" (deleted)"))
        if path.parent == folder and not path.name.endswith("-shm"):
            yield operation.decode(), path.name, offset, data


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("layer") / "power_cut.so"
    source = Path(__file__).with_name("power_cut.c")
    command = [sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", "-O1", "-o", str(built), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return built


def traced(layer: Path, folder: Path, sync: str) -> list[Record]:
    trace = folder.parent / "trace"
    extra = {"LD_PRELOAD": str(layer), "TRACE_FOLDER": str(folder), "TRACE_FILE": str(trace)}
    command = [sys.executable, "-c", WRITER, str(folder), sync, str(CALLS)]
    done = subprocess.run(command, env=environment(**extra), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    found = list(records(trace.read_bytes(), folder))
    assert {name for _, name, _, _ in found} >= {FILE, FILE + "-wal", MARKS}
    return found


def lost(disk: Disk, folder: Path, chance: random.Random) -> list[str]:
    """Return what had returned before a cut at this moment and is not in the journal found after it."""
    disk.after_a_cut(folder, chance)
    with closing(connect(str(folder / FILE))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        found = {serial: (closed, code) for serial, closed, code in db.execute("SELECT serial, closed, code FROM call")}
    missing = []
    for mark in disk.returned:
        what, _, serial = mark.partition(" ")
        closed, code = found.get(serial, (None, None))
        is_there = {"begun": code is not None, "doubt": code == "8001" and not closed, "closed": bool(closed)}[what]
        missing += [] if is_there else [mark]
    return missing


def cuts(found: list[Record], folder: Path, count: int) -> list[list[str]]:
    chance = random.Random(20261126)
    moments = {*chance.sample(range(1, len(found)), count), len(found)}
    disk, results = Disk(), []
    for number, record in enumerate(found, 1):
        disk.take(record)
        if number in moments:
            results.append(lost(disk, folder / str(number), chance))
    return results


def test_with_sync_full_every_call_that_returned_is_there(layer: Path, tmp_path: Path) -> None:
    found = traced(layer, tmp_path / "state", "full")
    assert sum(operation == "s" and name == FILE for operation, name, _, _ in found) > 1, "a checkpoint is among it"
    results = cuts(found, tmp_path, 120)
    assert [missing for missing in results if missing] == []


def test_without_it_the_last_ones_may_be_lost_and_nothing_else(layer: Path, tmp_path: Path) -> None:
    """The other setting loses calls in this simulation: it can tell a loss. What it loses are the last, in order."""
    results = cuts(traced(layer, tmp_path / "state", "normal"), tmp_path, 40)
    assert any(results)
