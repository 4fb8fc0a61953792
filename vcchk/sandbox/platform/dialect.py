"""Which rules an application's platform speaks, and its habits: how it says that it cannot open or verify a message.

Without a row an application is answered by its address' rules, and refused as the documents have it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vcchk.sandbox.platform.call import Refusal

if TYPE_CHECKING:
    from vcchk.sandbox.store import Store
    from vcchk.wire.codec import Raw

VERSIONS = {"sichuan": "V1.1"}
"""Profile → the envelope's version besides those of the options."""


@dataclass(frozen=True)
class Dialect:
    """One application's platform: its rules and its habits.

    ``profile``: a name, "" for the address's own. ``locks_after``: bad messages until 9999, 0 for never.
    """

    profile: str = ""
    refuses_plain: bool = False
    signs_refusals: bool = True
    verifies_first: bool = False
    one_code: bool = False
    locks_after: int = 0
    bad: int = 0

    @property
    def is_locked(self) -> bool:
        return 0 < self.locks_after <= self.bad

    def check(self, enc_type: str) -> None:
        """Refuse what this platform does not even look at. Raises `Refusal`."""
        if self.is_locked:
            raise Refusal("9999", "应用因验签失败次数过多已被锁定")
        if self.refuses_plain and enc_type.strip().upper() in ("", "PLAIN"):
            raise Refusal("1006")

    def code_of(self, code: str) -> str:
        """Return the code that this platform gives for ``code``: who verifies first never says 9007."""
        return "9003" if code == "9007" and (self.one_code or self.verifies_first) else code


PLAIN = Dialect()
HABITS = ("refuses_plain", "signs_refusals", "verifies_first", "one_code")
"""The fields of `Dialect` that are true or false, and columns of ``dialects``."""


def app_id_of(raw: Raw) -> str:
    """Return whose message it is, whatever its members are called."""
    found = raw.fields.get("app_id") or raw.wire.get("appId") or raw.wire.get("app_id") or ""
    return found.strip()


def find(db: sqlite3.Connection, app_id: str) -> Dialect:
    """Return an application's dialect."""
    row = db.execute("SELECT * FROM dialects WHERE app_id = ?", (app_id,)).fetchone()
    if row is None:
        return PLAIN
    return Dialect(
        profile=row["profile"],
        locks_after=row["locks_after"],
        bad=row["bad"],
        **{name: bool(row[name]) for name in HABITS},
    )


def put(db: sqlite3.Connection, app_id: str, values: Mapping[str, object]) -> Dialect:
    """Change an application's dialect; what ``values`` leaves out stays. Its count of bad messages begins anew."""
    now = find(db, app_id)
    columns = ("profile", *HABITS, "locks_after")
    row = (app_id, *(values.get(name, getattr(now, name)) for name in columns), 0)
    db.execute("INSERT OR REPLACE INTO dialects VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return find(db, app_id)


def count_bad(store: Store, app_id: str) -> None:
    """Count one more message that could not be opened or verified."""
    with store.transaction() as db:
        db.execute("UPDATE dialects SET bad = bad + 1 WHERE app_id = ?", (app_id,))
