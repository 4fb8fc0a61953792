"""``vcchk journal``: what was sent and how it ended; above all, what is in doubt."""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from vcchk.base import columns
from vcchk.records import journal
from vcchk.records.sealing import SealError, unseal
from vcchk.settings import load_settings, places

HELP = """查看交易流水。

  vcchk journal                 最近 50 笔办理类交易
  vcchk journal --open          只看状态未知的交易：请先在平台查询是否已办成，切勿直接重做
  vcchk journal --since 3d      最近 3 天（也可写 12h、30m、2026-11-22、"2026-11-22 08:30"）
  vcchk journal show 17         第 17 笔的全部内容；--reply 显示当时放不下、加密保存的平台应答
"""

UNDER_WAY_SECONDS = 60.0
"""An open row younger than this may belong to a call that is still waiting for its answer."""

_COLUMNS = "id, begun, method, serial_field, serial, term_id, person, host, program, pid, closed, code, reply_chars"
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def since(text: str, now: datetime) -> float:
    """Return the seconds since 1970 that ``--since`` means. Raises argparse.ArgumentTypeError."""
    match = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    try:
        if match:
            return (now - timedelta(**{_UNITS[match[2]]: int(match[1])})).timestamp()
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError("应为 3d、12h、30m 或 2026-11-22 这样的时间") from None


def state(row: sqlite3.Row, now: float) -> str:
    """Return in Chinese how a row stands."""
    if row["closed"] is not None:
        return "成功" if row["code"] in ("00", "0000") else f"失败 {row['code']}"
    if not row["code"] and now - row["begun"] < UNDER_WAY_SECONDS:
        return "进行中"
    return f"状态未知 {row['code']}".rstrip()


def _clock(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _record(row: sqlite3.Row, now: float) -> dict[str, Any]:
    record = {name: row[name] for name in row.keys()}  # noqa: SIM118
    record["begun"] = _clock(row["begun"])
    record["closed"] = _clock(row["closed"])
    record["state"] = state(row, now)
    return record


def _list(db: sqlite3.Connection, options: argparse.Namespace) -> int:
    where, values = ["begun >= ?"], [options.since if options.since is not None else 0.0]
    if options.open:
        where.append("closed IS NULL")
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM call WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",  # noqa: S608
        (*values, options.limit),
    ).fetchall()
    now = time.time()
    if options.json:
        print(json.dumps([_record(row, now) for row in rows], ensure_ascii=False, indent=1))
        return 0
    if not rows:
        print("没有状态未知的交易" if options.open else "没有符合条件的交易")
        return 0
    head = ("序号", "时间", "状态", "接口", "流水号", "终端", "人员（掩码）")
    table = [
        (
            str(row["id"]),
            _clock(row["begun"]),
            state(row, now),
            row["method"],
            f"{row['serial_field']}={row['serial']}" if row["serial_field"] else "-",
            row["term_id"] or "-",
            row["person"] or "-",
        )
        for row in rows
    ]
    print("\n".join(columns.lines([head, *table])))
    if any(line[2].startswith("状态未知") for line in table):
        print("\n状态未知：请求已发出而没有收到应答，平台可能已办成。请按流水号在平台查询后再处理，切勿直接重做。")
    return 0


_SHOWN = (
    ("id", "序号"),
    ("state", "状态"),
    ("begun", "开始"),
    ("closed", "结束"),
    ("method", "接口"),
    ("serial_field", "流水号字段"),
    ("serial", "流水号"),
    ("term_id", "终端"),
    ("person", "人员（掩码）"),
    ("host", "平台地址"),
    ("program", "程序"),
    ("pid", "进程号"),
    ("code", "返回码"),
    ("reply_chars", "保存的应答（字）"),
)


def _show(db: sqlite3.Connection, options: argparse.Namespace, folder: str) -> int:
    row = db.execute(f"SELECT {_COLUMNS}, reply FROM call WHERE id = ?", (options.number,)).fetchone()  # noqa: S608
    if row is None:
        print(f"没有第 {options.number} 笔", file=sys.stderr)
        return 1
    if options.reply:
        if row["reply"] is None:
            print("这一笔没有保存应答（只保存放不进 OutData 的应答）", file=sys.stderr)
            return 1
        try:
            print(unseal(row["reply"], folder).decode("utf-8", "surrogatepass"))
        except SealError as error:
            print(f"应答打不开：{error.message}", file=sys.stderr)
            return 1
        return 0
    record = _record(row, time.time())
    record.pop("reply")
    if options.json:
        print(json.dumps(record, ensure_ascii=False, indent=1))
        return 0
    table = [(title, str(record[name])) for name, title in _SHOWN if record[name] not in (None, "")]
    print("\n".join(columns.lines(table)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vcchk journal", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = datetime.now()
    parser.add_argument("show", nargs="?", choices=("show",), help="显示一笔的全部内容")
    parser.add_argument("number", nargs="?", type=int, help="序号")
    parser.add_argument("--open", action="store_true", help="只看状态未知的交易")
    parser.add_argument("--since", type=lambda text: since(text, now), help="从何时起")
    parser.add_argument("--limit", type=int, default=50, help="最多多少笔（默认 50）")
    parser.add_argument("--reply", action="store_true", help="显示加密保存的平台应答（含患者信息，注意保密）")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    return parser


def main(argv: list[str]) -> int:
    """Print the journal of this machine; 0, or 1 when it cannot be read or the row does not exist."""
    parser = _parser()
    options = parser.parse_args(argv)
    if bool(options.show) != (options.number is not None):
        parser.error("写法：vcchk journal show 序号")
    folder = places.state_folder(load_settings(places.ini_path()))
    path = os.path.join(folder, journal.FILE)
    if not os.path.exists(path):
        print(f"本机还没有交易流水（{path}）", file=sys.stderr)
        return 1 if options.show else 0
    try:
        with closing(journal.connect(path)) as db:
            db.row_factory = sqlite3.Row
            return _show(db, options, folder) if options.show else _list(db, options)
    except sqlite3.Error as error:
        print(f"交易流水读不出：{error}", file=sys.stderr)
        return 1
