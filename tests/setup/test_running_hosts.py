"""Programs that hold the library and call its functions while it is installed, upgraded, rolled back and copied over.

Two releases whose archives hold everything at other places and whose journals differ by a column. No call may fail and
no row may be lost.
"""

from __future__ import annotations

import json
import shutil
import socketserver
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from native.buildkit import demo_programs, places, targets, wine
from native.buildkit.targets import Target
from tests.builds import runnable
from tests.copies import link_or_copy
from tests.demo_request import demo_request
from tests.native.conftest import host_program
from tests.setup.releases import next_version
from vcchk.devices.printer import fonts
from vcchk.sandbox.seed import DEMO

pytestmark = pytest.mark.slow

NEWER = "9.9.9"
SECONDS = 60
INI = """[log]
folder = {state}
[screen]
driver = file
file = {state}{slash}screen.png
[printer]
driver = tspl
port = socket://127.0.0.1:{port}
status = no
font = {font}
"""


def hexed(text: str) -> str:
    return text.encode("gb18030").hex()


def envelope(method: str, biz: dict[str, str]) -> str:
    return json.dumps(demo_request(method, biz, timestamp=time.strftime("%Y%m%d%H%M%S")), ensure_ascii=False)


class Caller(threading.Thread):
    """A host program that calls the four functions in turn until it is told to stop."""

    def __init__(self, name: str, target: Target, library: Path, url: str, *, waits: bool = False) -> None:
        super().__init__(name=name, daemon=True)
        self._host = demo_programs.HostProgram(target, host_program(target), library)
        self._url = hexed(url)
        self.rounds = 0
        self.registered = 0
        self.failures: list[str] = []
        self.goes = threading.Event()
        self.ends = threading.Event()
        self._host.ask("load")
        if not waits:
            self.goes.set()
        self.start()

    def run(self) -> None:
        try:
            with self._host:
                self.goes.wait(SECONDS * 4)
                while not self.ends.is_set():
                    self._round()
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")

    def _round(self) -> None:
        person = DEMO.people[0]
        query = {"id_type": person.id_type, "id_no": person.id_no, "user_name": person.user_name}
        self._expect(("00",), "trans", self._url, hexed(envelope("ehc.ehealthcard.regquery", query)))
        register = {**query, "out_register_no": f"{self.name}-{self.rounds}"}
        answer = self._host.ask("trans", self._url, hexed(envelope("ehc.ehealthcard.register", register)))
        self.registered += 1
        if answer["ret"] == "8009":
            self.failures.append(f"register: {bytes.fromhex(answer['out']).decode('gb18030')}")
        self._expect((0,), "qrflow", str(self.rounds % 2))
        self._expect(
            (0, 3003), "print", hexed("0" * 64 + ":1"), hexed("D0000001"), hexed("演示")
        )  # one printer for all
        self._expect((7211,), "autofill")
        self.rounds += 1

    def _expect(self, expected: tuple[object, ...], *command: str) -> None:
        answer = self._host.ask(*command)
        if answer["ret"] not in expected:
            text = bytes.fromhex(answer.get("out") or "").decode("gb18030", "replace")
            self.failures.append(f"round {self.rounds}: {command[0]} returned {answer['ret']}: {text}")

    def finish(self) -> None:
        self.ends.set()
        self.goes.set()
        self.join(SECONDS * 2)
        assert not self.is_alive()


