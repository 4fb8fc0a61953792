"""Runs a sandbox behind waitress on a loopback port, in this thread or in one of its own."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

import waitress
from waitress import wasyncore

from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.service import Sandbox
from vcchk.sandbox.web import Guard

LOOPBACK = ("127.0.0.1", "::1", "localhost")
THREADS = 16
"""Enough for faults that make calls wait while others go on."""


class Server:
    """A sandbox that listens from the moment it is made. ``port`` 0: any free one. Raises OSError, ValueError."""

    def __init__(self, sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> None:
        if host not in LOOPBACK:
            raise ValueError(f"{host} is not a loopback address")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server(("127.0.0.1" if host == "localhost" else host, port), family=family)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sandbox = sandbox
        self.port: int = listening.getsockname()[1]
        self.base_url = f"http://{'[::1]' if family == socket.AF_INET6 else '127.0.0.1'}:{self.port}"
        self.gateway_url = self.base_url + GATEWAY_PATH
        sandbox.base_url = self.base_url
        self._map: dict[int, Any] = {}  # of this server alone: several may run in one process
        self._stopped = False
        self._waitress: Any = waitress.create_server(
            Guard(sandbox),
            map=self._map,
            sockets=[listening],
            threads=THREADS,
            ident=None,
            channel_request_lookahead=1,  # puts the channel within reach of the fault "drop"
            clear_untrusted_proxy_headers=True,
        )
        self._thread: threading.Thread | None = None
        # 5 ms of the interpreter's switching is as long as a whole call: many short calls at once need finer slices.
        sys.setswitchinterval(0.001)

    def run(self) -> None:
        """Serve until `stop` is called from another thread, or Ctrl+C; then close the database."""
        try:
            while not self._stopped:
                wasyncore.loop(timeout=30, map=self._map, count=1)
        except KeyboardInterrupt:
            pass
        finally:
            self._waitress.task_dispatcher.shutdown()
            wasyncore.close_all(self._map)
            self.sandbox.close()

    def start(self) -> Server:
        """Serve in a thread of its own; returns at once (the port already listens)."""
        self._thread = threading.Thread(target=self.run, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and wait until it has stopped."""
        self._stopped = True
        self._waitress.pull_trigger()
        if self._thread is not None:
            self._thread.join(10)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
