"""The Windows side by the built vcchk.exe and DLL under Wine: DPAPI, the log's appending, doctor on a copied folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from native.buildkit import targets, wine
from tests.builds import runnable
from tests.native.conftest import host_program
from tests.records.conftest import environment
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox

TARGET = targets.TABLE["win32"]
PERSON = DEMO.people[0]

pytestmark = pytest.mark.timeout(300)


class Folder:
    """A copy of dist/win32 under a Chinese name, with a state folder beside it."""

    def __init__(self, base: Path) -> None:
        self.home = base / "健康卡 copy"
        shutil.copytree(TARGET.dist, self.home)
        self.state = base / "state"
        self.path = self.home / "VirtualCardChk.ini"
        self.ini("")

    def ini(self, text: str) -> None:
        self.path.write_text(f"[log]\nfolder = {wine.windows_path(self.state)}\n{text}", "utf-8")

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["wine", str(self.home / "vcchk.exe"), *arguments],
            input=typed, capture_output=True, text=True, timeout=120, check=False, cwd=self.home,
            encoding="utf-8" if "--json" in arguments else "gb18030",  # as an editor of the machine reads it
            env={**environment(), **wine.ENVIRONMENT},
        )  # fmt: skip

    def doctor(self, *arguments: str) -> dict[str, dict[str, str]]:
        done = self.run("doctor", "--json", *arguments)
        assert done.stdout, done.stderr
        return {row["check"]: row for row in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    runnable("win32")
    wine.prefix()
    return Folder(tmp_path_factory.mktemp("win"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(Sandbox(str(tmp_path_factory.mktemp("sandbox") / "p.db"))) as running:
        yield running


def query(folder: Folder, *, key: bool) -> str:
    envelope = {
        "method": "ehc.ehealthcard.regquery", "app_id": DEMO.app_id, "term_id": DEMO.term_id, "version": "X.M.0.1",
        "timestamp": time.strftime("%Y%m%d%H%M%S"), "sign_type": "SM3", "enc_type": "SM4",
        "biz_content": {"id_type": "01", "id_no": PERSON.id_no},
    }  # fmt: skip
    (folder.home / "in.json").write_bytes(json.dumps(envelope | ({"key": DEMO.key} if key else {})).encode("gb18030"))
    return "in.json"


def test_the_key_is_sealed_by_dpapi_and_opens_for_a_call(folder: Folder, server: Server) -> None:
    folder.ini("")
    assert folder.run("secret", "set", typed=DEMO.key + "\n").returncode == 0
    text = folder.path.read_text("utf-8")
    assert DEMO.key not in text
    assert re.search(r"^key = sealed:VjFE", text, re.MULTILINE), "V1D: made by DPAPI"
    assert "可以解开（32 个字符）" in folder.run("secret", "check").stdout
    done = folder.run("call", query(folder, key=False), "--url", server.gateway_url)
    assert "返回码  00" in done.stdout, done.stdout + done.stderr
    assert f'"user_name":"{PERSON.user_name}"' in done.stdout
    for path in folder.state.rglob("*"):
        if path.is_file():
            assert DEMO.key.encode() not in path.read_bytes()
    (folder.state / "seal.key").write_bytes(os.urandom(32))
    assert folder.run("secret", "check").returncode == 1, "another machine's entropy opened it"


def test_what_one_process_seals_another_opens(folder: Folder, server: Server) -> None:
    """A registration whose reply is lost keeps what asking about it needs; another process asks."""
    folder.ini(f"[wire]\nkey = {DEMO.key}\n")
    shutil.rmtree(folder.state, ignore_errors=True)
    biz = {"id_type": "01", "id_no": "350299196502020018", "user_name": "新患者", "out_register_no": "W1"}
    envelope = {
        "method": "ehc.ehealthcard.register", "app_id": DEMO.app_id, "term_id": DEMO.term_id, "version": "X.M.0.1",
        "timestamp": time.strftime("%Y%m%d%H%M%S"), "sign_type": "SM3", "enc_type": "SM4", "biz_content": biz,
    }  # fmt: skip
    (folder.home / "lost.json").write_bytes(json.dumps(envelope, ensure_ascii=False).encode("gb18030"))
    order = json.dumps({"kind": "drop", "value": "after", "count": 1}).encode()
    address = server.gateway_url.partition("/ehcService")[0] + "/_sandbox/faults"
    urllib.request.urlopen(urllib.request.Request(address, order, {"Content-Type": "application/json"}), timeout=60)
    done = folder.run("call", "lost.json", "--url", server.gateway_url)
    assert "返回码  8001" in done.stdout, done.stdout + done.stderr
    assert (folder.state / "seal.dpapi").exists()
    found = folder.run("journal", "check", "1")
    assert "平台已有此人的电子健康卡" in found.stdout, found.stdout + found.stderr
    assert biz["id_no"].encode() not in b"".join(p.read_bytes() for p in folder.state.rglob("*") if p.is_file())
    (folder.state / "seal.dpapi").unlink()
    assert "打不开" in folder.run("journal", "check", "1").stdout
    shutil.rmtree(folder.state)  # doctor would tell of the doubt


def test_doctor_on_the_copied_folder(folder: Folder, server: Server) -> None:
    folder.ini("")
    found = folder.doctor("--url", server.gateway_url, "--indata", query(folder, key=True))
    assert {name: row["level"] for name, row in found.items() if row["level"] != "ok"} == {}
    assert "32 位" in found["运行环境"]["text"]
    assert "Windows 10." in found["运行环境"]["text"]
    assert "cp936" in found["代码页"]["text"]
    assert "个文件齐全" in found["文件完整"]["text"]


def test_a_quarantined_file_is_named(folder: Folder) -> None:
    name = folder.home / TARGET.runtime.name / "Cryptodome" / "Hash" / "BLAKE2s.pyc"  # doctor itself does not need it
    kept = name.read_bytes()
    name.unlink()
    try:
        row = folder.doctor()["文件完整"]
        assert (row["level"], "杀毒软件隔离" in row["advice"]) == ("fail", True)
        assert name.name in row["text"]
    finally:
        name.write_bytes(kept)


def test_the_report(folder: Folder) -> None:
    done = folder.run("doctor", "--report", "诊断.zip")
    assert (folder.home / "诊断.zip").exists(), done.stderr


TOGETHER_MS = 4000
"""How long a host waits after its first call for those that start behind it."""


def first_calls(folder: Folder) -> int:
    """Return how many calls the log holds."""
    return sum(day.read_text("utf-8", "replace").count(" CALL ") for day in (folder.state / "log").glob("vcchk-*.log"))


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_hosts_write_whole_lines_into_one_log(folder: Folder) -> None:
    folder.ini("")
    shutil.rmtree(folder.state, ignore_errors=True)
    host = host_program(TARGET)
    calls = 200
    in_data = json.dumps({"method": "ehc.ehealthcard.regquery", "biz_content": {}}).encode().hex()
    hosts = []
    for n in range(3):
        commands = folder.home / f"commands-{n}"
        # One call alone, with the file's START lines: what is torn below must be of those that all write at once.
        call = f"trans {b'http://127.0.0.1:1/'.hex()} {in_data}\n"
        commands.write_text(call + f"sleep {TOGETHER_MS}\n" + call * (calls - 1) + "quit\n", "ascii")
        command = [str(host), wine.windows_path(folder.home / "VirtualCardChk.dll"), wine.windows_path(commands)]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = ["wine", *command, wine.windows_path(folder.home / f"answers-{n}")]
        hosts.append(subprocess.Popen(command, env={**environment(), **wine.ENVIRONMENT}, **quiet))
        wait_for(lambda seen=n + 1: first_calls(folder) >= seen)
    assert [running.wait(120) for running in hosts] == [0, 0, 0]
    (day,) = (folder.state / "log").glob("vcchk-*.log")
    lines = day.read_text("utf-8", "replace").splitlines()
    form = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+\.\d+ (START|CALL |WARN |INFO ) \S.*")
    torn = [line for line in lines if not form.fullmatch(line)]
    written = sum(" CALL  ehc.ehealthcard.regquery 9002 " in line for line in lines)
    # Windows appends in one step. Wine 8 looks for the end and then writes (dlls/ntdll/unix/file.c), so that a program
    # that is interrupted between the two overwrites a neighbour's line.
    lost = 0 if targets.on_windows() else 3 * calls // 50
    assert len(torn) <= lost
    assert 3 * calls - lost <= written <= 3 * calls
    assert sum("host=" in line and "host.exe 32-bit" in line for line in lines) == 3
