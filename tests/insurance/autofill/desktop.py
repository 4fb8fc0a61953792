"""A Windows desktop on this machine: an X server without a screen, Wine on it, and programs that we watch.

One `Desktop` holds one Xvfb and one Wine prefix of its own (a prefix whose Wine began without a display draws nothing).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from native.buildkit import places, targets, wine, winpython
from tests.deadlines import until

TARGET = targets.TABLE["win32"]
PYTHON = winpython.executable(TARGET)
"""The 32-bit Windows Python that the build makes."""
PREFIX = places.CACHE / "wine-desktop"
EDIT_WINDOW = places.CACHE / "tests" / "edit_window.exe"
HOST = places.CACHE / "tests" / "autofill_host.exe"
WAIT_SECONDS = 240
TITLE = "医保结算测试窗口"
CLASS = "VcchkEditWindow"
EDIT_ID = 1001
BUTTON_ID = 1002


def lacking() -> str:
    """Why there can be no desktop here; empty when there can."""
    missing = [name for name in ("Xvfb", "wine") if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return "" if wine.available(32) else "Wine for 32-bit programs (wine32:i386) is not installed"


class EditWindow:
    """The insurance software: tests/hosts/programs/edit_window.c, running."""

    def __init__(self, process: subprocess.Popen[bytes], events: Path) -> None:
        self._process = process
        self.path = events
        until(lambda: "ready" in self.events(), "the edit window")

    def events(self) -> list[str]:
        """What happened to the window so far."""
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []

    def happened(self, event: str) -> None:
        """Wait for an event."""
        until(lambda: event in self.events(), f"{event!r} among {self.events()}")

    def text(self) -> str:
        """The edit's text after the last event that told it."""
        texts = [e.split(" ", 1)[1] for e in self.events() if " " in e and not e.startswith("thief")]
        return texts[-1] if texts else ""

    def close(self) -> None:
        """End the program that we started."""
        self._process.kill()
        self._process.wait()


class Desktop:
    """Windows programs on a display of our own."""

    def __init__(self, display: str, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.environment = {
            **wine.ENVIRONMENT,
            "WINEPREFIX": str(PREFIX),
            "DISPLAY": display,
            # Neither is needed, and both would ask to be downloaded when a prefix is made.
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }

    def start(
        self, *command: str | Path, stdin: int = subprocess.DEVNULL, output: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a Windows program."""
        return subprocess.Popen(
            ["wine", *map(str, command)],
            env={**os.environ, **self.environment},
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str, seconds: float = 60) -> None:
        """Run a Windows program to its end."""
        process = self.start(*command)
        try:
            process.wait(seconds)
        finally:
            process.kill()

    @contextmanager
    def edit_window(self, *options: str, title: str = TITLE) -> Iterator[EditWindow]:
        """Show the insurance software's window while the block runs."""
        self._count += 1
        events = self._folder / f"events{self._count}.txt"
        process = self.start(EDIT_WINDOW, wine.windows_path(events), title.encode().hex(), *options)
        window: EditWindow | None = None
        try:
            window = EditWindow(process, events)
            yield window
        finally:
            process.kill()
            process.wait()


class Helper:
    """A Windows Python that runs tests/insurance/autofill/windows_helper.py; call it like a function."""

    def __init__(self, connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        connection.settimeout(60)
        self._lines = connection.makefile("rw", encoding="utf-8", newline="\n")

    def __call__(self, do: str, **request: object) -> Any:
        self._lines.write(json.dumps({"do": do, **request}) + "\n")
        self._lines.flush()
        line = self._lines.readline()
        assert line, f"the Windows Python ended: {self._process.communicate(timeout=10)[0].decode('utf-8', 'replace')}"
        answer = json.loads(line)
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer


def build_programs() -> None:
    """Compile the two Windows programs of these tests where their sources are newer."""
    from native import compile as compiler

    libraries = ("-luser32", "-lshell32", "-Wl,--subsystem,windows")
    for program, name, build in (
        (EDIT_WINDOW, "edit_window.c", lambda source: compiler.build_program("win32", EDIT_WINDOW, source, *libraries)),
        (HOST, "host.c", lambda _source: compiler.build_host("win32", HOST)),
    ):
        source = places.ROOT / "tests" / "hosts" / "programs" / name
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            build(source)


@contextmanager
def _alone() -> Iterator[None]:
    """One desktop at a time in a prefix: a second test run must not end the first one's Wine."""
    places.CACHE.mkdir(exist_ok=True)
    with PREFIX.with_suffix(".lock").open("w") as lock:

        def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(taken, f"{lock.name} free: a test run, or a fixture of this one, still has a desktop", WAIT_SECONDS)
        yield


@contextmanager
def running(folder: Path) -> Iterator[Desktop]:
    """Run Xvfb, make the prefix at its first use, and end both after the block."""
    with _alone():
        yield from _running(folder)


def _running(folder: Path) -> Iterator[Desktop]:
    build_programs()
    read, write = os.pipe()
    x = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as texts:
        display = texts.readline().strip()
    assert display, "Xvfb did not start"
    desktop = Desktop(f":{display}", folder)
    try:
        if not (PREFIX / "system.reg").is_file():
            PREFIX.mkdir(parents=True, exist_ok=True)
            desktop.run("wineboot", "-i")
            desktop.run("winecfg", "-v", "win10")
        yield desktop
    finally:
        server = {**os.environ, **desktop.environment}
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["wineserver", "-k"], env=server, timeout=20, check=False)
            # The prefix's files are complete once its server has ended.
            subprocess.run(["wineserver", "-w"], env=server, timeout=20, check=False)
        x.kill()
        x.wait()


@contextmanager
def helper(desktop: Desktop, python: Path, home: Path) -> Iterator[Helper]:
    """Run windows_helper.py in ``python`` with its state folder in ``home``."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        script = Path(__file__).with_name("windows_helper.py")
        process = desktop.start(
            python,
            "-B",
            "-X",
            "faulthandler",
            wine.windows_path(script),
            str(server.getsockname()[1]),
            wine.windows_path(home),
            output=subprocess.PIPE,
        )
        try:
            connection, _ = server.accept()
            with connection:
                yield Helper(connection, process)
        finally:
            process.kill()
            process.wait()
