"""The journal: what was sent and how it ended, so that after a power cut nobody registers a patient twice.

A writing method is recorded before its bytes leave and closed when its answer is in. What stays open is *in doubt*: the
platform may have acted. Reading methods are not recorded. People are stored masked. Sealed (`vcchk.records.sealing`)
are a reply that did not fit into the HIS's buffer, until its row is too old, and what is needed to ask the platform
about an open row (``inquiry``), until that row is closed.

One SQLite file a machine (`file`), in WAL mode, shared by the machine's programs. Durability: every record is one
committed transaction, handed to the operating system before `begin` returns. Killing the program (TerminateProcess,
kill -9) therefore loses nothing and corrupts nothing. A power cut may take the last seconds before it, as the system
writes to the disk when it likes (``synchronous=NORMAL``); with ``[journal] sync = full`` every record waits for the
disk. On a virtual disk `begin` and `close` together took 0.08 ms (normal) and 0.26 ms (full), p50; a spinning disk
turns once in 8 ms and a transaction waits for it twice, so that full is no default for an old till.

A journal that cannot be written (full, locked, no rights) never stops a transaction: its rows are kept in memory, the
log says so, and they are written in their order as soon as that works again.
"""

from __future__ import annotations

import os
import time
from _thread import allocate_lock, start_new_thread

from vcchk.records.folder import ensure_file, make_folder
from vcchk.records.journal.file import BUSY_SECONDS, FILE, connect, identity, put_aside
from vcchk.records.journal.retention import DAY, ROWS_AT_ONCE, sweep
from vcchk.records.masking import mask_serial, mask_text, mask_word
from vcchk.runtime.process import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from vcchk.records.log import Log
    from vcchk.settings import Settings

__all__ = ["BUSY_SECONDS", "FILE", "NOT_RECORDED", "Journal", "connect"]

NOT_RECORDED = 0
"""What `begin` returns when the journal is off or its memory is full; the other methods ignore it."""

RETRY_SECONDS = 10.0
"""How long a file that cannot be opened is left alone."""
PAUSE_SECONDS = 2.0
"""How long rows wait until they are tried again when no call comes."""
MAX_ROWS_IN_MEMORY = 2000
"""So many rows wait for a file that cannot be written; a row takes up to 2 KB."""
MAX_TEXT_CHARS = 200
"""Characters of a text in a row: a serial number of megabytes must not fill the disk."""

MAX_ENDED_IN_MEMORY = 64
"""So many ended rows are still known: what the HIS gets of a reply may change after its row is closed."""


_COLUMNS = (
    *("begun", "method", "serial_field", "serial", "term_id", "person", "host", "app_id", "program", "pid"),
    *("inquiry", "closed", "code"),
)
_INSERT = f"INSERT INTO call ({', '.join(_COLUMNS)}) VALUES ({','.join('?' * len(_COLUMNS))})"  # noqa: S608


class _Row:
    """A row of this process: ``values`` in the order of `_COLUMNS`.

    ``number``: its id in the file, 0 while the file does not have it; ``changed``: the columns that the file lacks.
    """

    __slots__ = ("changed", "number", "values")

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.number = 0
        self.changed: tuple[str, ...] = ()


