"""The other side of a benchmark: nginx with a fixed reply, the delaying proxy, the sandbox; all on 127.0.0.1."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from native.buildkit import places
from native.buildkit.progress import BuildError
from tests.faults.certificates import Authority

from . import programs

_NGINX = Path(__file__).with_name("peers") / "nginx.conf"


class _Child:
    """A program that serves; ended, and waited for, when the `with` block is left."""

    process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Nginx(_Child):
    """nginx that answers every POST with `reply`, over http and https (a certificate of ``ca_file``'s authority)."""

    def __init__(self, folder: Path, reply: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority = Authority(folder)
        authority.context()
        self.ca_file = authority.pem
        self.http, self.https = _free_port(), _free_port()
        if b"'" in reply or b"$" in reply or b"\\" in reply:
            raise ValueError("the reply cannot stand in nginx's configuration")
        path = folder / "nginx.conf"
        values = {
            "folder": folder,
            "http": self.http,
            "https": self.https,
            "certificate": folder / "server1.pem",
            "reply": reply.decode("utf-8"),
        }
        text = _NGINX.read_text("utf-8")
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        path.write_text(text, "utf-8")
        self.process = subprocess.Popen(
            ["nginx", "-p", folder, "-c", path], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(self.http)


class Delay(_Child):
    """A proxy to `port` that adds `ms` to every round trip (benchmarks/peers/delay.c); listens on ``port``."""

    def __init__(self, port: int, ms: float) -> None:
        command: list[str | Path] = [programs.program("delay"), str(port), f"{ms * 1000:.0f}"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())


class SandboxServer(_Child):
    """`vcchk sandbox` with a new database; ``port`` and ``path`` of its gateway."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("sandbox.db*"):
            path.unlink()
        command = [sys.executable, "-m", "vcchk", "sandbox", "--port", "0", "--db", str(folder / "sandbox.db")]
        with (folder / "sandbox.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=places.ROOT
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.match(rb"ready http://127.0.0.1:(\d+)(\S+)", line):
                self.port, self.path = int(found[1]), found[2].decode()
                return
        raise BuildError("the sandbox did not start")


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise BuildError(f"nothing listens on port {port}")
