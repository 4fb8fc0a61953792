"""Reading the journal and settling its rows, for commands, doctor and the daily summary.

No call imports it where there is no log server: `sqlite3`, the package, costs more than opening the file.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from dataclasses import dataclass

from vcchk.base.errors import SUCCESSES
from vcchk.records.journal.file import DONE, FILE, NOT_DONE, connect
from vcchk.records.masking import mask_text
from vcchk.records.sealing import unseal
from vcchk.settings import Settings, places

SETTLED = {DONE: "已核实：已办成", NOT_DONE: "已核实：未办成"}
MAX_NOTE_CHARS = 200

_MARGIN_SECONDS = 5.0
# A row without a code whose call may still be waiting for its answer is no doubt yet. (Named values: see `_limits`.)
_IN_DOUBT = "closed IS NULL AND NOT (code = '' AND begun BETWEEN :earliest AND :now)"


@dataclass(frozen=True)
class Count:
    """How many rows were ever recorded, and how many are in doubt."""

    recorded: int
    in_doubt: int


class Reader:
    """This machine's journal, open until the ``with`` ends. Raises FileNotFoundError without one, and sqlite3.Error."""

    def __init__(self, settings: Settings) -> None:
        self.folder = places.state_folder(settings)
        self.path = os.path.join(self.folder, FILE)
        if not os.path.exists(self.path):
            raise FileNotFoundError(errno.ENOENT, "no journal yet", self.path)
        self._now = time.time()
        # Longer than this no call waits, so that a row without an end is of a program that ended before it.
        self._earliest = self._now - settings.gateway.timeout - _MARGIN_SECONDS
        self.db = connect(self.path)
        self.db.row_factory = sqlite3.Row

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_error: object) -> None:
        self.db.close()

    def rows(self, *, since: float = 0.0, limit: int = -1, in_doubt: bool = False) -> list[sqlite3.Row]:
        """Return the newest rows first; ``in_doubt``: only those, by an index; ``limit`` below 0: all."""
        where = f"{_IN_DOUBT} AND" if in_doubt else ""
        statement = f"SELECT * FROM call WHERE {where} begun >= :since ORDER BY id DESC LIMIT :limit"  # noqa: S608
        return self.db.execute(statement, {**self._limits, "since": since, "limit": limit}).fetchall()

    def row(self, number: int) -> sqlite3.Row | None:
        """Return one row."""
        found: sqlite3.Row | None = self.db.execute("SELECT * FROM call WHERE id = ?", (number,)).fetchone()
        return found

    def count(self) -> Count:
        """Return how many rows there are, without reading them all."""
        in_doubt = self._number(f"SELECT count(*) FROM call WHERE {_IN_DOUBT}")  # noqa: S608
        # Numbers are never given twice; to count the rows themselves would be to read them all (43 ms for 300,000).
        recorded = self._number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'call'")
        return Count(recorded=recorded, in_doubt=in_doubt)

    def is_in_doubt(self, row: sqlite3.Row) -> bool:
        """Return whether the row is open and its call is over."""
        is_under_way = not row["code"] and self._earliest <= row["begun"] <= self._now
        return row["closed"] is None and not is_under_way

    def state(self, row: sqlite3.Row) -> str:
        """Return in Chinese how a row stands."""
        if row["closed"] is not None:
            if row["settled"]:
                return SETTLED[row["settled"]]
            return "成功" if row["code"] in SUCCESSES else f"失败 {row['code']}"
        return f"状态未知 {row['code']}".rstrip() if self.is_in_doubt(row) else "进行中"

    def inquiry(self, row: sqlite3.Row) -> str:
        """Return the JSON that the call kept for asking about it, "" without one. Raises SealError."""
        return unseal(row["inquiry"], self.folder).decode() if row["inquiry"] else ""

    def settle(self, number: int, how: str, by: str, note: str) -> bool:
        """Close a row in doubt; ``how`` is `DONE` or `NOT_DONE`. Return False when it is none."""
        statement = (
            "UPDATE call SET closed=:now, settled=:how, settled_by=:by, note=:note, inquiry=NULL"  # noqa: S608
            f" WHERE id=:number AND {_IN_DOUBT}"
        )
        values = {
            "how": how,
            "by": mask_text(by)[:MAX_NOTE_CHARS],
            "note": mask_text(note)[:MAX_NOTE_CHARS],
            "number": number,
        }
        return self.db.execute(statement, {**self._limits, **values}).rowcount == 1

    @property
    def _limits(self) -> dict[str, float]:
        return {"now": self._now, "earliest": self._earliest}

    def _number(self, statement: str) -> int:
        number: int = self.db.execute(statement, self._limits).fetchone()[0]
        return number
