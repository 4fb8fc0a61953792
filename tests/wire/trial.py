"""Platforms drawn at random against the built library: how many are found on the first call, the first day, by probe.

    python -m tests.wire.trial LIBRARY [CITIES] [SEED]

The INI says nothing of the wire; each call is a verify with a Chinese name, its key in InData. A city counts its own
refusals, what it carried out and how often, and locks at the tenth bad signature. Prints a table by family.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from native.buildkit.arguments import Parser
from tests.wire.cities import FAMILIES, City, draw, request_of
from tests.wire.city_server import CityServer
from vcchk.dialects import probe
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import parse_settings
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.belief import Request

HOST = Path(__file__).parents[1] / "faults" / "library.py"
CALLS_A_DAY = 4
"""A HIS goes on calling after the limit is reached; nothing may leave then."""
AT_ONCE = 3
MOST_A_CALL, MOST_A_DAY = 5, 8
FOUND = ("first", "day", "probe")


@dataclass
class Trial:
    """One city's course. ``found``: "first", "day", "probe", or "never"."""

    city: City
    found: str
    limits_held: bool
    carried_out_once: bool


def run(library: Path, count: int, seed: int, folder: Path) -> list[Trial]:
    """Try ``count`` cities, families in turn. ``library`` stands in a folder of its own, whose INI this writes."""
    cities = [draw(random.Random(f"{seed} {number}"), FAMILIES[number % len(FAMILIES)]) for number in range(count)]
    library.with_name("VirtualCardChk.ini").write_text(f"[log]\nfolder = {folder / 'state'}\n", "utf-8")
    with CityServer(cities) as server, _Library(library) as his, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda number: _try(server, his, number), range(count)))


def _try(server: CityServer, his: _Library, number: int) -> Trial:
    city = server.cities[number]
    found = "never"
    limits_held = True
    for call in range(CALLS_A_DAY):
        before = len(city.log)
        code = his.call(server.url_of(number), request_of(city, number * 100 + call))
        limits_held = limits_held and len(city.log) - before <= MOST_A_CALL + (code == "00") and city.bad <= MOST_A_DAY
        if code == "00":
            found = "first" if call == 0 else "day"
            break
    limits_held = limits_held and not city.is_locked
    if found == "never":
        city.locks_after = 1000  # a person has asked for the probe
        found = "probe" if _probed(server.url_of(number), city) else "never"
    once = max(Counter(city.done).values(), default=0) <= 1
    return Trial(city=city, found=found, limits_held=limits_held, carried_out_once=once)


def _probed(url: str, city: City) -> bool:
    settings = parse_settings("")
    fields, biz_text = probe.query(city.app_id, "35020010001", "X.M.0.1", city.sign_type, city.enc_type)
    prober = probe.Prober(Gateway(settings.gateway, Log(settings)), url, lambda _line: None)
    return (
        prober.run(BUILTIN["xiamen"], {}, Request(fields=fields, biz_text=biz_text, key=city.key)).profile is not None
    )


class _Library:
    """The built library in a process of its own, with a thread a call."""

    def __init__(self, library: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HOST, library], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answers: dict[str, str] = {}
        self._number = 0
        self._changed = threading.Condition()

    def __enter__(self) -> _Library:
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def call(self, url: str, in_data: dict) -> str:
        assert self._process.stdin
        with self._changed:
            self._number += 1
            name = str(self._number)
            asked = {"id": name, "url": url, "in_data": json.dumps(in_data, ensure_ascii=False)}
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            assert self._changed.wait_for(lambda: name in self._answers, 60), "the library does not answer"
            return self._answers.pop(name)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._changed:
                self._answers[answer["id"]] = answer["code"]
                self._changed.notify_all()


def table(trials: list[Trial]) -> str:
    """Return the shares by family, as a table of Markdown."""
    lines = ["| family | platforms | first call | first day | with probe |", "|---|---|---|---|---|"]
    for name in (*FAMILIES, "all"):
        own = [trial for trial in trials if name in ("all", trial.city.family)]
        shares = []
        known = 0
        for found in ("first", "day", "probe"):
            known += sum(trial.found == found for trial in own)
            shares.append(f"{100 * known / max(1, len(own)):.0f} %")
        lines.append(f"| {name} | {len(own)} | {' | '.join(shares)} |")
    return "\n".join(lines)


def main() -> None:
    parser = Parser(prog="python -m tests.wire.trial")
    parser.add_argument("library", type=Path)
    parser.add_argument("cities", type=int, nargs="?", default=300)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    arguments = parser.parse_args()
    probe.PAUSE_SECONDS = 0.05
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(arguments.library.resolve().parent, home)
        trials = run(home / arguments.library.name, arguments.cities, arguments.seed, Path(folder))
    print(table(trials))
    print("limits held:", all(trial.limits_held for trial in trials))
    print("carried out once:", all(trial.carried_out_once for trial in trials))


if __name__ == "__main__":
    main()
