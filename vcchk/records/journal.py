"""The journal: what was sent and how it ended, so that after a power cut nobody registers a patient twice.

A writing method is recorded before its bytes leave and closed when its answer is in. What stays open is *in doubt*: the
platform may have acted. Reading methods are not recorded. People are stored masked; a reply that did not fit into the
HIS's buffer is kept sealed (`vcchk.records.sealing`) until its row is too old.

One SQLite file a machine, in WAL mode, shared by the machine's programs. Durability: every record is one committed
transaction, handed to the operating system before `begin` returns. Killing the program (TerminateProcess, kill -9)
therefore loses nothing and corrupts nothing. A power cut may take the last seconds before it, as the system writes to
the disk when it likes (``synchronous=NORMAL``); with ``[journal] sync = full`` every record waits for the disk. On
a virtual disk `begin` and `close` together took 0.08 ms (normal) and 0.26 ms (full), p50; a spinning disk turns once in
8 ms and a transaction waits for it twice, so that full is no default for an old till.

A journal that cannot be written never stops a transaction: the record goes to the log instead, which says why.
"""

from __future__ import annotations

import os
import time
from _thread import allocate_lock

from vcchk.records.folder import make_folder
from vcchk.records.masking import mask_serial, mask_text, mask_word
from vcchk.runtime.process import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from vcchk.records.log import Log
    from vcchk.settings import Settings

FILE = "journal.sqlite3"
NOT_RECORDED = 0
"""What `begin` returns when the journal is off or cannot be written; the other methods ignore it."""

