"""``vcchk journal``: what was sent and how it ended; what is in doubt, asking the platform about it, settling it."""

from __future__ import annotations

import argparse
import getpass
import re
import sqlite3
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from vcchk.base import columns
from vcchk.base.errors import VcchkError
from vcchk.base.system_errors import reason
from vcchk.cli import json_document
from vcchk.cli.arguments import Parser, whole
from vcchk.cli.indata import read_indata
from vcchk.records.journal.file import DONE, NOT_DONE
from vcchk.records.journal.reading import Reader
from vcchk.records.log import get as get_log
from vcchk.records.sealing import SealError, unseal
from vcchk.settings import load_settings, places
from vcchk.transaction import inquiry
from vcchk.transaction.call import OutputBuffer
from vcchk.transaction.sequence import Transactions
from vcchk.wire import jsontext

HELP = """查看交易流水；查询、核实状态未知的交易。

  vcchk journal                 最近 50 笔办理类交易
  vcchk journal --open          只看状态未知的交易：请先在平台查询是否已办成，切勿直接重做
  vcchk journal --since 3d      最近 3 天（也可写 12h、30m、2026-11-22、"2026-11-22 08:30"）
  vcchk journal show 17         第 17 笔的全部内容；--reply 显示当时放不下、加密保存的平台应答
  vcchk journal check [17]      向平台查询第 17 笔（不写序号：所有状态未知的）是否已办成；只查询，不办理
                                密钥取自 INI，没有时用 --indata 给出 HIS 的一个 InData 文件
  vcchk journal settle 17 --done --note "平台王工电话确认"
                                核实后了结：已办成用 --done，未办成用 --not-done；记下何人、何时、依据
"""

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DEFAULT_LIMIT = 50
_LARGEST = (1 << 63) - 1
"""SQLite's largest whole number."""


def since(text: str, now: datetime) -> float:
    """Return the seconds since 1970 that ``--since`` means. Raises argparse.ArgumentTypeError."""
    match = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    try:
        if match:
            return (now - timedelta(**{_UNITS[match[2]]: int(match[1])})).timestamp()
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError("应为 3d、12h、30m 或 2026-11-22 这样的时间") from None


def _clock(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _record(row: sqlite3.Row, reader: Reader) -> dict[str, Any]:
    record = {name: row[name] for name in row.keys() if name not in ("reply", "inquiry")}  # noqa: SIM118
    return {**record, "begun": _clock(row["begun"]), "closed": _clock(row["closed"]), "state": reader.state(row)}


def _list(reader: Reader, options: argparse.Namespace) -> int:
    limit = options.limit if options.limit is not None else -1 if options.open else _DEFAULT_LIMIT
    rows = reader.rows(since=options.since or 0.0, limit=limit, in_doubt=options.open)
    if options.json:
        print(json_document.dumps([_record(row, reader) for row in rows]))
        return 0
    if not rows:
        print("没有状态未知的交易" if options.open else "没有符合条件的交易")
        return 0
    head = ("序号", "时间", "状态", "接口", "流水号", "终端", "人员（掩码）")
    table = [
        (
            str(row["id"]),
            _clock(row["begun"]),
            reader.state(row),
            row["method"],
            f"{row['serial_field']}={row['serial']}" if row["serial_field"] else "-",
            row["term_id"] or "-",
            row["person"] or "-",
        )
        for row in rows
    ]
    print("\n".join(columns.lines([head, *table])))
    count = reader.count()
    if count.in_doubt:
        print(
            f"\n共 {count.in_doubt} 笔状态未知：请求已发出而没有收到可信的应答，平台可能已办成，切勿直接重做。"
            "请用 vcchk journal check 查询，核实后用 vcchk journal settle 了结。"
        )
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
    ("settled_by", "核实人"),
    ("note", "核实依据"),
)


def _show(reader: Reader, row: sqlite3.Row, options: argparse.Namespace) -> int:
    if options.reply:
        if row["reply"] is None:
            print("这一笔没有保存应答（只保存放不进 OutData 的应答）", file=sys.stderr)
            return 1
        try:
            reply = unseal(row["reply"], reader.folder).decode("utf-8", "surrogatepass")
        except SealError as error:
            print(f"应答打不开：{error.message}", file=sys.stderr)
            return 1
        print(json_document.dumps({"id": row["id"], "reply": reply}) if options.json else reply)
        return 0
    record = _record(row, reader)
    if options.json:
        print(json_document.dumps(record))
        return 0
    table = [(title, str(record[name])) for name, title in _SHOWN if record[name] not in (None, "")]
    print("\n".join(columns.lines(table)))
    return 0


# --- asking the platform ---


def _check(reader: Reader, rows: list[sqlite3.Row], key: str, options: argparse.Namespace) -> int:
    """Ask about each row in doubt; 0 when the platform has said of each how it ended."""
    transactions = Transactions.from_ini()
    found = []
    for row in rows:
        settled, finding = _asked(reader, row, key, transactions)
        found.append({"id": row["id"], "settled": settled, "text": finding})
        if options.json:
            continue
        print(f"第 {row['id']} 笔  {_clock(row['begun'])}  {row['method']}  {row['serial'] or '无流水号'}  {finding}")
        if settled:
            print(f'  核对后了结：vcchk journal settle {row["id"]} --{settled} --note "…"')
    if options.json:
        print(json_document.dumps(found))
    elif not rows:
        print("没有状态未知的交易")
    return 0 if all(row["settled"] for row in found) else 1


