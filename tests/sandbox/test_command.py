"""``vcchk sandbox`` as a process of its own: the ready line, its options, how it fails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from tests.sandbox.conftest import in_clear, registration
from tests.sandbox.independent import His
from vcchk.sandbox.seed import DEMO

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "vcchk", "sandbox"]
INI = "[profile:mycity]\nbase = ehui\nkey_suffix = K\n"


def environment():
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def _interruptible():
    """A shell starts what runs in its background with SIGINT ignored, and a test run may be there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ready_line_profiles_of_an_ini_log_and_interrupt(tmp_path):
    (tmp_path / "site.ini").write_text(INI, "utf-8")
    log = tmp_path / "sandbox.log"
    arguments = ["--port", "0", "--db", str(tmp_path / "a.db"), "--reset", "--ini", str(tmp_path / "site.ini"),
                 "--log", str(log)]  # fmt: skip
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment(), preexec_fn=_interruptible
    ) as process:
        try:
            assert process.stdout is not None
            word, url = process.stdout.readline().split()
            assert word == "ready"
            assert url.startswith("http://127.0.0.1:")
            assert url.endswith("/ehcService/gateway.do")
            his = His(url, DEMO.app_id, DEMO.key, DEMO.term_id)
            assert his.call("ehc.ehealthcard.querywithreg", registration(DEMO.people[0])).code == "0000"
            other = url.replace("/ehcService/", "/profiles/mycity/")
            assert "1001" in requests.post(other, data=b"{}", timeout=60).text
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(10) == 0
            finally:
                process.kill()
    text = log.read_text("utf-8")
    assert "ehc.ehealthcard.querywithreg ret=0000" in text
    assert in_clear(text) == []


def failing(*arguments):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, encoding="utf-8", env=environment(), timeout=60)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_failures_are_sentences(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, printed = failing("--port", str(taken.getsockname()[1]))
        assert (code, "端口已被占用" in printed) == (1, True)
    code, printed = failing("--host", "0.0.0.0", "--port", "0")
    assert (code, "回环地址" in printed) == (1, True)
    code, printed = failing("--profile", "nowhere", "--port", "0")
    assert (code, "nowhere" in printed) == (1, True)
    code, printed = failing("--db", str(tmp_path), "--port", "0")
    assert (code, "打不开数据库" in printed) == (1, True)
