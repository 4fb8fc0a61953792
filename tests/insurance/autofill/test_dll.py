"""The voucher in the built DLL: a 32-bit host scans one, then asks the DLL to fill it into a real window."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from native.buildkit import wine
from tests.builds import runnable
from tests.copies import link_or_copy
from tests.deadlines import until
from tests.insurance.autofill.desktop import BUTTON_ID, EDIT_ID, HOST, TITLE, Desktop
from tests.insurance.people import HOLDER, REQUEST, VOUCHER, success
from tests.insurance.service import QUERY_PATH, Service
from vcchk.base.errors import DEVICE_CODES

LOOK = f"window = {TITLE}\n"

pytestmark = pytest.mark.timeout(300)


class Host:
    """tests/hosts/programs/host.c with the DLL: one command, one answer."""

    def __init__(self, process: subprocess.Popen[bytes], answers: Path, service: Service) -> None:
        assert process.stdin is not None
        self._commands = process.stdin
        self._answers = answers
        self._service = service
        self._count = 0

    def __call__(self, command: str, seconds: float = 60) -> dict[str, Any]:
        self._commands.write(command.encode() + b"\n")
        self._commands.flush()
        self._count += 1
        until(lambda: len(self._lines()) >= self._count, f"an answer to {command[:20]}", seconds)
        answer: dict[str, Any] = json.loads(self._lines()[self._count - 1])
        assert "error" not in answer, answer
        return answer

    def _lines(self) -> list[str]:
        whole = self._answers.read_text("ascii") if self._answers.exists() else ""
        return whole[: whole.rfind("\n") + 1].splitlines()

    def scan(self) -> None:
        """A verify that the voucher's service answers."""
        biz = {**REQUEST, "IsMultiCode": "0", "ECUrl": self._service.query_url, "ehealth_code": VOUCHER}
        in_data = {"app_id": "A", "key": "K" * 32, "term_id": "T", "method": "ehc.ehealthcode.verify",
                   "version": "X.M.0.1", "timestamp": "20200608120000", "sign_type": "SM3", "enc_type": "SM4",
                   "biz_content": biz}  # fmt: skip
        text = json.dumps(in_data, ensure_ascii=False).encode("gbk")
        answer = self(f"trans {b'http://127.0.0.1:9/'.hex()} {text.hex()}")
        out = bytes.fromhex(answer["out"]).decode("gbk")
        assert answer["ret"] == "00", out
        assert json.loads(out)["user_name"] == HOLDER["userName"]

    def fill(self) -> str:
        """SetEcQrcode: the row's name, "" for success."""
        answer = self("autofill")
        message = bytes.fromhex(answer["out"]).decode("gbk")
        assert answer["guard"] is True, "nothing was written past pErrmsg's 256 bytes"
        if answer["ret"] == 0:
            assert message == ""
            return ""
        names = [n for n, row in DEVICE_CODES.items() if (row[0], row[2]) == (answer["ret"], message)]
        assert len(names) == 1, (answer["ret"], message)
        return names[0]


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        started.answers[QUERY_PATH] = success(HOLDER)
        yield started


Start = Callable[[str], Any]


@pytest.fixture
def start(desktop: Desktop, service: Service, tmp_path: Path) -> Start:
    """Start a host on a copy of dist/win32 with these [autofill] settings."""

    @contextmanager
    def run(ini: str) -> Iterator[Host]:
        folder = tmp_path / "till"
        shutil.copytree(runnable("win32").dist, folder, copy_function=link_or_copy)
        text = f"[log]\nfolder = {wine.windows_path(tmp_path / 'state')}\n[autofill]\n{ini}"
        (folder / "VirtualCardChk.ini").write_text(text, "gb18030")
        answers = tmp_path / "answers.txt"
        dll = wine.windows_path(folder / "VirtualCardChk.dll")
        process = desktop.start(HOST, dll, "-", wine.windows_path(answers), stdin=subprocess.PIPE)
        try:
            yield Host(process, answers, service)
            process.communicate(b"quit\n", 20)
        finally:
            process.kill()
            process.wait()
        said = "".join(path.read_text("utf-8") for path in (tmp_path / "state").rglob("*.log"))
        assert "SetEcQrcode" in said
        assert not any(secret in said for secret in (VOUCHER, VOUCHER[:12], HOLDER["idNo"], HOLDER["userName"]))

    return run