def _asked(reader: Reader, row: sqlite3.Row, key: str, transactions: Transactions) -> tuple[str, str]:
    """Return (`DONE`, `NOT_DONE` or "", what was found in Chinese)."""
    by_phone = f"请凭流水号和时间致电平台（{row['host']}）核对"
    if not reader.is_in_doubt(row):
        return "", f"不是状态未知的交易（{reader.state(row)}）"
    try:
        text = reader.inquiry(row)
    except SealError as error:
        return "", f"查询所需的内容打不开（{error.message}），{by_phone}"
    if not text:
        return "", f"这个接口没有对应的查询，{by_phone}"
    kept = jsontext.parse(text)[0]
    request = inquiry.question(row["method"], kept, time.strftime("%Y%m%d%H%M%S"))
    if key:
        request["key"] = key
    unlimited = OutputBuffer(excess=lambda _text: None, capacity=sys.maxsize)
    answer = transactions.virtual_card_trans(kept["url"], jsontext.compact(request), unlimited)
    found = inquiry.settlement(row["method"], answer)
    return found.settled, found.text if found.settled else f"{found.text}；{by_phone}"


# --- settling ---


def _settle(reader: Reader, row: sqlite3.Row, options: argparse.Namespace) -> int:
    how = DONE if options.done else NOT_DONE
    if not reader.settle(row["id"], how, getpass.getuser(), options.note):
        print(f"第 {row['id']} 笔不是状态未知的交易（{reader.state(row)}），没有改动", file=sys.stderr)
        return 1
    get_log().info(f"状态未知的交易已由人工核实：{'已办成' if options.done else '未办成'}", row=row["id"])
    if options.json:
        print(json_document.dumps({"id": row["id"], "settled": how}))
    else:
        print(f"第 {row['id']} 笔已了结：{'已办成' if options.done else '未办成'}")
    return 0


_ACTIONS = ("show", "check", "settle")


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk journal", HELP)
    now = datetime.now()
    parser.add_argument(
        "action", metavar="动作", nargs="?", choices=_ACTIONS, help="show、check、settle：显示、查询或了结一笔"
    )
    parser.add_argument("number", metavar="序号", nargs="?", type=whole(1, _LARGEST), help="哪一笔：列表中的第一栏")
    parser.add_argument("--open", action="store_true", help="只看状态未知的交易")
    parser.add_argument("--since", metavar="时间", type=lambda text: since(text, now), help="从何时起")
    parser.add_argument(
        "--limit", metavar="N", type=whole(1, _LARGEST), help=f"最多多少笔（默认 {_DEFAULT_LIMIT}；--open 为全部）"
    )
    parser.add_argument("--reply", action="store_true", help="show：显示加密保存的平台应答（含患者信息，注意保密）")
    parser.add_argument("--indata", metavar="文件", help="check：HIS 的一个 InData 文件，取其中的密钥")
    parser.add_argument("--done", action="store_true", help="settle：平台已办成")
    parser.add_argument("--not-done", action="store_true", help="settle：平台没有办")
    parser.add_argument("--note", metavar="依据", help="settle：核实的依据（不要写患者信息）")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    return parser


def _check_arguments(parser: Parser, options: argparse.Namespace) -> None:
    if options.action in ("show", "settle") and options.number is None:
        parser.error(f"{options.action} 后面应写序号，如 vcchk journal {options.action} 17")
    if options.action == "settle" and (options.done == options.not_done or options.note is None):
        parser.error('settle 应写明 --done 或 --not-done 之一，和 --note "依据"')


def _carry_out(reader: Reader, key: str, options: argparse.Namespace) -> int:
    if options.action is None:
        return _list(reader, options)
    if options.number is None:
        return _check(reader, reader.rows(in_doubt=True), key, options)
    row = reader.row(options.number)
    if row is None:
        print(f"没有第 {options.number} 笔", file=sys.stderr)
        return 1
    if options.action == "show":
        return _show(reader, row, options)
    return _check(reader, [row], key, options) if options.action == "check" else _settle(reader, row, options)


def main(argv: list[str]) -> int:
    """Print the journal of this machine, ask about its rows or settle one.

    0; 1 when it cannot be read, the row does not exist, or the platform's answer leaves a doubt.
    """
    parser = make_parser()
    options = parser.parse_args(argv)
    _check_arguments(parser, options)
    try:
        key = read_indata(options.indata).key if options.indata else ""
    except OSError as error:
        print(f"读不出 {options.indata}：{reason(error)}", file=sys.stderr)
        return 1
    except VcchkError as error:
        print(f"{options.indata}：{error.message}", file=sys.stderr)
        return 1
    try:
        with Reader(load_settings(places.ini_path())) as reader:
            return _carry_out(reader, key, options)
    except FileNotFoundError as error:
        print(f"本机还没有交易流水（{error.filename}）", file=sys.stderr)
        if options.action is not None:
            return 1
        if options.json:
            print("[]")
        return 0
    except sqlite3.Error as error:
        print(f"交易流水读不出：{reason(error)}", file=sys.stderr)
        return 1
