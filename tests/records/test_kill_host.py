"""A host killed at random moments during writing calls of the built DLL: what left is in the journal, whole.

The platform here notes every serial number that reached it. After each kill each of them must be in the journal, each
call that the host had answered must be closed there, and the file must be whole. SIGKILL is to a program under Wine
what TerminateProcess is to one under Windows: it ends between two instructions, and nothing of it runs any more.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import socketserver
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from native.buildkit import wine
from tests.builds import runnable
from tests.native.conftest import host_program
from tests.records.conftest import environment
from vcchk.records import journal

SECONDS = 60
"""To wait for a host that starts, or ends."""
CALLS = 3000
"""More than any host gets through before it is killed."""
REPLY = {"ret_code": "0000", "ret_msg": "ok", "app_id": "A", "method": "ehc.ehealthcard.register"}


class Platform(socketserver.ThreadingTCPServer):
    """Answers every registration after up to 3 ms, and notes its serial number before that."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.reached: set[str] = set()
        self.answers = threading.Event()
        """While it is not set, what reaches the platform gets no answer."""
        self.answers.set()
        self.is_asked = threading.Event()
        """A request waits for `answers`."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/gateway.do"


class _Handler(socketserver.StreamRequestHandler):
    server: Platform

    def handle(self) -> None:
        while True:
            try:
                size = 0
                line = self.rfile.readline()
                if not line:
                    return
                while line not in (b"\r\n", b""):
                    name, _, value = line.lower().partition(b":")
                    size = int(value) if name == b"content-length" else size
                    line = self.rfile.readline()
                body = self.rfile.read(size)
                if len(body) < size:
                    return
                serial = json.loads(json.loads(body)["biz_content"])["out_register_no"]
                self.server.reached.add(serial)
                if not self.server.answers.is_set():
                    self.server.is_asked.set()
                    self.server.answers.wait(SECONDS)
                time.sleep(random.random() * 0.003)
                reply = json.dumps({**REPLY, "biz_content": {"out_register_no": serial}}).encode()
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(reply) + reply)
            except OSError:
                return


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def script(url: str, turn: int) -> str:
    lines = []
    for i in range(CALLS):
        biz = {"out_register_no": f"{turn}-{i}", "user_name": "测试", "id_type": "01", "id_no": "350299198503120012"}
        envelope = {
            "method": "ehc.ehealthcard.register", "app_id": "A", "term_id": "T", "version": "X.M.0.1", "key": "K" * 32,
            "timestamp": "20261122000000", "sign_type": "MD5", "enc_type": "Plain", "biz_content": biz,
        }  # fmt: skip
        lines.append(f"trans {url.encode().hex()} {json.dumps(envelope).encode().hex()}\n")
    return "".join(lines)


def kill_often(name: str, platform: Platform, folder: Path, times: int, seed: int) -> None:
    target = runnable(name)
    host = host_program(target)
    library = Path(shutil.copytree(target.dist, folder / "dist")) / target.dll  # builds go on while a soak runs
    path_for: Callable[[Path], str] = wine.windows_path if name == "win32" else str
    state = folder / "state"
    path = folder / "VirtualCardChk.ini"
    path.write_text(f"[log]\nfolder = {path_for(state)}\n[wire]\nverify_reply = off\n", "utf-8")
    env = environment(VCCHK_INI=path_for(path))
    command = [str(host), path_for(library)]
    if name == "win32":
        command, env = ["wine", *command], env | wine.ENVIRONMENT
    chance = random.Random(seed)
    doubtful = 0
    answered: set[str] = set()
    for turn in range(times):
        commands, answers = folder / "commands", folder / f"answers-{turn % 2}"
        commands.write_text(script(platform.url, turn), "ascii")
        answers.write_bytes(b"")
        running = subprocess.Popen(
            [*command, path_for(commands), path_for(answers)],
            env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + SECONDS
        while b"\n" not in answers.read_bytes():
            assert running.poll() is None, f"the host ended by itself: {running.returncode}"
            assert time.monotonic() < until, "the host does not answer"
            time.sleep(0.002)
        if turn == times - 1:  # one kill meets a call on its way for certain
            platform.answers.clear()
            assert platform.is_asked.wait(SECONDS)
        time.sleep(chance.random() * 0.05)
        running.send_signal(signal.SIGKILL)
        assert running.wait(SECONDS) == -signal.SIGKILL
        platform.answers.set()
        whole = answers.read_bytes().decode("ascii")
        results = [json.loads(line) for line in whole[: whole.rfind("\n") + 1].splitlines()]
        failed = [bytes.fromhex(r["out"]).decode("gb18030", "replace") for r in results if r["ret"] != "00"]
        assert not failed, f"turn {turn}: {failed[0]}"
        assert len(results) < CALLS
        answered |= {f"{turn}-{i}" for i in range(len(results))}
        if turn % 10 == 9 or turn == times - 1:
            doubtful = check(state, set(platform.reached), answered, turn + 1)
    assert doubtful, "no kill met a call on its way: these were no moments during calls"
    assert len(answered) > times, "hardly a call was made"


def check(state: Path, reached: set[str], answered: set[str], kills: int) -> int:
    """Hold the journal against what reached the platform; returns how many calls are in doubt."""
    with closing(sqlite3.connect(state / journal.FILE)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = dict(db.execute("SELECT serial, closed FROM call").fetchall())
        count = db.execute("SELECT count(*) FROM call").fetchone()[0]
    assert reached <= set(rows), f"{len(reached - set(rows))} reached the platform and are not in the journal"
    assert all(rows[serial] for serial in answered), "an answered call is not closed"
    assert count == len(rows), "a call is there twice"
    doubtful = sum(closed is None for closed in rows.values())
    assert doubtful <= kills, "more than one in doubt a kill"
    return doubtful


def test_40_kills_on_linux(platform: Platform, tmp_path: Path) -> None:
    kill_often("linux", platform, tmp_path, 40, 40)


@pytest.mark.timeout(300)
def test_5_kills_under_wine(platform: Platform, tmp_path: Path) -> None:
    kill_often("win32", platform, tmp_path, 5, 5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_950_kills_on_linux(platform: Platform, tmp_path: Path) -> None:
    kill_often("linux", platform, tmp_path, 950, 950)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_50_kills_under_wine(platform: Platform, tmp_path: Path) -> None:
    kill_often("win32", platform, tmp_path, 50, 50)
