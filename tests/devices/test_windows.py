"""The built DLL under Wine: a 32-bit C host, COM ports on ptys, the second monitor's window, the print queue."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from native.buildkit import places, targets, wine
from native.buildkit.demo_visit import NEWCOMER
from tests.builds import runnable
from tests.copies import link_or_copy
from tests.devices import till as tills
from tests.devices.printers import CARD, CODE, tspl_picture
from tests.devices.test_label import decoded
from tests.insurance.autofill import desktop as desktops
from tests.insurance.autofill.desktop import Desktop
from tests.native.conftest import host_program
from tests.package.conftest import sandbox  # noqa: F401 - a fixture
from vcchk.base.errors import DEVICE_CODES
from vcchk.devices.printer import fonts
from vcchk.sandbox.server import Server

TARGET = targets.TABLE["win32"]
PORTS = places.CACHE / "tests" / "ports"
"""Links that Wine's COM1 to COM3 lead to; a test points them at its ptys."""
COM = {"screen": "COM1", "printer": "COM2", "scanner": "COM3"}

pytestmark = [
    pytest.mark.skipif(bool(desktops.lacking()), reason=f"no Windows desktop here: {desktops.lacking()}"),
    pytest.mark.skipif(not fonts.system_faces(), reason="no Chinese font here (Debian: fonts-noto-cjk)"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    runnable("win32")
    folder = tmp_path_factory.mktemp("desktop")
    PORTS.mkdir(parents=True, exist_ok=True)
    # One run of these tests at a time on this machine: they share the prefix and its three ports.
    with open(PORTS / "lock", "w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # A prefix of our own: Wine reads its ports when its server starts, so nobody else's server may be running.
        patch.setattr(desktops, "PREFIX", places.CACHE / "wine-devices")
        registry = desktops.PREFIX / "system.reg"
        if not registry.is_file():
            with desktops.running(folder):
                pass
        text = registry.read_text("utf-8")
        rows = "".join(f'"{com}"="{PORTS / name}"\n' for name, com in COM.items())
        if rows not in text:
            head, section, rest = text.partition("[Software\\\\Wine\\\\Ports]")
            assert section, "this Wine keeps its ports elsewhere"
            title, _, rest = rest.partition("\n")
            # A prefix that was copied from another checkout has that one's ports.
            rest = re.sub(r'^"COM[1-3]"=.*\n', "", rest, flags=re.MULTILINE)
            registry.write_text(f"{head}{section}{title}\n{rows}{rest}", "utf-8")
        with desktops.running(folder) as made:
            yield made


class WindowsHost:
    """tests/hosts/programs/host.c with a DLL folder of its own, obeying one line at a time."""

    def __init__(self, desktop: Desktop, folder: Path, ini: str, url: str) -> None:
        self.folder = folder / "till 窗口"
        shutil.copytree(TARGET.dist, self.folder, copy_function=link_or_copy)
        (self.folder / "VirtualCardChk.ini").write_text(ini, "utf-8")
        self._url = url
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["wine", str(host_program(TARGET)), wine.windows_path(self.folder / "VirtualCardChk.dll"), "-", "-"],
            env={**os.environ, **desktop.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, *order: str) -> dict[str, object]:
        """Carry out one command of host.c."""
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(" ".join(order).encode() + b"\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def trans(self, in_data: str) -> tuple[str, str]:
        answer = self.ask("trans", self._url.encode().hex(), in_data.encode("gb18030").hex())
        assert answer["guard"]
        assert answer["popped"] == 12
        return str(answer["ret"]), bytes.fromhex(str(answer["out"])).decode("gb18030")

    def mode(self, mode: int) -> int:
        return int(str(self.ask("qrflow", str(mode))["ret"]))

    def label(self, ehealthid: str, card_no: str, name: str) -> int:
        arguments = [text.encode("gb18030").hex() for text in (ehealthid, card_no, name)]
        return int(str(self.ask("print", *arguments)["ret"]))

    def close(self) -> None:
        """End the host; its second-monitor window must go with it."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def with_log(ini: str, state: Path) -> str:
    return f"[log]\nfolder = {wine.windows_path(state)}\n{ini}"


def test_the_dll_with_screen_printer_and_scanner_on_com_ports(
    desktop: Desktop,
    sandbox: Server,  # noqa: F811
    tmp_path: Path,
    state: Path,
) -> None:
    font = wine.windows_path(Path(fonts.system_faces()[0].path))
    with tills.devices(PORTS) as plugged:
        ini = with_log(tills.INI.format(font=font, **COM), state)
        host = WindowsHost(desktop, tmp_path, ini, sandbox.gateway_url)
        try:
            tills.run(host, plugged, sandbox)
        finally:
            host.close()
    text = "".join(path.read_text("utf-8") for path in (state / "log").glob("*.log"))
    assert "打不开" in text
    assert plugged.code not in text


def test_a_label_that_a_his_left_behind(desktop: Desktop, sandbox: Server, tmp_path: Path, state: Path) -> None:  # noqa: F811
    font = wine.windows_path(Path(fonts.system_faces()[0].path))
    with tills.devices(PORTS) as plugged:
        plugged.printer.on_bytes = lambda data: None  # it never answers
        ini = with_log(f"[printer]\ndriver = tspl\nport = COM2\ntimeout = 20\nfont = {font}\n", state)
        host = WindowsHost(desktop, tmp_path / "first", ini, sandbox.gateway_url)
        biz = {"out_register_no": "LEFT1", "out_register_time": "20260101080000", "certificate_mode": "01"}
        biz |= {"apply_method": "3", "QRprint": "Y", **NEWCOMER.fields()}
        try:
            assert host.trans(tills.in_data("ehc.ehealthcard.querywithreg", biz))[0] == "00"
        finally:
            host.close()
        (kept,) = (state / "labels").glob("*.label")
        assert NEWCOMER.user_name.encode() not in kept.read_bytes()
        host = WindowsHost(desktop, tmp_path / "second", ini, sandbox.gateway_url)
        try:
            host.trans(tills.verification())
        finally:
            host.close()
        text = "".join(path.read_text("utf-8") for path in (state / "log").glob("*.log"))
        assert "1 张标签没有打印完" in text
        plugged.printer.on_bytes = plugged._print
        assert "已打印" in command(desktop, host, "print", "--pending", answers=b"p\n")
        assert len(plugged.labels()) == 1
        assert not kept.exists()
        assert "[printer]\ndriver = tspl\nport = COM2\nbaud = 9600" in command(desktop, host, "print", "--find", "COM2")


def command(desktop: Desktop, host: WindowsHost, *arguments: str, answers: bytes = b"") -> str:
    """Run vcchk.exe beside a host's DLL; returns what it prints."""
    done = subprocess.run(
        ["wine", str(host.folder / "vcchk.exe"), *arguments],
        env={**os.environ, **desktop.environment},
        input=answers,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("gbk", "replace")
    return done.stdout.decode("gbk").replace("\r\n", "\n")


def test_a_print_queue_that_is_not_there(desktop: Desktop, sandbox: Server, tmp_path: Path, state: Path) -> None:  # noqa: F811
    font = wine.windows_path(Path(fonts.system_faces()[0].path))
    ini = with_log(f"[printer]\ndriver = tspl\nport = spool:没有这台\nfont = {font}\n", state)
    host = WindowsHost(desktop, tmp_path, ini, sandbox.gateway_url)
    try:
        assert host.label("A:1", "1", "张三") == DEVICE_CODES["open_failed"][0]
    finally:
        host.close()
    text = "".join(path.read_text("utf-8") for path in (state / "log").glob("*.log"))
    assert "OpenPrinterW" in text


def test_a_port_in_use_names_the_program_that_has_it(desktop: Desktop, tmp_path: Path, state: Path) -> None:
    with tills.devices(PORTS) as plugged:
        host = WindowsHost(desktop, tmp_path, with_log(tills.INI.format(font="", **COM), state), "http://127.0.0.1:9/")
        try:
            in_data = tills.verification().encode().hex()
            host.ask("start", "trans", b"http://127.0.0.1:9/".hex(), in_data)
            plugged.scanner.wait_for(lambda data: b"\x16T\r" in data)
            second = subprocess.run(
                ["wine", str(host.folder / "vcchk.exe"), "scan", "--seconds", "1"],
                env={**os.environ, **desktop.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )
        finally:
            host.close()
    assert second.returncode == 1
    assert "host.exe (" in second.stderr.decode("gbk")


QUEUE = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\System\CurrentControlSet\Control\Print\Printers\{name}]
"Name"="{name}"
"Port"="{port}"
"Printer Driver"="wineps.drv"
"Print Processor"="winprint"
"Datatype"="RAW"
"Attributes"=dword:00000040
"""


def test_a_print_queue(desktop: Desktop, tmp_path: Path, state: Path) -> None:
    """Wine's own spooler, with a file as the queue's port: a real RAW job. (Wine has no status bits to give.)"""
    paper = tmp_path / "paper.prn"
    row = tmp_path / "queue.reg"
    row.write_text(QUEUE.format(name="vcchk-label", port=paper))
    desktop.run("regedit", "/S", wine.windows_path(row))
    font = wine.windows_path(Path(fonts.system_faces()[0].path))
    ini = with_log(f"[printer]\ndriver = tspl\nport = spool:vcchk-label\nfont = {font}\n", state)
    host = WindowsHost(desktop, tmp_path, ini, "http://127.0.0.1:9/")
    try:
        assert host.label(CODE, CARD, "张三") == 0
    finally:
        host.close()
    assert decoded(tspl_picture(paper.read_bytes())) == [CODE]


def x11(display: str, request: bytes) -> tuple[bytes, bytes, bytes]:
    """Send one request to the X server; returns (setup, reply head, reply data). ``ROOT``: the root window."""
    with socket.socket(socket.AF_UNIX) as x:
        x.settimeout(10)
        x.connect(f"/tmp/.X11-unix/X{display.lstrip(':')}")
        x.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        stream = x.makefile("rb")
        setup = stream.read(struct.unpack_from("<H", stream.read(8), 6)[0] * 4)
        x.sendall(request.replace(b"ROOT", struct.pack("<I", _root(setup)[0])))
        head = stream.read(32)
        return setup, head, stream.read(struct.unpack_from("<I", head, 4)[0] * 4)


def _root(setup: bytes) -> tuple[int, int, int]:
    """Return (root window, width, height) of the first screen."""
    vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
    at = 32 + (vendor + 3) // 4 * 4 + formats * 8
    return struct.unpack_from("<I16xHH", setup, at)


def in_front(desktop: Desktop, folder: Path) -> str:
    """Return the title of the window that has the keyboard (GetForegroundWindow)."""
    script, answer = folder / "front.py", folder / "front.txt"
    script.write_text(
        "import ctypes, sys\nuser = ctypes.windll.user32\ntitle = ctypes.create_unicode_buffer(200)\n"
        "user.GetWindowTextW(user.GetForegroundWindow(), title, 200)\n"
        "open(sys.argv[1], 'w', encoding='utf-8').write(title.value)\n"
    )
    answer.unlink(missing_ok=True)
    desktop.run(str(desktops.PYTHON), "-B", wine.windows_path(script), wine.windows_path(answer))
    return answer.read_text("utf-8")


def screenshot(desktop: Desktop) -> Image.Image:
    """Return what the X server shows (X11 protocol, GetImage of the root window)."""
    display = desktop.environment["DISPLAY"]
    _, width, height = _root(x11(display, struct.pack("<BxH", 43, 1))[0])
    request = struct.pack("<BBH4shhHHI", 73, 2, 5, b"ROOT", 0, 0, width, height, 0xFFFFFFFF)
    return Image.frombytes("RGB", (width, height), x11(display, request)[2], "raw", "BGRX")


def on_screen(desktop: Desktop) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(screenshot(desktop))]


def test_the_second_monitors_window(desktop: Desktop, sandbox: Server, tmp_path: Path, state: Path) -> None:  # noqa: F811
    ini = with_log("[screen]\ndriver = window\nmonitor = 1\nseconds = 25\nmode = 1\n", state)
    host = WindowsHost(desktop, tmp_path, ini, sandbox.gateway_url)
    try:
        assert host.mode(1) == 0
        assert on_screen(desktop) == []
        with desktop.edit_window():  # a program that has the keyboard, as a HIS does
            before = in_front(desktop, tmp_path)
            assert before == desktops.TITLE
            url = authorise(host)
            tills.until(lambda: on_screen(desktop) == [url], "the code in the window")
            assert in_front(desktop, tmp_path) == before  # the keyboard is not taken, though the window lies on top
        first = screenshot(desktop).crop((700, 0, 1024, 90))  # the countdown's corner
        assert first.getextrema() != ((255, 255),) * 3
        tills.until(lambda: screenshot(desktop).crop((700, 0, 1024, 90)).tobytes() != first.tobytes(), "it counts")
        assert on_screen(desktop) == [url]
        tills.until(lambda: on_screen(desktop) == [], "it is gone when the time is over")
        url = authorise(host)
        tills.until(lambda: on_screen(desktop) == [url], "the next code")
        assert host.mode(0) == 0
        tills.until(lambda: on_screen(desktop) == [], "mode 0")
        assert host.mode(1) == 0
        tills.until(lambda: on_screen(desktop) == [url], "mode 1 while it is still valid")
    finally:
        host.close()
    tills.until(lambda: on_screen(desktop) == [], "the window ends with the HIS")


def authorise(host: WindowsHost) -> str:
    """Ask for an authorisation and return its URL."""
    number = f"WIN{time.time_ns()}"[:20]
    biz = {"out_authorize_no": number, "out_authorize_time": "20260101080000"}
    code, out = host.trans(tills.in_data("ehc.ehealthcard.authurl", biz))
    assert code == "00", out
    return str(json.loads(out)["ehealth_authurl"])


def test_without_a_second_monitor_the_window_says_so(desktop: Desktop, tmp_path: Path, state: Path) -> None:
    host = WindowsHost(desktop, tmp_path, with_log("[screen]\ndriver = window\n", state), "http://127.0.0.1:9/")
    try:
        assert host.mode(1) == DEVICE_CODES["open_failed"][0]
    finally:
        host.close()
    assert "第二台显示器" in "".join(path.read_text("utf-8") for path in (state / "log").glob("*.log"))
