"""The embedded database: schema, one connection, one transaction at a time.

SQLite has one writer however many connections there are; a single connection behind a lock costs no retries and no
``database is locked``. WAL keeps a commit to one append.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vcchk.base.resource import read_text

SCHEMA = read_text(__name__, "schema.sql")

TABLES = (
    "ec_tokens", "vouchers", "pushes", "alterations", "uses", "authorisations", "serials", "codes", "links", "cards",
    "people", "dialects", "terminals", "apps",
)  # fmt: skip


class Store:
    """One SQLite file (or ``:memory:``)."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA foreign_keys=OFF")  # the references serve `snapshot.restore` alone
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction; an exception undoes all of it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reads that need not be one transaction."""
        with self._lock:
            yield self._db

    def is_empty(self) -> bool:
        """Tell whether there is neither an application nor a person."""
        with self.reading() as db:
            return db.execute("SELECT 1 FROM apps UNION SELECT 1 FROM people LIMIT 1").fetchone() is None

    def close(self) -> None:
        """Close the file; nothing may be called after."""
        with self._lock:
            self._db.close()


def wipe(db: sqlite3.Connection) -> None:
    """Delete every row."""
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own table
