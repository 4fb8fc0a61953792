"""Commands that the system refuses a file or port: one sentence, in Chinese from the first word to the last."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vcchk.setup.files import LOCK
from vcchk.setup.release import SUMS

pytestmark = pytest.mark.slow

VCCHK = [sys.executable, "-m", "vcchk"]
URL = "http://127.0.0.1:9/ehcService/gateway.do"
COMMAND = re.compile(r"vcchk(?: [a-z]+)+")
ENGLISH = re.compile(r"[A-Za-z]+(?: [a-z]+)+")
"""Two words or more; names and paths are one each."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    own = {
        "VCCHK_HOME": str(tmp_path),
        "VCCHK_INI": str(tmp_path / "VirtualCardChk.ini"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHONIOENCODING": "utf-8",
    }
    return {**os.environ, **own}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of each kind that a person may name by mistake."""
    work = tmp_path / "work"
    (work / "folder").mkdir(parents=True)
    (work / "file").write_text("no JSON, no key, no database", "utf-8")
    (work / "indata.json").write_text("{}", "utf-8")
    (work / "loop").symlink_to(work / "loop")
    return work


def refused(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a command that must fail in words; returns all that it printed."""
    done = subprocess.run(
        [*VCCHK, *command.split()], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment, timeout=60, check=False,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert done.returncode in (1, 2, 3), text
    assert "Traceback" not in text
    return text


def english(text: str) -> list[str]:
    """Return the runs of English words in what a command printed, without the commands that it names."""
    return ENGLISH.findall(COMMAND.sub("", text))


READ = {"none": "不存在", "folder": "这是文件夹", "file/none": "不是文件夹", "loop": "链接绕成了圈"}
"""File name → what the sentence says of it when it is to be read."""
READERS = (
    f"call {{}} --url {URL}",
    "secret set --from-file {}",
    "secret cert {}",
    "secret cert file --from-file {}",
    f"doctor --url {URL} --indata {{}}",
    "journal check --indata {}",
    "wire infer --captured {}",
    "wire infer --captured file --indata {}",
    f"wire probe --url {URL} --indata {{}}",
    "kiosk --dll file --app {}",
    "kiosk --dll {}",
)


WRITE = {"none/file": "不存在", "folder": "这是文件夹", "file/none": "不是文件夹"}
"""File name → what the sentence says of it when it is to be written."""
WRITERS = (
    f"call indata.json --url {URL} --out {{}}",
    "print --preview {}",
    "sandbox --port 0 --log {}",
    "doctor --quiet --report {}",
)


@pytest.mark.parametrize(
    ("command", "files"), [*((reader, READ) for reader in READERS), *((writer, WRITE) for writer in WRITERS)]
)
def test_a_file_that_cannot_be_read_or_written(
    command: str, files: dict[str, str], folder: Path, environment: dict[str, str]
) -> None:
    for name, words in files.items():
        text = refused(command.format(name), folder, environment)
        assert words in text, text
        assert english(text) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("fleet none", "不存在"),
        ("fleet file", "不是文件夹"),
        ("fleet reports --html none/a.html", "不存在"),
        ("doctor --quiet --out none/a.json", "不存在"),
        ("setup install --to folder --from none", "没有文件夹"),
        ("setup install --to folder --from release", "读不出"),
        ("setup status --to file", "没有文件夹"),
        ("setup rollback --to his", "这是文件夹"),
        ("sandbox --port 0 --db folder", "路径不对"),
        ("sandbox --port 0 --db file", "不是数据库文件"),
        ("secret cert file", "不是能识别的 .pfx 文件"),
        ("wire capture --upstream http://127.0.0.1:9/ --ca-bundle none", "没有 CA 证书文件"),
        ("print --status", "没有这个端口"),
        ("print --find none", "没有这个端口"),
        ("scan --driver newland --port none", "没有这个端口"),
        ("secret set --from-file /proc/self/mem", "读不出 /proc/self/mem"),
        ("call /proc/self/mem --url http://127.0.0.1:9/", "硬件读写出错"),
    ],
)
def test_other_refusals(command: str, words: str, folder: Path, environment: dict[str, str]) -> None:
    (folder.parent / "VirtualCardChk.ini").write_text("[printer]\ndriver = tspl\nport = none\n", "utf-8")
    for path in ("reports/a.json", f"release/{SUMS}", f"his/{LOCK}"):
        (folder / path).mkdir(parents=True)
    (folder / "reports" / "b.json").symlink_to("b.json")
    (folder / "reports" / "c.json").write_text(json.dumps({"format": 1}), "utf-8")
    text = refused(command, folder, environment)
    assert words in text, text
    assert english(text) == []


def test_reports_that_cannot_be_read(folder: Path, environment: dict[str, str]) -> None:
    (folder / "reports").mkdir()
    (folder / "reports" / "b.json").symlink_to("b.json")
    (folder / "reports" / "c.json").write_text("{", "utf-8")
    text = refused("fleet reports", folder, environment)
    assert "链接绕成了圈" in text
    assert english(text) == []


@pytest.mark.parametrize("command", ["sandbox --port {}", "wire capture --upstream http://127.0.0.1:9/ --port {}"])
def test_a_port_that_is_taken(command: str, folder: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = refused(command.format(taken.getsockname()[1]), folder, environment)
    assert "端口已被占用" in text
    assert english(text) == []


def test_a_port_that_nobody_listens_at(folder: Path, environment: dict[str, str]) -> None:
    with socket.socket() as bound:  # nobody else takes it meanwhile
        bound.bind(("127.0.0.1", 0))
        text = refused(f"sandbox clock --port {bound.getsockname()[1]}", folder, environment)
    assert "连接被拒绝" in text
    assert english(text) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["print --preview /dev/full", f"call indata.json --url {URL} --out /dev/full"])
def test_a_disk_that_is_full(command: str, folder: Path, environment: dict[str, str]) -> None:
    text = refused(command, folder, environment)
    assert "磁盘已满" in text
    assert english(text) == []


def a_folder(path: Path) -> None:
    path.mkdir()


def a_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("instead", [a_folder, a_loop])
@pytest.mark.parametrize("name", ["VirtualCardChk.ini", "state/vcchk/log", "state/vcchk/journal.sqlite3", "shared.ini"])
def test_what_doctor_finds_in_the_way(
    name: str, instead: Callable[[Path], None], tmp_path: Path, environment: dict[str, str]
) -> None:
    if name != "VirtualCardChk.ini":
        (tmp_path / "VirtualCardChk.ini").write_text("[include]\nfile = shared.ini\n", "utf-8")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    instead(tmp_path / name)
    done = subprocess.run(
        [*VCCHK, "doctor"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert english(done.stdout + done.stderr) == []
