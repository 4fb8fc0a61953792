"""The lock of a platform's file: one search at a time, and free again after it, also among threads of one program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vcchk.records.rules_file import RulesFile

SITE = ("http://127.0.0.1:9/ehcService/gateway.do", "APP")


def test_the_thread_that_follows_at_once_gives_the_lock_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It acquires the moment the file is closed, before the one that closed it goes on."""
    rules = RulesFile(str(tmp_path), *SITE)
    close = os.close

    def close_and_let_the_next_begin(descriptor: int) -> None:
        close(descriptor)
        monkeypatch.undo()
        assert rules.acquire(0)

    assert rules.acquire(0)
    monkeypatch.setattr(os, "close", close_and_let_the_next_begin)
    rules.release()
    other = RulesFile(str(tmp_path), *SITE)
    assert not other.acquire(0), "the next one is searching"
    rules.release()
    assert other.acquire(0), "and has ended"
    other.release()
