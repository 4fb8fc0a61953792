"""Which encoding a command speaks on Windows: the console's, and UTF-8 for JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from native.buildkit import wine
from tests.builds import runnable
from vcchk.cli.console import encoding_for

PAGES = {936: "gbk", 65001: "utf-8", 437: "utf-8", 950: "utf-8", 932: "utf-8", 949: "utf-8", 1: "utf-8"}


@pytest.mark.parametrize("page", PAGES)
def test_code_pages(page: int) -> None:
    assert encoding_for(page) == PAGES[page]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["gbk", "cp437", "ascii", "utf-8"])
def test_what_an_encoding_lacks_ends_no_command(tmp_path: Path, encoding: str) -> None:
    """A window's report names it with a rare character: text has a sign for it, JSON has it in UTF-8."""
    found = {"format": 1, "computer": "𠮷一", "time": "2026-01-05 08:00:00", "version": "1", "dialect": "",
             "figures": {}, "devices_off": [], "findings": []}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(found), "utf-8")

    def run(*arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "vcchk", "fleet", str(tmp_path), *arguments], capture_output=True, timeout=60,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (1, b"")
        return done.stdout

    assert "电脑" in run().decode(encoding) or encoding in ("cp437", "ascii")
    assert json.loads(run("--json").decode("utf-8"))[0]["computer"] == "𠮷一"


def test_redirected_text_is_in_the_console_s_code_page_and_json_in_utf_8() -> None:
    """Wine runs here with the Chinese code page 936."""
    target = runnable("win32")

    def run(*arguments: str) -> bytes:
        done = subprocess.run(
            [*wine.prefixed(), str(target.dist / target.exe), *arguments], env=wine.environment(), timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.stdout

    assert "检查运行环境" in run("--help").decode("gbk")
    assert "运行环境" in run("doctor", "--json").decode("utf-8")
