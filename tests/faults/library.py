"""A host of the built library that takes calls as lines of JSON: ``python library.py LIBRARY``; no package needed.

In: ``{"id", "url", "in_data"}``; out: ``{"id", "code", "text"}``. Each call runs in a thread of its own, as a HIS with
several windows does it.
"""

from __future__ import annotations

import ctypes
import json
import sys
import threading
from collections.abc import Callable

CAPACITY = 2048


def serve(call: Callable[[str, str], tuple[str, str]]) -> None:
    """Answer the lines of standard input with ``call(url, in_data)`` until it ends."""
    lock = threading.Lock()

    def work(asked: dict[str, str]) -> None:
        code, text = call(asked["url"], asked["in_data"])
        with lock:
            sys.stdout.write(json.dumps({"id": asked["id"], "code": code, "text": text}) + "\n")
            sys.stdout.flush()

    threads = []
    for line in sys.stdin:
        threads.append(threading.Thread(target=work, args=(json.loads(line),), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(10)


def main() -> None:
    function = ctypes.CDLL(sys.argv[1]).VirtualCardTrans
    function.restype = ctypes.c_char_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]

    def call(url: str, in_data: str) -> tuple[str, str]:
        out = ctypes.create_string_buffer(CAPACITY)
        code = function(url.encode(), in_data.encode(), out)
        return code.decode("ascii"), out.value.decode("utf-8")

    serve(call)


if __name__ == "__main__":
    main()
