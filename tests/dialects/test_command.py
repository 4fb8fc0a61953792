"""``vcchk wire`` as a program: exit codes, what goes to stdout and what to stderr."""

import json
import os
import re
import subprocess
import sys

import pytest
import requests

from vcchk.cli.commands import wire
from vcchk.settings import parse_settings
from vcchk.wire import codec, message
from vcchk.wire.families import BUILTIN
from vcchk.wire.site_profile import resolve_profile

IN_DATA = {
    "app_id": "A" * 32,
    "biz_content": {"user_name": "联通测试", "n": 1},
    "enc_type": "AES",
    "key": "K" * 32,
    "method": "ehc.ehealthcode.verify",
    "sign_type": "MD5",
    "term_id": "35020010001",
    "timestamp": "20240102030405",
    "version": "X.M.0.1",
}


@pytest.fixture
def files(tmp_path):
    text = json.dumps(IN_DATA, ensure_ascii=False)
    parsed = message.parse(text)
    body = codec.seal_request(BUILTIN["gotool"], parsed.fields, parsed.biz_text, parsed.key).body
    captured, indata = tmp_path / "captured.json", tmp_path / "indata.txt"
    captured.write_bytes(body)
    indata.write_bytes(text.encode("gbk"))
    return captured, indata


def test_infer_prints_an_ini(files, capsys) -> None:
    captured, indata = files
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    loaded = parse_settings(out)
    assert loaded.warnings == ()
    chosen = resolve_profile(loaded.wire.profile, loaded.profiles)
    assert (chosen.key_suffix, chosen.signed, chosen.aes_key_bytes, chosen.aes_encoding) == (
        "K",
        "cipher",
        "32",
        "base64",
    )
    assert all(line[:1] in (";", "[", "") or " =" in line for line in out.splitlines())
    assert "K" * 32 not in out
    assert "联通" not in out


def test_infer_says_plainly_when_nothing_fits(files, capsys) -> None:
    captured, indata = files
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata), "--key", "WRONG"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "加密方式不符" in err


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_files(files, capsys, missing: int) -> None:
    names = [str(path) for path in files]
    names[missing] += ".none"
    assert wire.main(["infer", "--captured", names[0], "--indata", names[1]]) == 1
    assert "打不开" in capsys.readouterr().err


def test_number(files, capsys) -> None:
    captured, indata = files
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata), "--number", "2"]) == 1
    assert "只有 1 笔" in capsys.readouterr().err


def test_bad_in_data(files, capsys) -> None:
    captured, indata = files
    indata.write_text("{bad")
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata)]) == 1
    assert "[9001]" in capsys.readouterr().err


@pytest.mark.slow
def test_probe_without_a_platform(files, capsys) -> None:
    assert wire.main(["probe", "--url", "http://127.0.0.1:9/x", "--indata", str(files[1])]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "没有可读的应答" in err


def test_capture_as_a_program(tmp_path) -> None:
    out = tmp_path / "kept.jsonl"
    command = [sys.executable, "-m", "vcchk", "wire", "capture", "--upstream", "http://127.0.0.1:9/gw.do"]
    with subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    ) as process:
        try:
            ready = process.stdout.readline()
            assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+/gw\.do\n", ready)
            assert requests.post(ready.split()[1], data=b"{}", timeout=60).status_code == 502
        finally:
            process.terminate()
        process.wait(10)


def test_help_is_chinese(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        wire.main(["--help"])
    assert caught.value.code == 0
    assert "推断报文规则" in capsys.readouterr().out


def test_the_key_of_the_ini_serves_too(files, capsys, tmp_path, monkeypatch) -> None:
    captured, indata = files
    without = {name: value for name, value in IN_DATA.items() if name != "key"}
    indata.write_text(json.dumps(without, ensure_ascii=False), "utf-8")
    ini = tmp_path / "VirtualCardChk.ini"
    monkeypatch.setenv("VCCHK_INI", str(ini))
    ini.write_text("", "ascii")
    arguments = ["infer", "--captured", str(captured), "--indata", str(indata)]
    assert wire.main(arguments) == 1
    assert "缺少密钥" in capsys.readouterr().err
    ini.write_text(f"[wire]\nkey = {IN_DATA['key']}\n", "ascii")
    assert wire.main(arguments) == 0


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf%s\r\nremark\r\n", b"\r\n%s"])
def test_a_key_in_a_file_of_its_own(files, capsys, tmp_path, content: bytes) -> None:
    """On the command line everybody on the machine could read it."""
    captured, indata = files
    without = {name: value for name, value in IN_DATA.items() if name != "key"}
    indata.write_text(json.dumps(without, ensure_ascii=False), "utf-8")
    key = tmp_path / "key.txt"
    key.write_bytes(content % IN_DATA["key"].encode())
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata), "--key-file", str(key)]) == 0


@pytest.mark.parametrize("content", [None, b"", b"\0\1\2", b"K" * 5000, b"sealed:AAAA"])
@pytest.mark.parametrize("option", ["--key-file", "--cipher-key-file"])
def test_a_file_without_a_key_is_refused(capsys, tmp_path, option: str, content: bytes | None) -> None:
    key = tmp_path / "key.txt"
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        wire.main(["infer", option, str(key)])
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert str(key) in err
    assert "KKK" not in err


def test_the_last_message_of_a_long_file_is_not_taken_from_its_middle(files, capsys, monkeypatch) -> None:
    captured, indata = files
    monkeypatch.setattr(wire, "MAX_BYTES", captured.stat().st_size)
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata)]) == 0
    monkeypatch.setattr(wire, "MAX_BYTES", captured.stat().st_size - 1)
    assert wire.main(["infer", "--captured", str(captured), "--indata", str(indata)]) == 1
    assert f"{captured} 打不开：文件过大" in capsys.readouterr().err
