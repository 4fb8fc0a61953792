"""In which encoding a command speaks: a Windows console's own code page, UTF-8 for JSON and everywhere else."""

from __future__ import annotations

import codecs
import io
import sys

UTF_8 = 65001


def code_page() -> int:
    """Return the code page of this program's console, the system's where there is no console. Windows alone."""
    import _winapi
    import ctypes

    return int(ctypes.WinDLL("kernel32").GetConsoleOutputCP() or _winapi.GetACP())  # type: ignore[attr-defined]


def encoding_for(page: int) -> str:
    """Return the encoding of a code page; UTF-8 for one that is unknown or has no Chinese: then all would be "?"."""
    if page == UTF_8:
        return "utf-8"
    try:
        name = codecs.lookup(f"cp{page}").name
        "中".encode(name)
    except (LookupError, UnicodeEncodeError):
        return "utf-8"
    return name


def prepare(arguments: list[str]) -> None:
    """Let stdout and stderr speak as ``type`` and an editor of this machine read them; JSON is for programs: UTF-8.

    A console itself takes every character (Python writes to it as UTF-16), so this is for files and pipes.
    """
    if sys.platform != "win32" or "--json" in arguments:
        return
    encoding = encoding_for(code_page())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding=encoding, errors="replace")
