"""``vcchk secret set``: what is no key is refused before it is sealed and can be looked at no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from vcchk.cli.commands import secret


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "VirtualCardChk.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\0",
        b"0\x82\x05\x10\x02\x01\x03",
        b"key\0\0",
        b"sealed:AAAA",
        "k\u200bey".encode(),
        b"A" * 100_000,
    ],
    ids=["empty", "half UTF-16", "a .pfx", "NULs", "sealed", "invisible", "too long"],
)
def test_what_is_no_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "key.txt").write_bytes(content)
    assert secret.main(["set", "--from-file", str(tmp_path / "key.txt")]) == 1
    captured = capsys.readouterr()
    assert "什么也没有改" in captured.err
    assert not (tmp_path / "vcchk" / "wire.key").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_key_as_editors_save_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    (tmp_path / "key.txt").write_text("SYNTHETIC0key1\r\n", encoding)
    assert secret.main(["set", "--from-file", str(tmp_path / "key.txt")]) == 0
    assert secret.main(["check"]) == 0
    assert "14 个字符" in capsys.readouterr().out
