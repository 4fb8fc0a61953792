"""A device's end of a real serial line: a pty pair whose other end the code under test opens by name."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Sequence

from tests.deadlines import PATIENCE, until

LATE_SECONDS = 3.0
"""How long bytes that a test expects may still be on their way at its end."""


class PtyDevice:
    """A device that expects bytes and answers: ``pairs`` of (sent, reply), in order, to the byte.

    A ``sent`` of b"" answers without waiting. Leaving the ``with`` block fails the test when bytes were wrong, missing,
    or sent beyond what was expected. ``free``: nothing is expected, all that arrives is kept in ``received``.
    """

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]] = (), *, free: bool = False) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        attributes = termios.tcgetattr(self.master)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.master, termios.TCSANOW, attributes)
        self.name = os.ttyname(self._slave)
        self.received = b""
        self.played = 0
        """How many of the pairs have been played."""
        self._pairs = list(pairs)
        self._free = free
        self._faults: list[str] = []
        self._done = threading.Event()
        """All pairs have been played, or what came was wrong."""
        self._stop = threading.Event()
        self._closed = False
        self._lock = threading.Lock()
        self.on_bytes: Callable[[bytes], None] = lambda data: None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.master], [], [], seconds)
        return os.read(self.master, 65536) if ready else b""

    def send(self, data: bytes) -> None:
        """Write all of ``data`` as the device."""
        at = 0
        while at < len(data) and not self._stop.is_set():
            _, ready, _ = select.select([], [self.master], [], 0.1)
            if ready:
                at += os.write(self.master, data[at : at + 4096])

    def _serve(self) -> None:
        held = b""
        try:
            for number, (sent, reply) in enumerate(self._pairs):
                while len(held) < len(sent) and not self._stop.is_set():
                    held += self._read(0.02)
                if not held.startswith(sent):
                    self._faults.append(f"exchange {number}: expected {sent.hex(' ')}, got {held.hex(' ')}")
                    return
                held = held[len(sent) :]
                self.send(reply)
                self.played = number + 1
            self._done.set()
            while not self._stop.is_set():
                data = self._read(0.02)
                held += data
                self.received += data
                if data:
                    self.on_bytes(data)
            held += self._read(0)
        except OSError:
            return  # unplugged by the test itself, from `on_bytes`
        finally:
            self._done.set()
        if held and not self._free:
            self._faults.append(f"unexpected bytes {held.hex(' ')}")

    def unplug(self) -> None:
        """Pull the plug: the line is gone for whoever holds it."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(PATIENCE)  # a select under way would keep the line alive
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self.master)
                os.close(self._slave)

    def wait_for(self, what: Callable[[bytes], bool]) -> None:
        """Wait until what was received (``free``) is as ``what`` says; fails the test when it never is."""
        until(lambda: what(self.received), "the bytes at the device")

    def wait_played(self, pairs: int) -> None:
        """Wait until so many of the pairs have been played."""
        until(lambda: self.played >= pairs, f"exchange {pairs} at the device")

    def __enter__(self) -> PtyDevice:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # What is still on its way belongs to the judgement: what is expected is waited for, what is not has a moment.
        if kind is None:
            self._done.wait(LATE_SECONDS)
        time.sleep(0.03)
        self.unplug()
        if kind is None:
            assert not self._faults, self._faults


class Lines:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def _keep(self, level: str, text: str, fields: dict[str, object]) -> None:
        self.lines.append((level, text, fields))

    def info(self, text: str, **fields: object) -> None:
        self._keep("info", text, fields)

    def warn(self, text: str, **fields: object) -> None:
        self._keep("warn", text, fields)

    def error(self, text: str, **fields: object) -> None:
        self._keep("error", text, fields)

    def text(self) -> str:
        """Return everything that was said."""
        return "\n".join(f"{level} {text} {fields}" for level, text, fields in self.lines)
