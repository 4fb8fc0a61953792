"""Which encoding a command speaks on Windows: the console's, and UTF-8 for JSON."""

from __future__ import annotations

import subprocess

import pytest

from native.buildkit import wine
from tests.builds import runnable
from vcchk.cli.console import encoding_for

PAGES = {936: "gbk", 65001: "utf-8", 437: "utf-8", 1: "utf-8"}


@pytest.mark.parametrize("page", PAGES)
def test_code_pages(page: int) -> None:
    assert encoding_for(page) == PAGES[page]


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
