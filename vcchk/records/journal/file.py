"""The journal's file: its table and how that grew, opening it, and putting a damaged one aside.

By the C module under `sqlite3`: the rest of that package is datetime, which costs more than opening the file.
"""

from __future__ import annotations

import os
import sys
import time

from vcchk.records.file_lock import try_lock
from vcchk.records.folder import ensure_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

FILE = "journal.sqlite3"
BROKEN = FILE + ".broken-"
"""How the name of a damaged file begins once it has been put aside."""
BUSY_SECONDS = 1.0
"""How long another program may hold the file before this one goes on without it."""

DONE = "done"
NOT_DONE = "not-done"
"""How a doubt was settled: the values of the column ``settled``, "" while nobody has asked."""

_PAGE = 1024
"""Bytes; of a new file alone. A row is a quarter of that, and each page that a record touches is written whole: 223,000
instructions for a call's begin and end, 282,000 with SQLite's 4096."""

_TABLE = """
CREATE TABLE IF NOT EXISTS call (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: after a sweep a late end must not close another call's row
  begun REAL NOT NULL,          -- seconds since 1970, UTC
  method TEXT NOT NULL,
  serial_field TEXT NOT NULL,   -- out_register_no, out_verify_no ...; '' when the request had none
  serial TEXT NOT NULL,
  term_id TEXT NOT NULL,
  person TEXT NOT NULL,         -- masked
  host TEXT NOT NULL,           -- of the platform
  program TEXT NOT NULL,        -- the HIS's executable
  pid INTEGER NOT NULL,
  closed REAL,                  -- NULL: open; in doubt once the call is over
  code TEXT NOT NULL DEFAULT '',
  reply BLOB,                   -- sealed; only one that did not fit
  reply_chars INTEGER
)
"""

# What became of the table, a list of statements a version (PRAGMA user_version). Columns are only ever added, with a
# default, so that an older vcchk on the same machine goes on writing its rows.
_VERSIONS: tuple[tuple[str, ...], ...] = (
    (_TABLE,),
    (
        "ALTER TABLE call ADD COLUMN app_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE call ADD COLUMN inquiry BLOB",  # sealed, while the row is open: what asking the platform needs
        "ALTER TABLE call ADD COLUMN settled TEXT NOT NULL DEFAULT ''",  # `DONE`, `NOT_DONE`
        "ALTER TABLE call ADD COLUMN settled_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE call ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        # Rows in doubt are counted at every doctor: a whole table of 300,000 rows would be read for a handful.
        "CREATE INDEX call_open ON call (id) WHERE closed IS NULL",
        # The one row of `retention`: when the clock was last seen, and since when nothing may be swept.
        "CREATE TABLE clock (seen REAL NOT NULL, held_id INTEGER NOT NULL DEFAULT 0, held_at REAL NOT NULL DEFAULT 0)",
        "INSERT INTO clock (seen)"
        " SELECT coalesce((SELECT begun FROM call ORDER BY id DESC LIMIT 1), strftime('%s', 'now') + 0.0)",
    ),
)
VERSION = len(_VERSIONS)


def connect(path: str, *, full: bool = False) -> sqlite3.Connection:
    """Open the journal's file, making it or bringing it up to date when need be. Raises sqlite3.Error, OSError.

    ``full``: what is written waits for the disk.
    """
    import _sqlite3 as sqlite3

    give_up = time.monotonic() + BUSY_SECONDS
    ensure_file(path)
    while True:
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute(f"PRAGMA page_size={_PAGE}")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL" if full else "PRAGMA synchronous=NORMAL")
            _migrate(db)
            return db
        except sqlite3.Error as error:
            db.close()
            # Going over to WAL does not wait for programs that do the same at this moment.
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _migrate(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] >= VERSION:
        return  # of this version, or of a newer one, which only added columns
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another program may have been faster: only now nobody else writes.
        for statements in _VERSIONS[db.execute("PRAGMA user_version").fetchone()[0] :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version={VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def identity(path: str) -> tuple[int, int] | None:
    """Return device and inode, by which a file differs from another of the same name; None when there is no file.

    Windows lets nobody delete or rename a journal that is open, so that no difference is looked for there.
    """
    if sys.platform == "win32":
        return (0, 0)
    try:
        state = os.stat(path)
    except OSError:
        return None
    return (state.st_dev, state.st_ino)


def put_aside(path: str, damaged: tuple[int, int] | None) -> str:
    """Rename the damaged file, with what belongs to it, to a name that is free; return that name.

    "" when it is not there any more: another program has put it aside and begun a new one, which must not be touched.
    ``damaged`` is the file's `identity` when it was opened. Raises OSError.
    """
    with _Alone(path + ".lock"):
        if identity(path) != damaged:
            return ""
        stamp = time.strftime("%Y%m%d%H%M%S")
        aside = f"{os.path.dirname(path)}{os.sep}{BROKEN}{stamp}-{os.getpid()}"
        while os.path.exists(aside):
            aside += "x"
        # The -wal first: left behind, SQLite would write it into the new file.
        for tail in ("-wal", "-shm", ""):
            if os.path.exists(path + tail):
                os.rename(path + tail, aside + tail)
        return os.path.basename(aside)


class _Alone:
    """One program at a time between looking at the file and renaming it. Raises OSError, after a while TimeoutError."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> None:
        ensure_file(self._path)
        self._descriptor = os.open(self._path, os.O_RDWR)
        give_up = time.monotonic() + BUSY_SECONDS
        while not try_lock(self._descriptor):
            if time.monotonic() > give_up:
                os.close(self._descriptor)
                raise TimeoutError(f"{self._path} is locked")
            time.sleep(0.01)

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)