class Journal:
    """The journal of this machine. Safe for threads; no method raises."""

    def __init__(self, folder: str, settings: Settings, log: Log) -> None:
        self.path = os.path.join(folder, FILE)
        self.fault = ""
        """Why rows wait in memory (English, for doctor); empty when all is well."""
        self._folder = folder
        self._settings = settings.journal
        self._log = log
        self._lock = allocate_lock()
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._retry_at = 0.0
        self._sweep_at = 0.0
        # Rows by their handle, which `begin` returned. All three are guarded by the lock.
        self._under_way: dict[int, _Row] = {}
        self._ended: dict[int, _Row] = {}
        self._waiting: dict[int, _Row] = {}
        """Those of both that must be written, in the order in which they came."""
        self._retries = False
        self._last_handle = 0
        self._program = ""

    def begin(
        self,
        method: str,
        serial: tuple[str, str] | None,
        term_id: str,
        person_masked: str,
        url_host: str,
        app_id: str = "",
        inquiry: str = "",
    ) -> int:
        """Record that a writing method is about to leave; return a handle of its row, or `NOT_RECORDED`.

        ``serial`` is (field name, the caller's serial number); ``person_masked`` comes from `masking.mask_person`;
        ``inquiry``: JSON of what asking the platform about it needs, kept sealed while the row is open. The handle
        is the row's number in the file; below 0 the row waits in memory.
        """
        if not self._settings.enabled:
            return NOT_RECORDED
        field, number = serial or ("", "")
        row = _Row(
            {
                "begun": time.time(),
                "method": _storable(mask_word(method[:MAX_TEXT_CHARS])),
                "serial_field": _storable(field),
                "serial": _storable(mask_serial(number)),
                "term_id": _storable(mask_serial(term_id)),
                "person": _storable(mask_text(person_masked[:MAX_TEXT_CHARS])),
                "host": _storable(url_host),
                "app_id": _storable(mask_serial(app_id)),
                "program": self._program or self._find_program(),
                "pid": os.getpid(),
                "inquiry": self._sealed(inquiry) if inquiry else None,
                "closed": None,
                "code": "",
            }
        )
        with self._lock:
            handle = self._enter(row)
        if not row.number:
            self._log_waiting("开始", row)
            self._try_again_later()
        return handle

    def close(self, row: int, code: str) -> None:
        """Close ``row``, whose answer is in: ``code`` is what the HIS gets ("00" or four digits)."""
        if row == NOT_RECORDED:
            return
        self._end("结束", row, {"closed": time.time(), "code": code, "inquiry": None})
        self._sweep()

    def doubt(self, row: int, code: str) -> None:
        """Leave ``row`` in doubt, as no answer came: ``code`` is what the HIS got."""
        self._end("状态未知", row, {"code": code})

    def settle_repeated(self, row: int) -> None:
        """Settle earlier rows in doubt that ``row`` repeats: the platform has said that it knows the serial number."""
        with self._lock:
            repeated = self._ended.get(row)
            if repeated is None:
                return
            from vcchk.records.journal.repetition import settle_repeated

            try:
                db = self._ready()
                numbers = settle_repeated(db, repeated.number) if db is not None else []
            except Exception as error:
                self._failed(error)
                return
        for number in numbers:
            self._log.info("平台已有此流水：先前状态未知的一笔已核实", row=number, by_row=repeated.number)

    def keep_reply(self, row: int, text: str) -> int:
        """Keep a reply that did not fit, sealed; return the number of its row when that is in the file, else 0."""
        if row == NOT_RECORDED:
            return 0
        from vcchk.records.sealing import seal

        try:
            sealed = seal(text.encode("utf-8", "surrogatepass"), self._folder)
        except Exception as error:
            self._log.error("超长应答加密不了，没有保存，请向平台查询该笔交易", error, row=row)
            return 0
        with self._lock:
            self._flush()
            known = self._under_way.get(row) or self._ended.get(row)
            if known is not None and known.number and self._keep(known.number, sealed, len(text)):
                return known.number
        self._log.warn("交易流水写不了，超长应答没有保存", row=row, cause=self.fault)
        return 0

    # --- rows that wait for the file ---

    def _enter(self, row: _Row) -> int:
        """Write a new row, or let it wait in memory as long as there is room; return its handle."""
        if len(self._waiting) >= MAX_ROWS_IN_MEMORY:
            self._flush()
        if len(self._waiting) >= MAX_ROWS_IN_MEMORY:
            return NOT_RECORDED
        self._last_handle -= 1
        handle = self._last_handle
        self._under_way[handle] = self._waiting[handle] = row
        self._flush()
        return self._handle_by_number(handle, row)

    def _end(self, what: str, handle: int, values: dict[str, Any]) -> None:
        with self._lock:
            row = self._under_way.pop(handle, None) or self._ended.pop(handle, None)
            if row is None:
                return  # not recorded
            row.values.update(values, code=_storable(mask_text(values["code"])))
            row.changed = tuple(dict.fromkeys((*row.changed, *values))) if row.changed else tuple(values)
            self._ended[handle] = self._waiting[handle] = row
            self._flush()
            written = handle not in self._waiting
            if len(self._ended) > MAX_ENDED_IN_MEMORY:
                del self._ended[next(iter(self._ended))]
        if not written:
            self._log_waiting(what, row)
            self._try_again_later()

    def _log_waiting(self, what: str, row: _Row) -> None:
        fields = ("method", "serial_field", "serial", "term_id", "person", "code")
        known = {name: value for name in fields if (value := row.values[name])}
        self._log.warn(f"交易流水写不了，先记在内存，恢复后补记：{what}", **known, cause=self.fault)

    def _try_again_later(self) -> None:
        """Write what waits even if no call comes any more: a till may be at its last one of the day."""
        with self._lock:
            if self._retries or not self._waiting:
                return
            self._retries = True
        try:
            start_new_thread(self._write_what_waits, ())
        except RuntimeError:  # no more threads for this program: its next call writes it
            self._retries = False

    def _write_what_waits(self) -> None:
        is_written = False
        while not is_written:
            time.sleep(PAUSE_SECONDS)
            with self._lock:
                self._flush()
                is_written = not self._waiting
                self._retries = not is_written

    def _handle_by_number(self, handle: int, row: _Row) -> int:
        """Return the row's number in the file as its new handle, unless it has none or a row of another file has it."""
        if not row.number or row.number in self._under_way:
            return handle
        del self._under_way[handle]
        self._under_way[row.number] = row
        self._ended.pop(row.number, None)
        return row.number

    def _flush(self) -> None:
        """Write what waits, oldest first. A damaged file is put aside, and the new one is tried."""
        for _ in range(2):
            if not self._waiting and not self.fault:
                return
            try:
                db = self._ready()
                if db is None:
                    return
                several = len(self._waiting) > 1
                if several:
                    db.execute("BEGIN IMMEDIATE")
                numbers = [self._store(db, row) for row in self._waiting.values()]
                if several:
                    db.execute("COMMIT")
            except Exception as error:
                if not self._failed(error):
                    return
                continue
            for row, number in zip(self._waiting.values(), numbers, strict=True):
                row.number, row.changed = number, ()
            self._waiting.clear()
            if self.fault:
                self.fault = ""
                db.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
                self._log.info("交易流水已恢复", written=len(numbers))
            return

    def _store(self, db: sqlite3.Connection, row: _Row) -> int:
        """Write one row, or what of it has changed, and return its number."""
        if row.number:
            changes = ", ".join(f"{name}=?" for name in row.changed)
            values = [row.values[name] for name in row.changed]
            db.execute(f"UPDATE call SET {changes} WHERE id=?", (*values, row.number))  # noqa: S608
            return row.number
        return db.execute(_INSERT, list(row.values.values())).lastrowid or 0

    def _keep(self, number: int, sealed: bytes, chars: int) -> bool:
        try:
            db = self._ready()
            if db is None:
                return False
            db.execute("UPDATE call SET reply=?, reply_chars=? WHERE id=?", (sealed, chars, number))
        except Exception as error:
            self._failed(error)
            return False
        return True

    def _sealed(self, inquiry: str) -> bytes | None:
        from vcchk.records.sealing import seal

        try:
            return seal(inquiry.encode("utf-8", "surrogatepass"), self._folder)
        except Exception as error:
            self._log.warn("查询该笔交易所需的内容加密不了，没有保存", cause=str(error))
            return None

    def _find_program(self) -> str:
        self._program = _storable(os.path.basename(program())) or "?"
        return self._program

    # --- the file ---

    def _ready(self) -> sqlite3.Connection | None:
        """Return the open file, another when it was deleted or replaced; None while it is left alone."""
        if self._db is not None and identity(self.path) != self._file:
            self._log.warn("交易流水文件被删除或替换，已另建或改用新文件，未结束的交易补记在其中；请查明它被谁删除")
            self._disconnect()
            self._write_again()
        if self._db is None and time.monotonic() >= self._retry_at:
            make_folder(self._folder)
            ensure_file(self.path)
            self._file = identity(self.path)
            self._db = connect(self.path, full=self._settings.sync == "full")
        return self._db

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except Exception as error:
                self._log.warn("交易流水文件关闭时出错", cause=str(error))

    def _write_again(self) -> None:
        """Let the rows that are open wait for the next file: the one that had them is gone."""
        rows = {**self._ended, **self._under_way, **self._waiting}
        for row in rows.values():
            row.number = 0
        missing = [item for item in rows.items() if item[0] in self._waiting or item[1].values["closed"] is None]
        self._waiting = dict(sorted(missing, key=lambda item: item[1].values["begun"]))

    def _failed(self, error: Exception) -> bool:
        """Note why the file cannot be written; return whether another one can be tried at once."""
        import _sqlite3 as sqlite3

        self.fault = mask_text(str(error)) or type(error).__name__
        if error.__class__ is sqlite3.DatabaseError:  # damaged: "malformed", "not a database"
            self._disconnect()
            return self._put_aside()
        if self._db is None:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            return False
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if "locked" in self.fault:
                # The first call has waited for the other program; those behind it do not.
                self._db.execute("PRAGMA busy_timeout=0")
        except sqlite3.Error:
            self._disconnect()
        return False

    def _put_aside(self) -> bool:
        try:
            aside = put_aside(self.path, self._file)
        except OSError as error:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._log.error("交易流水文件损坏且无法移开，请检查文件夹权限", error)
            return False
        if aside:
            self._log.error(f"交易流水文件损坏，已改名为 {aside}，另建新文件；请检查磁盘，并保留该文件")
        self._write_again()
        return True

    def _sweep(self) -> None:
        """Delete old rows once a day, and whenever the clock is not where it was: `retention` decides about both."""
        now = time.time()
        if self._sweep_at - DAY <= now < self._sweep_at:
            return
        with self._lock:
            try:
                db = self._ready()
                if db is not None:
                    swept = sweep(db, self._settings.days, now)
                    self._sweep_at = now + (0.0 if swept == ROWS_AT_ONCE else DAY)
            except Exception as error:
                self._failed(error)


def _storable(text: str) -> str:
    """Return text that SQLite takes (half a surrogate becomes ``\\udXXX``) and that is no longer than it should be."""
    if text.isascii() and len(text) <= MAX_TEXT_CHARS:
        return text
    return text[: 2 * MAX_TEXT_CHARS].encode("utf-8", "backslashreplace").decode()[: 2 * MAX_TEXT_CHARS]
