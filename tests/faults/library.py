"""A host of the built library that takes calls as lines of JSON: ``python library.py LIBRARY``; no package needed.

In: ``{"id", "url", "in_data"}``; out: ``{"id", "code", "text"}``. Each call runs in a thread of its own, as a HIS with
several windows does it. Runs under Linux (.so) and in the 32-bit Windows Python (.dll).
"""

from __future__ import annotations

import ctypes
import json
import sys
import threading

CAPACITY = 2048


def main() -> None:
    load = getattr(ctypes, "WinDLL", ctypes.CDLL)
    function = load(sys.argv[1]).VirtualCardTrans
    function.restype = ctypes.c_char_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
    lock = threading.Lock()

    def work(asked: dict[str, str]) -> None:
        out = ctypes.create_string_buffer(CAPACITY)
        # Always with a Chinese letter, so that the library knows the request for UTF-8 and answers in it.
        code = function(asked["url"].encode(), asked["in_data"].encode(), out)
        line = json.dumps({"id": asked["id"], "code": code.decode("ascii"), "text": out.value.decode("utf-8")})
        with lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    threads = []
    for line in sys.stdin:
        threads.append(threading.Thread(target=work, args=(json.loads(line),), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(10)


if __name__ == "__main__":
    main()