def test_keys(desktop: Desktop, start: Start) -> None:
    with desktop.edit_window("covered") as window, start(f"way = keys\n{LOOK}") as host:
        assert host.fill() == "voucher_none"
        host.scan()
        assert host.fill() == ""
        window.happened(f"enter {VOUCHER}")
        assert not any(event.startswith("thief") for event in window.events())
        assert host.fill() == "voucher_used"


def test_keys_stop_when_another_window_comes_to_the_front(desktop: Desktop, start: Start) -> None:
    def outcome(host: Host) -> str:
        with desktop.edit_window("steal=1") as window:
            host.scan()
            found = host.fill()
            time.sleep(0.3)
            if found == "window_left":
                assert not any(event.startswith("enter") for event in window.events())
                assert sum(event.startswith(("char", "thief")) for event in window.events()) < len(VOUCHER)
            return found

    with start(f"way = keys\n{LOOK}") as host:
        # On a busy machine the other window may come when all is typed: the code is short.
        assert any(outcome(host) == "window_left" for _ in range(10))


def test_keys_another_window_in_front(desktop: Desktop, start: Start) -> None:
    with desktop.edit_window("refuse") as window, start(f"way = keys\nwait = 0.3\n{LOOK}") as host:
        host.scan()
        assert host.fill() == "window_behind"
        time.sleep(0.2)
        assert window.events() == ["ready"]


def test_no_window_then_expired(desktop: Desktop, start: Start) -> None:
    with start(f"way = keys\nwait = 0.2\nseconds = 2\n{LOOK}") as host:
        host.scan()
        assert host.fill() == "window_missing"
        time.sleep(2)
        assert host.fill() == "voucher_expired"


def test_window(desktop: Desktop, start: Start) -> None:
    ids = f"control = {EDIT_ID}\nbutton = {BUTTON_ID}\n"
    with desktop.edit_window("nested") as window, start(f"way = window\n{ids}{LOOK}") as host:
        host.scan()
        assert host.fill() == ""
        window.happened(f"click {VOUCHER}")
        assert window.events() == ["ready", f"set {VOUCHER}", f"click {VOUCHER}"]


def test_clipboard(desktop: Desktop, start: Start) -> None:
    with desktop.edit_window() as window, start(f"way = clipboard\nclipboard_seconds = 1\n{LOOK}") as host:
        host.scan()
        assert host.fill() == ""
        window.happened(f"paste {VOUCHER}")
        window.happened(f"enter {VOUCHER}")


def test_file(desktop: Desktop, start: Start, tmp_path: Path) -> None:
    with start("way = file\n") as host:
        host.scan()
        assert host.fill() == ""
        file = tmp_path / "state" / "ecqrcode.txt"
        assert file.read_bytes() == VOUCHER.encode()
        host.scan()
        assert not file.exists(), "the next verify removes it"


def test_none(desktop: Desktop, start: Start) -> None:
    with start("way = none\n") as host:
        host.scan()
        assert host.fill() == "autofill_off"


def test_the_host_goes_on_after_its_window_is_gone(desktop: Desktop, start: Start) -> None:
    with start(f"way = window\ncontrol = {EDIT_ID}\nwait = 0.2\n{LOOK}") as host:
        host.scan()
        with desktop.edit_window() as window:
            process: subprocess.Popen[bytes] = window._process
            process.kill()
        assert host.fill() in ("window_missing", "window_hung")
        with desktop.edit_window() as window:
            assert host.fill() == "", "the code is still there after a failure"
            window.happened(f"set {VOUCHER}")


def test_nation_ec_trans(service: Service, start: Start) -> None:
    reply = json.dumps(success(HOLDER), ensure_ascii=False)
    with start("way = none\n") as host:
        url, in_data = service.query_url.encode(), b'{"transType":"ec.query","orgId":"1","data":{}}'
        answer = host(f"nation {url.hex()} {in_data.hex()}")
        assert (answer["ret"], bytes.fromhex(answer["out"]).decode("gbk")) == ("0000", reply)
        assert service.bodies(QUERY_PATH) == [in_data]
        assert host.fill() == "autofill_off"
