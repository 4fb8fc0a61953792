"""Runs inside a Windows Python: does what a test asks over a socket, one JSON line each way.

    python.exe windows_helper.py <port> <state folder>

Requests: {"do": "fill", "ini": text, "code": text, "forget_after": a number of characters or null, "events": path},
{"do": "copy", "text": text}, {"do": "clipboard"}, {"do": "own_window", "title": text}, {"do": "front"}, {"do": "quit"}.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
import threading
import time
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))

from vcchk.insurance import autofill
from vcchk.insurance.memory import VoucherMemory
from vcchk.records.log import Log
from vcchk.settings import parse_settings

user32: Any = ctypes.WinDLL("user32")  # type: ignore[attr-defined]
kernel32: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
for _name in ("GetClipboardData", "GetForegroundWindow", "CreateWindowExW", "SetClipboardData"):
    getattr(user32, _name).restype = ctypes.c_void_p
for _name in ("GlobalAlloc", "GlobalLock"):
    getattr(kernel32, _name).restype = ctypes.c_void_p
CF_UNICODETEXT = 13

memory = VoucherMemory(120)


def fill(request: dict[str, Any]) -> dict[str, Any]:
    """One SetEcQrcode with ``code`` just scanned; ``forget_after``: a new verify begins when the edit window, whose
    ``events`` these are, has so many characters."""
    memory.remember(memory.forget(), request["code"])
    settings = parse_settings(f"[log]\nfolder = {sys.argv[2]}\n" + request["ini"])
    if request.get("forget_after") is not None:
        threading.Thread(target=forget_then, args=(request["forget_after"], request["events"]), daemon=True).start()
    begin = time.monotonic()
    outcome = autofill.run(memory, settings, Log(settings))
    state = memory.take().state
    return {
        "number": outcome.number,
        "message": outcome.message,
        "warnings": settings.warnings,
        "seconds": time.monotonic() - begin,
        "left": state or "held",
    }


def forget_then(characters: int, events: str) -> None:
    """Wait for the characters, then let a new verify begin."""

    def typed() -> int:
        with open(events, encoding="utf-8") as file:
            return sum(line.startswith("char ") for line in file)

    while typed() < characters:
        time.sleep(0.01)
    memory.forget()


def forget(_request: dict[str, Any]) -> None:
    """A new verify begins."""
    memory.forget()


def clipboard(_request: dict[str, Any]) -> str | None:
    """The clipboard's text."""
    for _ in range(50):
        if user32.OpenClipboard(None):
            break
        time.sleep(0.02)
    try:
        handle = user32.GetClipboardData(CF_UNICODETEXT)
        if not handle:
            return None
        return ctypes.wstring_at(kernel32.GlobalLock(ctypes.c_void_p(handle)))
    finally:
        user32.CloseClipboard()


def copy(request: dict[str, Any]) -> None:
    """Put a text on the clipboard, as a person's Ctrl+C would."""
    data = request["text"].encode("utf-16-le") + b"\0\0"
    owner = ctypes.c_void_p(user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, None, None, None, None))
    for _ in range(50):
        if user32.OpenClipboard(owner):
            break
        time.sleep(0.02)
    user32.EmptyClipboard()
    handle = ctypes.c_void_p(kernel32.GlobalAlloc(2, len(data)))
    ctypes.memmove(kernel32.GlobalLock(handle), data, len(data))
    kernel32.GlobalUnlock(handle)
    user32.SetClipboardData(CF_UNICODETEXT, handle)
    user32.CloseClipboard()
    user32.DestroyWindow(owner)


def own_window(request: dict[str, Any]) -> None:
    """Make a visible window of this process, the HIS's own, and keep its messages moving."""
    ready = threading.Event()

    def run() -> None:
        user32.CreateWindowExW(0, "EDIT", request["title"], 0x10CF0000, 10, 10, 300, 100, None, None, None, None)
        ready.set()
        message = ctypes.create_string_buffer(64)
        while user32.GetMessageW(message, None, 0, 0) > 0:
            user32.TranslateMessage(message)
            user32.DispatchMessageW(message)

    threading.Thread(target=run, daemon=True).start()
    ready.wait(5)


def front(_request: dict[str, Any]) -> str:
    """The title of the window in front."""
    buffer = ctypes.create_unicode_buffer(300)
    user32.GetWindowTextW(ctypes.c_void_p(user32.GetForegroundWindow()), buffer, 300)
    return buffer.value


def main() -> None:
    """Serve until "quit" or the end of the connection."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as connection:
        connection.settimeout(None)
        lines = connection.makefile("rw", encoding="utf-8", newline="\n")
        doing = {f.__name__: f for f in (fill, forget, clipboard, copy, own_window, front)}
        for line in lines:
            request = json.loads(line)
            if request["do"] == "quit":
                return
            try:
                answer: Any = doing[request["do"]](request)
            except Exception as error:
                answer = {"error": repr(error)}
            lines.write(json.dumps(answer) + "\n")
            lines.flush()


if __name__ == "__main__":
    main()
