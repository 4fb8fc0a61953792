"""``--json``: stdout is one JSON document, of a refusal too: a script reads it in either case and looks at the code."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FLAG = "--json"
INTERRUPTED = 130
"""The code after Ctrl-C, as shells have it."""


def dumps(value: Any) -> str:
    """Return a document as all commands print it. A file's name in it may hold bytes that are no text."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode("utf-8")


def run(command: Callable[[], int]) -> int:
    """Run a command; when it ends with nothing but a sentence on stderr, the sentence becomes the document."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = command()
        except (SystemExit, KeyboardInterrupt) as end:
            code = exit_code(end)
    said = err.getvalue()
    if code and said and not out.getvalue():
        sentence = said.rstrip().splitlines()[-1]  # what was told before it was not the end
        print(dumps({"code": code, "error": sentence}))
    else:
        print(out.getvalue(), end="")
        print(said, end="", file=sys.stderr)
    return code


def exit_code(end: SystemExit | KeyboardInterrupt) -> int:
    """Return the code of an exit; its sentence goes to stderr, as Python's own end does it."""
    if isinstance(end, KeyboardInterrupt):
        print("已停止", file=sys.stderr)
        return INTERRUPTED
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
