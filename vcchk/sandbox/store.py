"""The embedded database: schema, one connection, one transaction at a time.

SQLite has one writer however many connections there are; a single connection behind a lock costs no retries and no
``database is locked``. WAL keeps a commit to one append.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS apps (
  app_id TEXT PRIMARY KEY, app_key TEXT NOT NULL, app_name TEXT NOT NULL,
  methods TEXT NOT NULL DEFAULT ''              -- allowed methods, comma separated; empty: all
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terminals (
  app_id TEXT NOT NULL REFERENCES apps, term_id TEXT NOT NULL, term_name TEXT NOT NULL,
  PRIMARY KEY (app_id, term_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dialects (
  app_id TEXT PRIMARY KEY REFERENCES apps, profile TEXT NOT NULL, refuses_plain INTEGER NOT NULL,
  signs_refusals INTEGER NOT NULL, verifies_first INTEGER NOT NULL, one_code INTEGER NOT NULL,
  locks_after INTEGER NOT NULL, bad INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (
  person INTEGER PRIMARY KEY, id_type TEXT NOT NULL, id_no TEXT NOT NULL, user_name TEXT NOT NULL,
  user_sex TEXT NOT NULL DEFAULT '', mobile_phone TEXT NOT NULL DEFAULT '', birthday TEXT NOT NULL DEFAULT '',
  nation TEXT NOT NULL DEFAULT '', telephone TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '',
  work_unit TEXT NOT NULL DEFAULT '', photo_format TEXT NOT NULL DEFAULT '', photo_info TEXT NOT NULL DEFAULT '',
  insu_org TEXT NOT NULL DEFAULT '', UNIQUE (id_type, id_no)
);
CREATE TABLE IF NOT EXISTS cards (
  card_id TEXT PRIMARY KEY, person INTEGER NOT NULL UNIQUE REFERENCES people, mindex_id TEXT NOT NULL,
  xman_id TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  apply_method TEXT NOT NULL DEFAULT '',
  certificate_mode TEXT NOT NULL DEFAULT '', opened REAL NOT NULL, closed REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (
  link INTEGER PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, card_type TEXT NOT NULL, card_no TEXT NOT NULL,
  UNIQUE (card_id, card_type, card_no)
);
CREATE TABLE IF NOT EXISTS codes (
  token TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS serials (
  app_id TEXT NOT NULL, kind TEXT NOT NULL, serial TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (app_id, kind, serial)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS authorisations (
  token TEXT PRIMARY KEY, app_id TEXT NOT NULL, out_authorize_no TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ing', 'succ', 'fail', 'cancel')),
  opened REAL NOT NULL, expires REAL NOT NULL, card_id TEXT REFERENCES cards, term_id TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  operator_name TEXT NOT NULL, treatment_code TEXT NOT NULL, office_code TEXT NOT NULL, ip_addr TEXT NOT NULL,
  UNIQUE (app_id, out_authorize_no)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uses (
  use INTEGER PRIMARY KEY, at REAL NOT NULL, way TEXT NOT NULL, app_id TEXT NOT NULL, term_id TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES people, operator_id TEXT NOT NULL, operator_name TEXT NOT NULL,
  treatment_code TEXT NOT NULL, office_code TEXT NOT NULL, ip_addr TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS alterations (
  alter_no TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, out_alter_no TEXT NOT NULL,
  method TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushes (
  push INTEGER PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, out_close_no TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS vouchers (
  code TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, expires REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ec_tokens (
  token TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, expires REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""

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
        self._db.execute("PRAGMA foreign_keys=OFF")  # the references are for `copy.restore`; rows are never half made
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
