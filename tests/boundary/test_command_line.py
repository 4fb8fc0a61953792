"""The built program's words on their way from C to the command line."""

from __future__ import annotations

import cffi
import pytest

from vcchk.entry.callbacks import Callbacks


def test_words_may_be_of_any_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    """The program once ended with 73 and no word."""
    ffi = cffi.FFI()
    words = [ffi.new("char[]", word) for word in (b"vcchk", b"codes", b"\xff\xfe")]
    assert Callbacks(ffi).main(len(words), ffi.new("char *[]", words)) == 1
    assert "没有找到" in capsys.readouterr().err
