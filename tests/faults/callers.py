"""Who is asked: the package in this process, or a process that has loaded the built library.

A caller has ``call(url, in_data) -> (return code, OutData)`` and may be used by several threads at once.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from pathlib import Path
from typing import Any, Protocol

from vcchk import log, settings
from vcchk.transaction import Caller as Room
from vcchk.transaction import Transactions


class Caller(Protocol):
    def call(self, url: str, in_data: str) -> tuple[str, str]: ...

    def close(self) -> None: ...


class PackageCaller:
    """`Transactions` of this process, under the INI at ``path``."""

    def __init__(self, path: Path) -> None:
        loaded = settings.load(str(path))
        assert loaded.warnings == ()
        self._transactions = Transactions(loaded, log.Log(loaded))
        self._room = Room(fits=lambda _text: None, capacity=2048)

    def call(self, url: str, in_data: str) -> tuple[str, str]:
        answer = self._transactions.virtual_card_trans(url, in_data, self._room)
        return answer.code, answer.text

    def close(self) -> None:
        """Nothing outlives the process."""


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

    def call(self, url: str, in_data: str) -> tuple[str, str]:
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
