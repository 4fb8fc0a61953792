"""Runs a sandbox on a loopback port, in this thread or in one of its own."""

from __future__ import annotations

import socket
import sys
import threading

from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.service import Sandbox
from vcchk.sandbox.web import GuardedSandbox
from vcchk.web.serving import HttpServer

LOOPBACK = ("127.0.0.1", "::1", "localhost")
BACKLOG = 256


class Server:
    """A sandbox that listens from the moment it is made. ``port`` 0: any free one. Raises OSError, ValueError."""

    def __init__(self, sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> None:
        if host not in LOOPBACK:
            raise ValueError(f"{host} is not a loopback address")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        address = ("127.0.0.1" if host == "localhost" else host, port)
        listening = socket.create_server(address, family=family, backlog=BACKLOG)
        self.sandbox = sandbox
        self.port: int = listening.getsockname()[1]
        self.base_url = f"http://{'[::1]' if family == socket.AF_INET6 else '127.0.0.1'}:{self.port}"
        self.gateway_url = self.base_url + GATEWAY_PATH
        sandbox.base_url = self.base_url
        self._http = HttpServer(listening, GuardedSandbox(sandbox))
        self._thread: threading.Thread | None = None
        # The interpreter lets a thread run 5 ms; a whole call takes less than one, so a queue of eight would wait 40.
        sys.setswitchinterval(0.001)

    def run(self) -> None:
        """Serve until `stop` is called from another thread, or Ctrl+C; then close the database."""
        try:
            self._http.run()
        except KeyboardInterrupt:
            self._http.stop()
        finally:
            self.sandbox.close()

    def start(self) -> Server:
        """Serve in a thread of its own; returns at once (the port already listens)."""
        self._thread = threading.Thread(target=self.run, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and wait until it has stopped."""
        self._http.stop()
        if self._thread is not None:
            self._thread.join(10)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
