"""`python -m benchmarks` (by `python3 build_dll.py bench`): measure, print the table, write JSON and chart.

    --rounds N     rounds of A B (5)
    --only NAME    one row, more than once for several
    --record       put the result into docs/performance.md

Exit code 1 when a limit is not reached, 2 when something could not be measured.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from native.buildkit import progress
from native.buildkit.arguments import Parser
from native.buildkit.progress import BuildError, BuildStep

from . import messages, programs, report, servers
from .rows import ROWS, Bench, Row

COMMAND = "python3 build_dll.py bench"


def main(arguments: list[str]) -> int:
    parser = Parser(prog=COMMAND, description="The figures of docs/performance.md.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of A B, 5 at least for a record")
    parser.add_argument("--only", action="append", choices=[row.name for row in ROWS], help="a row's name")
    parser.add_argument("--record", action="store_true", help="write the result into docs/performance.md")
    options = parser.parse_args(arguments)
    if options.record and (options.only or options.rounds < 5):
        parser.error("a record is of all rows and at least five rounds")
    where = report.machine()
    # Before the other work of a shared machine, where that is allowed; the servers inherit it, so both sides have it.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    wanted = [row for row in ROWS if not options.only or row.name in options.only]
    try:
        progress.run(
            [
                BuildStep("Debian packages of the benchmarks", programs.setup),
                BuildStep("The benchmarks' programs", lambda: programs.compile_all(programs.both())),
            ]
        )
        results = _measure(wanted, options.rounds)
    except (BuildError, AssertionError) as error:
        print(f"\nFAILED: {error}", file=sys.stderr, flush=True)
        return 2
    progress.line()
    command = f"{COMMAND} --record" if options.record else COMMAND
    progress.line(report.table(results, where, command))
    if options.record:
        report.record(results, where, command)
    else:
        report.write(results, where, programs.WORK)
        progress.line(f"{programs.WORK}/performance.json, .png")
    return 0 if all(row["held"] for row in results) else 1


def _measure(wanted: list[Row], rounds: int) -> list[dict[str, Any]]:
    """Return each row's result after ``rounds`` rounds over all of them."""
    folder = programs.WORK
    with (
        servers.Nginx(folder / "nginx", messages.reply()) as nginx,
        servers.Delay(nginx.https, 5) as delay5,
        servers.Delay(nginx.http, 20) as delay20,
    ):
        bench = Bench(folder, nginx, delay5, delay20)
        found: dict[str, list[tuple[float, ...]]] = {row.name: [] for row in wanted}
        bench.linux.call(bench.url, bench.in_data, 0)  # what the disk has to read once
        bench.win32.call(bench.url, bench.in_data, 0)
        for number in range(1, rounds + 1):
            progress.line(f"round {number} of {rounds}")
            for row in wanted:
                found[row.name].append(row.measure(bench))
        return [report.result(row, found[row.name]) for row in wanted]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
