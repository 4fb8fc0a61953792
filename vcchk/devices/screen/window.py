"""Second monitor: a borderless topmost window on the other screen, in a process of its own.

Never a window inside the HIS: the process is ``vcchk.exe screen --window`` beside the DLL, fed line by line through its
standard input (a code on its command line could be read by every program of the machine), and it ends by itself when
the HIS ends. Windows only: on Linux use the ``file`` driver with a picture viewer on the second monitor.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.options import Option
from vcchk.settings import ScreenSettings, places

START_SECONDS = 15.0
"""The first answer of a cold process, on an old till with a virus scanner."""

OPTIONS = (
    Option(name="monitor", default=0, help="第几台显示器（从 1 数起）；0 为主显示器以外的第一台", high=16),
    Option(name="caption", default="请用微信或支付宝扫码授权", help="二维码上方的文字"),
    Option(name="idle", default="hide", help="不显示时：hide 隐藏窗口，white 保持白屏", choices=("hide", "white")),
)


def command(values: dict[str, Any]) -> list[str]:
    """Return the command line of the window's process."""
    launcher = os.path.join(places.home(), "vcchk.exe")
    start = [launcher] if os.path.isfile(launcher) else [sys.executable, "-m", "vcchk"]
    arguments = [f"--{name}={values[name]}" for name in ("monitor", "caption", "idle")]  # a caption may begin with --
    return [*start, "screen", "--window", *arguments]


class Display:
    """The window's process; started when first needed, and again when it has died."""

    def __init__(self, section: ScreenSettings, values: dict[str, Any], folder: str) -> None:
        self._command = command(values)
        self._seconds = section.timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()

    def show(self, text: str, seconds: float) -> None:
        """Show ``text`` with a countdown of ``seconds``. Raises DeviceError."""
        self._ask({"show": text, "seconds": seconds})

    def clear(self) -> None:
        """Hide the window, or make it white. Raises DeviceError."""
        self._ask({"clear": True})

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(self._seconds)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()

    def _ask(self, order: dict[str, object]) -> None:
        fresh = self._process is None or self._process.poll() is not None
        if fresh:
            self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise DeviceError("internal", cause="the window's process has no standard input")
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
            answer = self._answers.get(timeout=START_SECONDS if fresh else self._seconds)
        except (OSError, queue.Empty) as error:
            self.close()
            raise DeviceError(
                "no_answer", "第二显示器的窗口没有应答", cause=f"{type(error).__name__}: {error}"
            ) from error
        kind, _, message = answer.decode("utf-8", "replace").partition(" ")
        if kind != "ok":
            self.close()
            raise DeviceError(
                "open_failed", message or "第二显示器的窗口打不开", cause=f"the window's process: {message}"
            )

    def _start(self) -> None:
        if sys.platform != "win32":
            raise DeviceError(
                "open_failed", "第二显示器窗口只能在 Windows 上使用；Linux 请用 driver = file", cause="not Windows"
            )
        self.close()
        self._answers = queue.Queue()
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        except OSError as error:
            sentence = "启动 vcchk.exe 失败，请检查它是否在 DLL 旁边、是否被杀毒软件隔离"
            raise DeviceError("open_failed", sentence, cause=f"{type(error).__name__}: {error}") from error
        reader = threading.Thread(target=self._read, args=(self._process, self._answers), daemon=True)
        reader.start()

    @staticmethod
    def _read(process: subprocess.Popen[bytes], answers: queue.Queue[bytes]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                answers.put(line.strip())
        answers.put("error 窗口进程已结束".encode())
