"""Many HIS at once against a running sandbox: clients that register, verify and authorise, and write down what they
were told, so that it can be held against the database afterwards.

    python -m tests.sandbox.load GATEWAY_URL CLIENTS SECONDS NUMBER

One process: CLIENTS connections (each with a thread of its own), for SECONDS. NUMBER keeps the people of several
processes apart. Prints one JSON object: what was acknowledged, the errors, the times in ms.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from vcchk.sandbox.seed import DEMO
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

PROFILE = BUILTIN["xiamen"]
SECONDS = 30
"""How long an answer may take."""


class Client:
    """One till on one kept-alive connection."""

    def __init__(self, url: str, number: str) -> None:
        self._url, self._number, self._count = urlsplit(url), number, 0
        self._line = http.client.HTTPConnection("127.0.0.1", self._url.port, timeout=SECONDS)
        self.registered: list[str] = []
        self.verified: list[str] = []
        self.authorised: list[str] = []
        self.errors: list[str] = []
        self.times: list[float] = []

    def run(self, start: threading.Barrier, seconds: float) -> None:
        """Visit after visit until the time is over: one person registered, verified twice, one authorisation."""
        try:
            self._line.connect()
            start.wait(SECONDS)
            end = time.monotonic() + seconds
            self._visit()  # one at least, however late this thread's turn comes
            while time.monotonic() < end and not self.errors:
                self._visit()
        except Exception as error:
            start.abort()  # the others need not wait for one that is not coming
            self.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self._line.close()

    def _visit(self) -> None:
        self._count += 1
        mark = f"L{self._number}N{self._count:06d}"
        person = {"id_type": "99", "id_no": mark, "user_name": "负载", "user_sex": "1", "mobile_phone": "13900000000"}
        made = self._call("ehc.ehealthcard.querywithreg", {"out_register_no": mark, **person, "apply_method": "3"})
        self.registered.append(mark)
        for turn in ("A", "B"):
            scene = {"operator_id": self._number, "treatment_code": "010101", "office_code": "0300"}
            verify = {"ehealth_code": made["ehealth_code"], "out_verify_no": mark + turn, **scene}
            found = self._call("ehc.ehealthcode.verify", verify)
            if found["id_no"] != mark:
                raise ValueError("another person's card")
            self.verified.append(mark + turn)
        self._call("ehc.ehealthcard.authurl", {"out_authorize_no": mark, "operator_id": self._number})
        self.authorised.append(mark)
        if self._call("ehc.ehealthcard.auth.query", {"out_authorize_no": mark})["auth_status"] != "ing":
            raise ValueError("an authorisation that nobody decided")

    def _call(self, method: str, biz: dict[str, str]) -> dict[str, Any]:
        fields = {"app_id": DEMO.app_id, "method": method, "term_id": DEMO.term_id, "version": "X.M.0.1",
                  "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": "SM4"}  # fmt: skip
        text = json.dumps(biz, ensure_ascii=False)
        body = codec.seal_request(PROFILE, fields, text, DEMO.key).body
        began = time.perf_counter()
        self._line.request("POST", self._url.path, body, {"Content-Type": "application/json"})
        answer = self._line.getresponse()
        data = answer.read()
        self.times.append((time.perf_counter() - began) * 1000)
        opened = codec.open(PROFILE, data, DEMO.key, request={"enc_type": "SM4"})
        if opened.signature != "held" or answer.status != 200 or opened.ret_code != "0000":
            raise ValueError(f"{method}: {answer.status} {opened.ret_code} {opened.ret_msg}")
        found: dict[str, Any] = opened.biz
        return found


def main(url: str, count: int, seconds: float, number: str) -> None:
    """Run the clients of this process and print what they saw."""
    clients = [Client(url, f"{number}C{each:03d}") for each in range(count)]
    start = threading.Barrier(count)
    threads = [threading.Thread(target=client.run, args=(start, seconds)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = ("registered", "verified", "authorised", "errors", "times")
    print(json.dumps({name: [one for client in clients for one in getattr(client, name)] for name in names}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
