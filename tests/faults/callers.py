"""Who is asked: the package in this process, or a process that has loaded the built library or DLL.

A caller's ``turn()`` gives a function ``(url, in_data) -> (return code, OutData)``; within one turn every call goes to
the same process. Several threads may have a turn at once.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

from native.buildkit.demo_programs import HostProgram
from native.buildkit.targets import Target
from vcchk.records import log
from vcchk.settings import load_settings
from vcchk.transaction.call import OutputBuffer
from vcchk.transaction.sequence import Transactions

Ask = Callable[[str, str], tuple[str, str]]


class Caller(Protocol):
    def turn(self) -> contextlib.AbstractContextManager[Ask]: ...

    def close(self) -> None: ...


class PackageCaller:
    """`Transactions` of this process, under the INI at ``path``."""

    def __init__(self, path: Path) -> None:
        self._settings = load_settings(str(path))
        assert self._settings.warnings == ()
        self._transactions = Transactions(self._settings, log.Log(self._settings))
        self._buffer = OutputBuffer(excess=lambda _text: None, capacity=2048)

    def turn(self) -> contextlib.AbstractContextManager[Ask]:
        return contextlib.nullcontext(self._ask)

    def _ask(self, url: str, in_data: str) -> tuple[str, str]:
        return self._asked(self._transactions, url, in_data)

    def _asked(self, transactions: Transactions, url: str, in_data: str) -> tuple[str, str]:
        result = transactions.virtual_card_trans(url, in_data, self._buffer)
        return result.code, result.text or result.message

    def close(self) -> None:
        """Nothing outlives the process."""


class FreshCaller(PackageCaller):
    """A site a turn, each with a state folder of its own: no reply has ever verified there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._sites = itertools.count()

    def turn(self) -> contextlib.AbstractContextManager[Ask]:
        folder = Path(self._settings.log.folder) / f"site{next(self._sites)}"
        settings = self._settings.replace(log=self._settings.log.replace(folder=str(folder)))
        transactions = Transactions(settings, log.Log(settings))
        return contextlib.nullcontext(lambda url, in_data: self._asked(transactions, url, in_data))


class ProcessCaller:
    """A process that answers lines of JSON as `tests.faults.library` does: ``command`` starts it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8"
        )
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[threading.Event, list[dict[str, Any]]]] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer = json.loads(line)
                event, box = self._waiting.pop(answer["id"])
                box.append(answer)
                event.set()

    def turn(self) -> contextlib.AbstractContextManager[Ask]:
        return contextlib.nullcontext(self._ask)

    def _ask(self, url: str, in_data: str) -> tuple[str, str]:
        number = next(self._numbers)
        event, box = threading.Event(), list[dict[str, Any]]()
        self._waiting[number] = (event, box)
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"id": number, "url": url, "in_data": in_data}) + "\n")
            self._process.stdin.flush()
        assert event.wait(60), f"no answer; the process ended with {self._process.poll()}"
        return box[0]["code"], box[0]["text"]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class HostCaller:
    """Processes of tests/hosts/programs/host.c that have loaded the DLL, under Wine for Windows' targets.

    Such a host does one thing at a time, so a turn has one of them to itself.
    """

    def __init__(self, target: Target, program: Path, library: Path, ini: str, count: int) -> None:
        self._hosts: queue.Queue[HostProgram] = queue.Queue()
        with mock.patch.dict(os.environ, {"VCCHK_INI": ini}):
            self._all = [HostProgram(target, program, library) for _ in range(count)]
        for host in self._all:
            self._hosts.put(host)

    @contextlib.contextmanager
    def turn(self) -> Iterator[Ask]:
        host = self._hosts.get()
        try:
            yield lambda url, in_data: self._ask(host, url, in_data)
        finally:
            self._hosts.put(host)

    @staticmethod
    def _ask(host: HostProgram, url: str, in_data: str) -> tuple[str, str]:
        answer = host.ask("trans", url.encode().hex(), in_data.encode().hex())
        assert answer["guard"]
        return str(answer["ret"]), bytes.fromhex(answer["out"]).decode("utf-8")

    def close(self) -> None:
        for host in self._all:
            host.__exit__(None, None, None)
