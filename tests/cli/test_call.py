"""``vcchk call --fresh``: a file that can be sent again and again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vcchk.cli.commands.call import fresh, main

BIZ = {"out_register_no": "1", "out_register_time": "20260102030405", "user_name": "陈小明", "operator_id": "1"}
REGISTER: dict[str, Any] = {
    "method": "ehc.ehealthcard.register", "timestamp": "20260102030405", "key": "K", "biz_content": BIZ,
}  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("as_text", [False, True])
def test_serial_number_and_times_are_new_and_all_else_is_not(charset: str, as_text: bool) -> None:
    asked = {**REGISTER, "biz_content": json.dumps(BIZ, ensure_ascii=False) if as_text else BIZ}
    data = json.dumps(asked, ensure_ascii=False).encode(charset)
    serials = set()
    for _ in range(50):
        made = json.loads(fresh(data).decode(charset))
        biz = json.loads(made["biz_content"]) if as_text else made["biz_content"]
        serials.add(biz["out_register_no"])
        assert made["timestamp"] == biz["out_register_time"] > "20260102030405"
        assert (made["method"], made["key"], biz["user_name"]) == ("ehc.ehealthcard.register", "K", "陈小明")
    assert len(serials) == 50


def test_a_query_keeps_the_number_it_asks_for() -> None:
    asked = {"method": "ehc.ehealthcard.auth.query", "timestamp": "1", "biz_content": {"out_authorize_no": "7"}}
    made = json.loads(fresh(json.dumps(asked).encode()))
    assert made["biz_content"] == {"out_authorize_no": "7"}
    assert made["timestamp"] != "1"


@pytest.mark.parametrize(
    "data",
    [b"[]", b"{", b"\xff\xff", b"[" * 100_000, b'{"biz_content":"{"}'],
    ids=["list", "cut", "bytes", "deep", "cut inside"],
)
def test_what_is_no_envelope_is_refused(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "InData.json"
    file.write_bytes(data)
    assert main([str(file), "--url", "http://127.0.0.1:1/", "--fresh"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


@pytest.fixture
def registration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a registration, on a machine whose INI and state folder are the test's."""
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "own.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "InData.json"
    file.write_text(json.dumps(REGISTER), "utf-8")
    return file


def test_nothing_is_sent_when_the_reply_cannot_be_kept(
    registration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(registration), "--url", "http://127.0.0.1:1/", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "没有发送" in said.err


def test_an_address_is_passed_on_whatever_its_bytes(registration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(registration), "--url", "http://\udcff\udcfe/"]) == 1
    assert "返回码  " in capsys.readouterr().out
