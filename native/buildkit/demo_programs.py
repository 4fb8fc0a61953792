"""The two programs of a demonstration: the sandbox platform, and a host that loads the built DLL and does as told."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import threading
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from native import compile as compiler

from . import places, wine
from .progress import BuildError
from .targets import Target

# An answer may take as long as a call may ([gateway] timeout, 30 s) and Wine's first start.
ANSWER_SECONDS = 90.0


class _Program:
    """A child whose stdout is read by lines; ended when the `with` block is left, whatever happened in it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def line(self, seconds: float, what: str) -> str:
        """The next line. Raises BuildError when none comes in time, or the program has ended."""
        try:
            text = self._lines.get(timeout=seconds).decode("utf-8", "replace").strip()
        except queue.Empty:
            raise BuildError(f"{what}: no answer within {seconds:.0f} s") from None
        if not text:
            raise BuildError(f"{what}: it ended (exit code {self.process.poll()})")
        return text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


class SandboxProgram(_Program):
    """The platform's side, on a free port of 127.0.0.1, with a new database."""

    def __init__(self, database: Path) -> None:
        database.unlink(missing_ok=True)
        command: list[str | Path] = [places.VENV_PYTHON, "-m", "vcchk", "sandbox", "--port", "0", "--db", database]
        log = (places.LOGS / "sandbox.log").open("ab")
        super().__init__(
            subprocess.Popen(
                [os.fspath(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=places.ROOT,
            )
        )
        log.close()
        while not (found := re.match(r"ready (http://\S+)", self.line(30, "The sandbox"))):
            pass
        self.url = found[1]
        self.base = re.sub(r"(//[^/]+)/.*", r"\1", self.url)

    def last_call(self) -> dict[str, Any]:
        """What the platform saw last, masked (its /_sandbox/traffic)."""
        with _open(f"{self.base}/_sandbox/traffic?count=1") as reply:
            calls: list[dict[str, Any]] = json.load(reply)["calls"]
        return calls[-1] if calls else {}

    def approve(self, url: str) -> None:
        """Open the authorisation page and press 确认授权 as the person's phone would. Raises BuildError."""
        with _open(url) as reply:
            page = reply.read().decode()
        card = re.search(r'<option value="([0-9A-Fa-f]{64})">[^<]*畲', page)
        if not card:
            raise BuildError("The authorisation page does not offer the newcomer's card.")
        with _open(f"{url}/approve", f"card_id={card[1]}".encode()) as reply:
            reply.read()


def _open(url: str, data: bytes | None = None) -> Any:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return direct.open(url, data, timeout=10)


class HostProgram(_Program):
    """tests/hosts/programs/host.c beside the built DLL; speaks its line protocol over stdin and stdout."""

    def __init__(self, target: Target, program: Path, dll: Path) -> None:
        if target.windows:
            command: list[str | os.PathLike[str]] = [program, wine.windows_path(dll), "-", "-"]
            process = wine.popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        else:
            process = subprocess.Popen(
                [program, dll, "-", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        super().__init__(process)

    def ask(self, *arguments: str) -> dict[str, Any]:
        """One command, one answer. Raises BuildError when the host is gone or says that it cannot."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write((" ".join(arguments) + "\n").encode("ascii"))
            self.process.stdin.flush()
        except OSError as error:
            raise BuildError(f"The host is gone ({error}).") from error
        answer: dict[str, Any] = json.loads(self.line(ANSWER_SECONDS, "The host"))
        if "error" in answer:
            raise BuildError(f"The host says: {answer['error']}")
        return answer


def build_host(target: Target) -> Path:
    """Compile tests/hosts/programs/host.c for the target."""
    program = target.work / ("host.exe" if target.windows else "host")
    compiler.build_host(target.name, program)
    return program
