"""In which encoding a command writes: the console's own, UTF-8 for JSON; what an encoding lacks ends no command."""

from __future__ import annotations

import codecs
import io
import sys

from vcchk.cli import json_document

UTF_8 = 65001
SIMPLIFIED = "检查运行环境"
"""Of it, the code pages of other countries (950, 932, 949) have a part at most."""


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
        SIMPLIFIED.encode(name)
    except (LookupError, UnicodeEncodeError):
        return "utf-8"
    return name


def prepare(arguments: list[str]) -> None:
    """Let stdout and stderr speak as ``type`` and an editor of this machine read them; JSON is for programs: UTF-8.

    A Windows console itself takes every character (Python writes UTF-16 to it): its code page is for files and pipes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=_encoding(stream, arguments), errors="replace")


def _encoding(stream: io.TextIOWrapper, arguments: list[str]) -> str:
    if json_document.FLAG in arguments and stream is sys.stdout:
        return "utf-8"
    if sys.platform != "win32" or stream.isatty():
        return stream.encoding
    return encoding_for(code_page())
