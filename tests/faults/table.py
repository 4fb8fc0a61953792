"""Prints the fault matrix into docs/faults.md, with what the package really answered: ``python -m tests.faults.table``.

`test_matrix` compares the file with a run of its own.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.faults.matrix import CONNECT_TIMEOUT, NAME_ROWS, ROWS, SLACK, TIMEOUT
from tests.faults.runner import Result
from vcchk.network import foreign
from vcchk.network.fault import FAULTS, Retry

PATH = Path(__file__).parents[2] / "docs" / "faults.md"

HEAD = f"""# Faults: what the HIS is told

Written by `python -m tests.faults.table` from a run of the fault matrix (`tests/faults/matrix.py`) through the package
over real sockets; a test compares. The same rows run through the built `libVirtualCardChk.so`, those marked ● through
the 32-bit DLL as well. After every row the same process makes a good call to the healed platform: it must succeed.

Settings of the run: `[gateway] timeout = {TIMEOUT:g}`, `connect_timeout = {CONNECT_TIMEOUT:g}` (30 and 10 by default),
`[wire] verify_reply = strict`; through the package the rows run with `auto`, before and after a reply of the site has
verified, and with `off` as well, where only the rows about signatures end otherwise.

"Ends by" is how many seconds a call may take, to which the tests allow {SLACK:g} s;
0 means at once. "?" in the column "doubt": the platform may have acted, the sentence says 交易状态未知 and the journal
keeps the transaction open.

| row | what happens | code | what OutData says | ends by | doubt | DLL |
|---|---|---|---|---|---|---|
"""

NAMES = """
With a name server of the tests' own (`tests/faults/test_names.py`); the middle of the sentence only:

| row | what happens | code | what OutData says | ends by |
|---|---|---|---|---|
"""

KINDS = """
All failures of the line, a row a kind (`vcchk/network/fault.py`); what stands in braces is filled in. The kinds of TLS,
certificates and proxies are shown with OpenSSL's s_server, GnuTLS, a JDK, HAProxy, nginx, squid and tinyproxy
(`tests/network`). 8004 means that nothing was sent, which the sentence of a writing method adds; for the others a
writing method is told 交易状态未知, except where the peer speaks TLS and cannot have read a plain request.

| kind | code | sent again | sentence |
|---|---|---|---|
"""
AGAIN = {Retry.NEVER: "", Retry.CONNECT: "connects again", Retry.RESEND: "reading methods"}

STATUSES = """
HTTP statuses without a platform's message; `{what}` of 平台 主机:端口 返回 HTTP n，{what}:

| status | doubt | what |
|---|---|---|
"""

# What differs from run to run.
_VARIABLE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "主机:端口"),
    (re.compile(r"x{64}\.test:\d+"), "主机:端口"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "年-月-日 时:分"),
)


def _said(text: str) -> str:
    for pattern, word in _VARIABLE:
        text = pattern.sub(word, text)
    return text.replace("|", "\\|")


def render(results: Mapping[str, Result]) -> str:
    """Return the document for the rows' results by name."""
    lines = []
    for row in ROWS:
        said = "正常应答" if row.code == "00" else _said(results[row.name].text)
        doubt, dll = "?" if row.doubt else "", "●" if row.core else ""
        code = results[row.name].code
        lines.append(f"| {row.name} | {row.title} | {code} | {said} | {row.seconds:g} | {doubt} | {dll} |\n")
    names = [f"| {r.name} | {r.title} | {r.code} | {r.says or '正常应答'} | {r.seconds:g} |\n" for r in NAME_ROWS]
    kinds = [f"| {kind} | {code} | {AGAIN[retry]} | {text} |\n" for kind, (code, retry, text) in FAULTS.items()]
    statuses = [f"| {n} | {'?' if maybe else ''} | {text} |\n" for n, (maybe, text) in foreign.STATUSES.items()]
    return "".join([HEAD, *lines, NAMES, *names, KINDS, *kinds, STATUSES, *statuses])


def main() -> None:
    from tests.faults.test_matrix import Asked

    with tempfile.TemporaryDirectory() as folder:
        asked = Asked(Path(folder), "package")
        asked.start()
        PATH.write_text(render({name: future.result(60) for name, future in asked.results.items()}), "utf-8")
        asked.close()


if __name__ == "__main__":
    main()