BUSY_SECONDS = 1.0
"""How long another program may hold the file before this one goes on without it."""
RETRY_SECONDS = 10.0
_SWEEP_EVERY = 1000
_SWEEP_ROWS = 500
_LATE_KEPT = 1000
_CLOSE = "UPDATE call SET closed=?, code=? WHERE id=?"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS call (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: after a jump of the clock a sweep may take a row in flight
  begun REAL NOT NULL,          -- seconds since 1970, UTC
  method TEXT NOT NULL,
  serial_field TEXT NOT NULL,   -- out_register_no, out_verify_no ...; '' when the request had none
  serial TEXT NOT NULL,
  term_id TEXT NOT NULL,
  person TEXT NOT NULL,         -- masked
  host TEXT NOT NULL,           -- of the platform
  program TEXT NOT NULL,        -- the HIS's executable
  pid INTEGER NOT NULL,
  closed REAL,                  -- NULL: in doubt
  code TEXT NOT NULL DEFAULT '',
  reply BLOB,                   -- sealed; only one that did not fit
  reply_chars INTEGER
)
"""


class Journal:
    """The journal of this machine. Safe for threads; no method raises."""

    def __init__(self, folder: str, settings: Settings, log: Log) -> None:
        self.path = os.path.join(folder, FILE)
        self.fault = ""
        """Why records go to the log instead (English, for doctor); empty when all is well."""
        self._folder = folder
        self._settings = settings.journal
        self._log = log
        self._lock = allocate_lock()
        self._db: sqlite3.Connection | None = None
        self._retry_at = 0.0
        self._closes = 0
        self._late: list[tuple[float, str, int]] = []  # closings that could not be written yet
        self._program = ""

    def begin(
        self, method: str, serial: tuple[str, str] | None, term_id: str, person_masked: str, url_host: str
    ) -> int:
        """Record that a writing method is about to leave; return its row, or `NOT_RECORDED`.

        ``serial`` is (field name, the caller's serial number); ``person_masked`` comes from `mask_person`.
        """
        if not self._settings.enabled:
            return NOT_RECORDED
        field, number = serial or ("", "")
        values = (
            time.time(),
            mask_word(method),
            field,
            mask_serial(number),
            mask_serial(term_id),
            mask_text(person_masked),
            url_host,
            self._program or self._find_program(),
            os.getpid(),
        )
        row = self._execute(
            "INSERT INTO call (begun, method, serial_field, serial, term_id, person, host, program, pid)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            values,
        )
        if row is None:
            self._log.warn(
                f"交易流水写不了（{self.fault}），本笔只记在日志：开始",
                method=values[1],
                serial_field=field,
                serial=values[3],
                term_id=values[4],
                person=values[5],
            )
            return NOT_RECORDED
        return row

    def close(self, row: int, code: str) -> None:
        """Close ``row``, whose answer is in: ``code`` is what the HIS gets ("00" or four digits)."""
        if row == NOT_RECORDED:
            return
        code = mask_text(code)
        values = (time.time(), code, row)
        if self._execute(_CLOSE, values) is None:
            if len(self._late) < _LATE_KEPT:
                self._late.append(values)
            self._log.warn(f"交易流水写不了（{self.fault}），本笔只记在日志：结束", row=row, code=code)
        self._closes += 1
        if self._closes % _SWEEP_EVERY == 1:
            self._sweep()

    def doubt(self, row: int, code: str) -> None:
        """Leave ``row`` in doubt, as no answer came: ``code`` is what the HIS got."""
        if row == NOT_RECORDED:
            return
        code = mask_text(code)
        if self._execute("UPDATE call SET code=? WHERE id=?", (code, row)) is None:
            self._log.warn(f"交易流水写不了（{self.fault}），本笔只记在日志：状态未知", row=row, code=code)

    def keep_reply(self, row: int, text: str) -> bool:
        """Keep a reply that did not fit, sealed, beside ``row``; return whether it is safe on the disk."""
        if row == NOT_RECORDED:
            return False
        from vcchk.records.sealing import seal

        try:
            sealed = seal(text.encode("utf-8", "surrogatepass"), self._folder)
        except Exception as error:
            self._log.error("超长应答加密不了，没有保存，请向平台查询该笔交易", error, row=row)
            return False
        done = self._execute("UPDATE call SET reply=?, reply_chars=? WHERE id=?", (sealed, len(text), row))
        if done is None:
            self._log.warn(f"交易流水写不了（{self.fault}），超长应答没有保存", row=row)
        return done is not None

    # --- the file ---

    def _find_program(self) -> str:
        self._program = os.path.basename(program()) or "?"
        return self._program

    def _execute(self, statement: str, values: tuple[Any, ...]) -> int | None:
        """Run one statement as a transaction of its own and return the last row's id, None when it is not written."""
        with self._lock:
            try:
                db = self._db or self._opened()
                if db is None:
                    return None
                row = db.execute(statement, values).lastrowid
            except Exception as error:
                self._failed(error)
                return None
            if self.fault:
                self._recovered(db)
            return row or 0

    def _recovered(self, db: sqlite3.Connection) -> None:
        self.fault = ""
        late, self._late = self._late, []
        try:
            db.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
            db.executemany(_CLOSE, late)
        except Exception as error:
            self._late = late
            self._failed(error)
            return
        self._log.info("交易流水已恢复", closed_late=len(late))

    def _opened(self) -> sqlite3.Connection | None:
        if time.monotonic() < self._retry_at:
            return None
        make_folder(self._folder)
        self._db = connect(self.path, full=self._settings.sync == "full")
        return self._db

    def _failed(self, error: Exception) -> None:
        import _sqlite3 as sqlite3

        self.fault = mask_text(str(error)) or type(error).__name__
        broken = isinstance(error, sqlite3.DatabaseError) and error.__class__ is sqlite3.DatabaseError
        if self._db is not None and "locked" in self.fault:
            # The first call has waited for the other program; those behind it do not.
            self._db.execute("PRAGMA busy_timeout=0")
        if broken or self._db is None:
            db, self._db = self._db, None
            if db is not None:
                db.close()
        if broken:
            self._set_aside()
        elif self._db is None:
            self._retry_at = time.monotonic() + RETRY_SECONDS

    def _set_aside(self) -> None:
        """A file that is no database any more (a disk's fault) is kept under another name, and a new one begun."""
        stamp = time.strftime("%Y%m%d%H%M%S")
        try:
            for tail in ("-wal", "-shm", ""):
                if os.path.exists(self.path + tail):
                    os.replace(self.path + tail, f"{self.path}.broken-{stamp}{tail}")
        except OSError as error:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._log.error("交易流水文件损坏且无法移开，请检查文件夹权限", error)
            return
        self._log.error(f"交易流水文件损坏，已改名为 {FILE}.broken-{stamp}，另建新文件；请联系工程师")

    def _sweep(self) -> None:
        """Delete rows older than ``[journal] days``; rows in doubt too, they say nothing any more by then."""
        oldest = time.time() - self._settings.days * 86400
        self._execute("DELETE FROM call WHERE id < (SELECT min(id) + ? FROM call) AND begun < ?", (_SWEEP_ROWS, oldest))


def connect(path: str, *, full: bool = False) -> sqlite3.Connection:
    """Open the journal's file, making it when it is missing. Raises sqlite3.Error.

    By the C module under `sqlite3`: the rest of that package is datetime, which costs more than opening the file.
    """
    import _sqlite3 as sqlite3

    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL" if full else "PRAGMA synchronous=NORMAL")
            db.execute(_SCHEMA)
            return db
        except sqlite3.Error as error:
            db.close()
            # Going over to WAL does not wait for programs that do the same at this moment.
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
