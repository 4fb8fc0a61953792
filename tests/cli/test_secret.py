"""``vcchk secret set``: what is no key is refused before it is sealed and can be looked at no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.piped import piped
from vcchk.cli.commands import secret
from vcchk.doctor import machine
from vcchk.records import sealing
from vcchk.settings import load_settings, parse_settings


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


PROXY = "http://till:topsecret@10.0.0.1:8080"


@pytest.mark.parametrize("of_this_machine", [False, True], ids=["INI", "state folder"])
def test_a_proxy_with_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, of_this_machine: bool
) -> None:
    if of_this_machine:
        (tmp_path / "proxy.txt").write_text(PROXY + "\n", "utf-8")
        words = ["--from-file", str(tmp_path / "proxy.txt")]
    else:
        words = []
        monkeypatch.setattr("sys.stdin", piped(PROXY + "\n"))
    assert secret.main(["set", "proxy", *words]) == 0
    assert secret.main(["check"]) == 0
    settings = load_settings(str(tmp_path / "VirtualCardChk.ini"))
    assert sealing.reveal(settings.gateway.proxy, str(tmp_path / "vcchk")) == PROXY
    assert [(f.level, f.text) for f in machine.ini_file(settings) if f.check == "代理服务器"] == [
        ("ok", "[gateway] proxy 已加密，本机可以解开")
    ]
    (tmp_path / "vcchk" / sealing.FILE).unlink()
    assert secret.main(["check"]) == 1
    assert [f.level for f in machine.ini_file(settings) if f.check == "代理服务器"] == ["fail"]
    captured = capsys.readouterr()
    assert "[gateway] proxy 已加密，在本机可以解开（35 个字符）" in captured.out
    assert "topsecret" not in captured.out + captured.err


@pytest.mark.parametrize("text", ["socks5://10.0.0.1:1", "http://a=b;c", "http://"])
def test_what_is_no_proxy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "proxy.txt").write_text(text, "utf-8")
    assert secret.main(["set", "proxy", "--from-file", str(tmp_path / "proxy.txt")]) == 1
    assert "什么也没有改：代理服务器的设置有误：" in capsys.readouterr().err
    assert not (tmp_path / "vcchk" / "gateway.proxy").exists()


@pytest.mark.parametrize(("text", "findings"), [(PROXY, ["warn"]), ("http://10.0.0.1:8080", []), ("", [])])
def test_doctor_warns_of_a_proxy_s_password_in_clear(text: str, findings: list[str]) -> None:
    settings = parse_settings(f"[gateway]\nproxy = {text}\n")
    assert [f.level for f in machine.ini_file(settings) if f.check == "代理服务器"] == findings