class Hospital:
    """The HIS's folder, both releases, and setup as a person runs it: with the release's own program."""

    def __init__(self, target: Target, folder: Path, printer_port: int) -> None:
        self.target = target
        self.his = folder / "HIS 窗口"
        self.his.mkdir()
        self.state = folder / "state"
        self.state.mkdir()
        self.old = Path(shutil.copytree(target.dist, folder / "old", copy_function=link_or_copy))
        self.new = next_version(target, folder / "new", NEWER)
        slash = "\\" if target.windows else "/"
        font = self.path_for(Path(fonts.system_faces()[0].path))  # Wine has no Chinese font of its own
        ini = INI.format(state=self.path_for(self.state), slash=slash, port=printer_port, font=font)
        (self.his / "VirtualCardChk.ini").write_text(ini, "utf-8")
        self.ini = (self.his / "VirtualCardChk.ini").read_bytes()

    def path_for(self, path: Path) -> str:
        return wine.windows_path(path) if self.target.windows else str(path)

    def setup(self, release: Path, action: str) -> dict[str, object]:
        command = [str(release / self.target.exe), "setup", action, "--to", self.path_for(self.his), "--json"]
        return json.loads(self._run(command))

    def plain_copy(self, release: Path) -> None:
        """As a person drags the unpacked files over; Windows refuses those that are in use."""
        self._run(["xcopy", self.path_for(release) + "\\*", self.path_for(self.his), "/S", "/E", "/Y", "/C"])

    def _run(self, command: list[str]) -> str:
        command_line = [*wine.prefixed(), *command] if self.target.windows else command
        environment = wine.environment() if self.target.windows else None
        done = subprocess.run(
            command_line,
            capture_output=True,
            timeout=SECONDS * 2,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        return done.stdout.decode("utf-8", "replace")

    def versions_in_log(self) -> set[str]:
        text = "".join(path.read_text("utf-8") for path in self.state.rglob("vcchk-*.log"))
        return {line.split(" START vcchk ")[1].split()[0] for line in text.splitlines() if " START vcchk " in line}

    def rows(self) -> int:
        with closing(sqlite3.connect(self.state / "journal.sqlite3")) as db:
            count = db.execute("SELECT count(*) FROM call WHERE method = 'ehc.ehealthcard.register'").fetchone()[0]
        return int(count)


class _Labels(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(65536):
            pass


@pytest.fixture
def printer_port() -> Iterator[int]:
    """A label printer on a port of 127.0.0.1 that takes everything and says nothing."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Labels) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(params=["linux", "win32"])
def hospital(request: pytest.FixtureRequest, tmp_path: Path, printer_port: int) -> Hospital:
    return Hospital(runnable(request.param), tmp_path, printer_port)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    places.LOGS.mkdir(parents=True, exist_ok=True)
    with demo_programs.SandboxProgram(tmp_path / "sandbox.db") as sandbox:
        yield sandbox.url


def go_on(callers: list[Caller], rounds: int) -> None:
    """Wait until each has made so many rounds more."""
    wanted = {caller: caller.rounds + rounds for caller in callers}
    until = time.monotonic() + SECONDS * 2
    while any(caller.rounds < count and not caller.failures for caller, count in wanted.items()):
        assert time.monotonic() < until, "the hosts do not get on"
        time.sleep(0.02)
    assert [failure for caller in callers for failure in caller.failures] == []


def live_through(hospital: Hospital, url: str, rounds: int) -> None:
    library = hospital.his / hospital.target.dll
    assert hospital.setup(hospital.old, "install")["version"] == targets.places.version()

    def start(name: str, *, waits: bool = False) -> Caller:
        return Caller(name, hospital.target, library, url, waits=waits)

    first, loaded = start("first"), start("loaded", waits=True)
    go_on([first], 1)
    assert hospital.setup(hospital.new, "upgrade")["version"] == NEWER
    go_on([first], rounds)
    loaded.goes.set()  # its library was loaded before the upgrade, its runtime starts only now
    newer = start("newer")
    go_on([first, loaded, newer], rounds)
    assert hospital.versions_in_log() == {targets.places.version(), NEWER}
    assert hospital.setup(hospital.new, "rollback")["version"] == targets.places.version()
    older = start("older")
    go_on([first, loaded, newer, older], rounds)
    assert hospital.setup(hospital.new, "install")["version"] == NEWER
    callers = [first, loaded, newer, older]
    if hospital.target.windows:
        hospital.plain_copy(hospital.old)
        go_on(callers, rounds)
        hospital.plain_copy(hospital.new)
    go_on(callers, rounds)
    for caller in callers:
        caller.finish()
    assert [failure for caller in callers for failure in caller.failures] == []
    assert hospital.rows() == sum(caller.registered for caller in callers)
    assert (hospital.his / "VirtualCardChk.ini").read_bytes() == hospital.ini


def test_no_call_fails_and_no_row_is_lost(hospital: Hospital, url: str) -> None:
    live_through(hospital, url, 2)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_for_a_minute(hospital: Hospital, url: str) -> None:
    live_through(hospital, url, 12)


def test_windows_refuses_a_copy_over_what_is_in_use(tmp_path: Path, printer_port: int, url: str) -> None:
    """Of the same version, so that the names are the same; the bytes are others."""
    hospital = Hospital(runnable("win32"), tmp_path, printer_port)
    hospital.setup(hospital.old, "install")
    runtime = hospital.his / hospital.target.runtime.name
    held = {name: (runtime / name).read_bytes() for name in ("core.zip", "tools.zip")}
    for name in held:
        (hospital.old / runtime.name / name).unlink()
        (hospital.old / runtime.name / name).write_bytes(b"other bytes")
    caller = Caller("host", hospital.target, hospital.his / hospital.target.dll, url)
    go_on([caller], 1)
    hospital.plain_copy(hospital.old)
    assert {name: (runtime / name).read_bytes() for name in held} == held
    go_on([caller], 1)
    caller.finish()
    hospital.plain_copy(hospital.old)
    assert (runtime / "core.zip").read_bytes() == b"other bytes", "the copy itself works"


@pytest.mark.parametrize("end", ["", "\\"])
def test_setup_cmd_of_a_group_policy(tmp_path: Path, end: str) -> None:
    """Started where cmd.exe has signs of its own in the path; ``end``: as PowerShell completes a folder's name.

    No percent sign: Wine's cmd looks for variables in what it has put in place of %~dp0 once more.
    """
    target = runnable("win32")
    release = tmp_path / "R&D (x86)^!"
    shutil.copytree(target.dist, release, copy_function=link_or_copy)
    his = tmp_path / "HIS 窗口 & (50)^!"
    his.mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run setup.cmd by a script, since ``cmd /c`` takes quotation marks off a line with signs of its own."""
        words = " ".join(f'"{word}"' for word in (wine.windows_path(release / "setup.cmd"), *arguments))
        (tmp_path / "logon.cmd").write_bytes(f"@{words}\r\n".encode("gbk"))
        return subprocess.run(
            [*wine.prefixed(), "cmd", "/c", wine.windows_path(tmp_path / "logon.cmd")], capture_output=True,
            timeout=SECONDS * 2, check=False, stdin=subprocess.DEVNULL, env=wine.environment(),
        )  # fmt: skip

    every = ("--from", wine.windows_path(release), "--data", "keep", "--quiet", "--json")
    done = run(wine.windows_path(his) + end, *every)
    assert json.loads(done.stdout.decode("utf-8"))["code"] == done.returncode == 0
    assert (his / target.dll).is_file()
    assert (his / target.runtime.name / "core.zip").is_file()
    quiet = run(wine.windows_path(tmp_path / "nowhere"), "--quiet")
    assert (quiet.returncode, quiet.stdout) == (3, b"")
    assert run().returncode == 2


def test_a_quotation_mark_that_a_backslash_took_into_the_name(tmp_path: Path) -> None:
    target = runnable("win32")
    done = subprocess.run(
        [*wine.prefixed(), str(target.dist / target.exe), "setup", "install", "--to", 'C:\\HIS" --quiet', "--json"],
        capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL, env=wine.environment(),
    )  # fmt: skip
    found = json.loads(done.stdout.decode("utf-8"))
    assert (done.returncode, found["code"]) == (2, 2)
    assert "文件夹的末尾不要写 \\" in found["error"]


def test_a_runtime_that_cp_wrote_over_is_8009_with_what_to_do(tmp_path: Path, url: str) -> None:
    """What no setup does, on a system that does not refuse it."""
    target = runnable("linux")
    his = Path(shutil.copytree(target.dist, tmp_path / "his"))
    (his / "VirtualCardChk.ini").write_text(f"[log]\nfolder = {tmp_path / 'state'}\n", "utf-8")
    person = DEMO.people[0]
    query = envelope("ehc.ehealthcard.regquery", {"id_type": person.id_type, "id_no": person.id_no})
    with demo_programs.HostProgram(target, host_program(target), his / target.dll) as host:
        assert host.ask("trans", hexed(url), hexed(query))["ret"] == "00"
        for name in ("core.zip", "tools.zip"):
            path = his / target.runtime.name / name
            path.write_bytes(path.read_bytes()[4096:] * 2)
        answer = host.ask("trans", hexed(url.replace("http:", "https:")), hexed(query))  # the first https call
        text = bytes.fromhex(answer["out"]).decode("gb18030")
        assert answer["ret"] == "8009"
        assert "请重启 HIS" in text
        assert host.ask("trans", hexed(url), hexed(query))["ret"] == "00", "what is in memory goes on"
