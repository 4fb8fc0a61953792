"""What an engineer gets wrong: one Chinese sentence or one JSON document, a code, and nothing half done."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.piped import piped
from vcchk.cli import main as cli
from vcchk.cli import typed
from vcchk.cli.commands import secret

FILES = {
    "empty": b"",
    "binary": bytes(range(256)),
    "mark": b"\xef\xbb\xbf",
    "half": b"\xff\xfe\0",
    "utf16": '{"app_id":"A"}'.encode("utf-16"),
    "list": b"[1]",
    "deep": b"[" * 100_000,
    "deep-object": b'{"a":' * 50_000,
    "number": b"1" * 5000,
}
NAMES = [*FILES, "missing", "folder", "missing/x", "x" * 300]
READING = [
    "call FILE --url ftp://x",
    "call FILE --url ftp://x --fresh",
    "doctor --indata FILE",
    "doctor --indata FILE --json",
    "fleet FILE",
    "fleet FILE --json",
    "setup status --to FILE/x --json",
    "setup install --to folder --from FILE --json",
    "secret cert FILE",
    "sandbox --port 0 --profile nosuch --ini FILE",
    "kiosk --dll missing --app FILE",
    "wire infer --captured FILE",
    "wire infer --captured FILE --indata FILE --key K",
    "wire infer --reply FILE --key K",
    "wire infer --captured missing --key-file FILE",
    "wire probe --url ftp://x --indata FILE",
    "wire capture --upstream http://127.0.0.1:9/ --ca-bundle FILE/x",
]
WRITING = [
    "call good --url ftp://x --out FILE",
    "doctor --out FILE",
    "doctor --report FILE",
    "fleet reports --html FILE",
    "print --preview FILE",
    "wire capture --upstream http://127.0.0.1:9/ --out FILE",
    "sandbox --port 0 --db FILE",
]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_text("{}", "utf-8")
    (tmp_path / "good").write_text('{"app_id":"A","method":"m","key":"K","biz_content":"{}"}', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VCCHK_HOME", str(tmp_path))
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "VirtualCardChk.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", piped(""))
    monkeypatch.setattr("vcchk.records.log._process", None)
    umask = os.umask(0o022)  # as setup sets it
    yield tmp_path
    os.umask(umask)


def tree(folder: Path) -> set[str]:
    """Return the names of files, without those of the state folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {
        path.relative_to(folder).as_posix() for path in (folder / "state", *(folder / "state").rglob("*"))
    }


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """Run a command in this process; return what it said."""
    code = cli.run(words)  # raises what a user would see as a traceback
    out, err = capsys.readouterr()
    assert code
    if "--json" in words:
        json.loads(out)
        assert err == ""
    return out + err


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", READING)
def test_a_file_that_is_no_such_thing(
    own_folder: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    before = tree(own_folder)
    said = refused(capsys, command.replace("FILE", name).split())
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said)
    assert tree(own_folder) == before


@pytest.mark.parametrize("name", ["folder", "missing/x", "x" * 300, "good/x"])
@pytest.mark.parametrize("command", WRITING)
def test_a_place_that_cannot_be_written(
    own_folder: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    before = tree(own_folder)
    said = refused(capsys, command.replace("FILE", name).split())
    assert name in said
    assert tree(own_folder) == before


@pytest.mark.parametrize("url", ["x", "ftp://a", "http://[", "http://a:99999", "http://", "中文"])
def test_a_capture_s_upstream_that_is_none(capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert "--upstream 应为" in refused(capsys, ["wire", "capture", "--upstream", url, "--count", "1"])


def test_a_capture_leaves_no_file_that_it_only_tried(own_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused(capsys, ["wire", "capture", "--upstream", "http://127.0.0.1:9/", "--port", port, "--out", "new"])
    assert not (own_folder / "new").exists()


@pytest.mark.parametrize(
    "content", [b'{"vcchk_capture":1,"reply":7}', b'["vcchk_capture"]', b'{"vcchk_capture":1,"request":{"base64":"x"}}']
)
def test_a_capture_s_file_of_another_hand(own_folder: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (own_folder / "capture").write_bytes(content)
    refused(capsys, ["wire", "infer", "--captured", "capture", "--key", "K"])


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"KEY\n", 0), (b"KEY", 0), (b"\xef\xbb\xbfKEY\r\n", 0), ("密钥\n".encode("gbk"), 0), (b"", 1), (b"K\0Y\n", 1)],
)
def test_a_key_that_is_piped_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", piped(content))
    assert secret.main(["set"]) == code
    assert capsys.readouterr().err.count("\n") == code


@pytest.mark.parametrize("stream", [None, b"", b"\xff\xfe\n"], ids=["none", "at its end", "not UTF-8"])
def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, stream: bytes | None) -> None:
    monkeypatch.setattr("sys.stdin", None if stream is None else piped(stream))
    assert typed.answer("?") == ("" if stream else None)


@pytest.mark.parametrize(
    ("words", "said"),
    [("fleet reports", ("", "已停止\n")), ("fleet reports --json", ('{\n "code": 130,\n "error": "已停止"\n}\n', ""))],
)
def test_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, said: tuple[str, str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vcchk.doctor.fleet.read", stopped)
    assert cli.run(words.split()) == 130
    assert capsys.readouterr() == said


def test_a_fault_of_our_own_is_json_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("vcchk.doctor.fleet.read", None)
    with pytest.raises(TypeError):
        cli.run(["fleet", "reports", "--json"])
    assert json.loads(capsys.readouterr().out) == {"code": 1, "error": "命令出错（TypeError），原因见日志"}


@pytest.mark.skipif(sys.platform == "win32", reason="a line of POSIX")
def test_ctrl_c_ends_a_process_with_a_sentence() -> None:
    """The scanner listens for a minute."""
    master, line = os.openpty()
    heard = threading.Event()

    def talk() -> None:
        while not heard.wait(0.1):
            os.write(master, b"x")

    with subprocess.Popen(
        [sys.executable, "-m", "vcchk", "scan", "--listen", "--port", os.ttyname(line), "--seconds", "60"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        talker = threading.Thread(target=talk)
        talker.start()
        assert process.stdout is not None
        assert process.stdout.readline()  # it listens
        heard.set()
        talker.join(10)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    os.close(master)
    os.close(line)
    assert (process.returncode, err.decode()) == (130, "已停止\n")
