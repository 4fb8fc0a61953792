"""The sandbox's whole state as JSON and back: rows, options, faults, clock, default profile.

A copy is checked to the end before anything is touched: its tables are first filled into an empty database of their
own, with the schema's keys, references and closed values.
"""

from __future__ import annotations

import copy
import math
import sqlite3
from typing import TYPE_CHECKING, Any

from vcchk.sandbox.clock import Clock
from vcchk.sandbox.faults import Faults
from vcchk.sandbox.options import DEFAULTS, Options
from vcchk.sandbox.platform import state
from vcchk.sandbox.store import TABLES, Store, wipe

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

FORMAT, VERSION = "vcchk sandbox", 3
_PARTS = frozenset(("format", "version", "tables", "options", "faults", "clock", "profile"))
_FAULT = ("kind", "value", "count", "method")
# SQLite's type of a column: what JSON may hold
_TYPES: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float)}


class ImportStateError(Exception):
    """The copy cannot be taken over; the text says in Chinese what is wrong with it."""


def export(sandbox: Sandbox) -> dict[str, Any]:
    """Return the state, in clear and with the applications' keys: ``tables`` name → rows (column → value)."""
    with sandbox.store.reading() as db:
        tables = {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] for name in reversed(TABLES)}  # noqa: S608
    clock = sandbox.clock
    return {
        "format": FORMAT,
        "version": VERSION,
        "tables": tables,
        "options": copy.deepcopy(sandbox.options.values),
        "faults": sandbox.faults.waiting(),
        "clock": {"shift": clock.shift, "stopped": clock.stopped},
        "profile": sandbox.default_profile.name,
    }


def restore(sandbox: Sandbox, exported: Any) -> None:
    """Put a copy in the place of everything there is. Raises `ImportStateError`, and has then changed nothing."""
    if not isinstance(exported, dict) or exported.get("format") != FORMAT:
        raise ImportStateError("这不是模拟平台导出的状态")
    if exported.get("version") != VERSION:
        raise ImportStateError(
            f"状态的格式版本是 {str(exported.get('version'))[:20]}，本程序只认版本 {VERSION}，请用相同版本的程序导出"
        )
    if exported.keys() != _PARTS:
        odd = "、".join(sorted(str(name)[:40] for name in exported.keys() ^ _PARTS))
        raise ImportStateError(f"状态缺少或多出这些部分：{odd}")
    options, faults, clock = _options(exported["options"]), _faults(exported["faults"]), _clock(exported["clock"])
    profile = sandbox.profiles.get(exported["profile"]) if isinstance(exported["profile"], str) else None
    if profile is None:
        raise ImportStateError(f"没有报文规则 {str(exported['profile'])[:40]}，启动时请用 --ini 带上它")
    rows = _rows(exported["tables"])
    _try_out(rows)
    sandbox.reader.present(None)
    with sandbox.store.transaction() as db:
        wipe(db)
        _fill(db, rows)
    sandbox.options.values = options.values
    sandbox.faults.become(faults)
    sandbox.clock.become(clock)
    sandbox.default_profile = profile


def _options(exported: Any) -> Options:
    if not isinstance(exported, dict) or exported.keys() != DEFAULTS.keys():
        raise ImportStateError(f"options 应有且只有：{'、'.join(DEFAULTS)}")
    found = Options()
    try:
        found.set(copy.deepcopy(exported))
    except ValueError as error:
        raise ImportStateError(f"options 的 {error} 值不对") from None
    return found


def _faults(exported: Any) -> Faults:
    found = Faults()
    if not isinstance(exported, list):
        raise ImportStateError("faults 应为列表")
    for number, one in enumerate(exported, 1):
        if not isinstance(one, dict) or not set(_FAULT) <= one.keys():
            raise ImportStateError(f"faults 第 {number} 项应有：{'、'.join(_FAULT)}")
        try:
            found.order(*(one[name] for name in _FAULT))
        except ValueError as error:
            raise ImportStateError(f"faults 第 {number} 项不对：{error}") from None
    return found


def _clock(exported: Any) -> Clock:
    found, trial = Clock(), Clock()
    try:
        stopped = exported["stopped"]
        found.shift, found.stopped = float(exported["shift"]), None if stopped is None else float(stopped)
        trial.become(found)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ImportStateError("clock 不对，应有 shift 和 stopped，在 1970 年到 2100 年之间") from None
    return found


_Rows = dict[str, list[tuple[Any, ...]]]


def _rows(tables: Any) -> _Rows:
    """Return the tables as tuples in the columns' order, every value of its column's type."""
    if not isinstance(tables, dict) or tables.keys() != set(TABLES):
        raise ImportStateError(f"tables 应有且只有：{'、'.join(reversed(TABLES))}")
    empty = Store(":memory:")
    try:
        found: _Rows = {}
        for table, rows in tables.items():
            with empty.reading() as db:
                columns = db.execute(f"PRAGMA table_info({table})").fetchall()
            if not isinstance(rows, list):
                raise ImportStateError(f"{table} 应为列表")
            found[table] = [_row(table, number, row, columns) for number, row in enumerate(rows, 1)]
        return found
    finally:
        empty.close()


def _row(table: str, number: int, row: Any, columns: list[sqlite3.Row]) -> tuple[Any, ...]:
    where = f"{table} 第 {number} 行"
    if not isinstance(row, dict) or row.keys() != {column["name"] for column in columns}:
        raise ImportStateError(f"{where}的字段应为：{'、'.join(column['name'] for column in columns)}")
    for column in columns:
        value = row[column["name"]]
        if value is None and not (column["notnull"] or column["pk"]):
            continue
        if type(value) not in _TYPES[column["type"]] or (isinstance(value, float) and not math.isfinite(value)):
            raise ImportStateError(f"{where}的 {column['name']} 类型不对，应为 {column['type']}")
    return tuple(row[column["name"]] for column in columns)


def _fill(db: sqlite3.Connection, rows: _Rows) -> None:
    for table in reversed(TABLES):
        if rows[table]:
            marks = ", ".join("?" * len(rows[table][0]))
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])  # noqa: S608


def _try_out(rows: _Rows) -> None:
    """Raise `ImportStateError` unless an empty database takes the rows and every reference leads somewhere."""
    trial = Store(":memory:")
    try:
        with trial.transaction() as db:
            _fill(db, rows)
            broken = db.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise ImportStateError(f"{broken[0]} 有一行指向不存在的 {broken[2]}")
            for card in db.execute("SELECT card_id, id_type, id_no FROM cards JOIN people USING (person)"):
                if card["card_id"] != state.card_id_of(card["id_type"], card["id_no"]):
                    raise ImportStateError("cards 有一行的 card_id 不是由此人的证件得出的")
    except sqlite3.IntegrityError as error:
        # "UNIQUE constraint failed: serials.app_id, serials.serial"
        where = str(error).partition(": ")[2]
        raise ImportStateError(f"数据不一致，重复或不是可用的值：{where}") from None
    except (UnicodeEncodeError, OverflowError, sqlite3.Error):
        raise ImportStateError("有一个值数据库存不下（不完整的字符，或过大的数）") from None
    finally:
        trial.close()
