"""``vcchk call``: send an InData file as the DLL would, through the same code, and show what the HIS would get."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import secrets
import sys
import time
from typing import Any

from vcchk.base import encoding
from vcchk.base.errors import SUCCESSES
from vcchk.base.system_errors import reason
from vcchk.boundary.abi import Boundary
from vcchk.cli.arguments import Parser
from vcchk.cli.indata import MAX_BYTES
from vcchk.settings import places
from vcchk.specification import kinds
from vcchk.transaction.sequence import Transactions

HELP = """像 DLL 一样发送一个 InData 文件，显示返回码和 OutData。

  vcchk call InData.json --url http://平台地址/ehcService/gateway.do
  vcchk call InData.json --url … --fresh               换成新的流水号和时间，同一个文件可以一再使用
  vcchk call InData.json --url … --out OutData.bin     另把 OutData 的字节原样写入文件

文件内容就是 HIS 传给 VirtualCardTrans 的 InData，GBK 或 UTF-8 都可以；设置、日志、流水与 DLL 相同。
办理类交易会真的办理。显示的内容含患者信息，注意保密。
"""

_SERIAL = re.compile(r"out_\w+_no")
_TIME = re.compile(r"out_\w+_time")
_BOM = b"\xef\xbb\xbf"


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk call", HELP)
    parser.add_argument("file", metavar="文件", help="InData 文件；- 为标准输入")
    parser.add_argument("--url", required=True, metavar="网址", help="strUrl，平台地址")
    parser.add_argument(
        "--nation", action="store_true", help="调用 NationEcTrans（医保电子凭证）而不是 VirtualCardTrans"
    )
    parser.add_argument("--fresh", action="store_true", help="换成新的流水号（out_…_no）和时间")
    parser.add_argument("--out", metavar="文件", help="把 OutData 的字节写入该文件")
    return parser


def fresh(data: bytes) -> bytes:
    """Return an InData with a new serial number and times; the rest, the encoding too, stays. Raises ValueError.

    A query names the serial number of an earlier transaction, so it keeps that.
    """
    text, charset = _text(data)
    envelope = json.loads(text)
    if not isinstance(envelope, dict):
        raise ValueError("no object")
    now = time.strftime("%Y%m%d%H%M%S")
    serial = f"{now}{secrets.randbelow(10**8):08}"  # 22 digits: two runs in one second differ
    is_writing = kinds.is_writing(str(envelope.get("method", "")))

    def renewed(fields: dict[str, Any]) -> dict[str, Any]:
        values = {name: now for name in fields if name == "timestamp" or _TIME.fullmatch(name)}
        if is_writing:
            values |= {name: serial for name in fields if _SERIAL.fullmatch(name)}
        return {**fields, **values}

    biz = envelope.get("biz_content")
    if isinstance(biz, str) and biz.strip().startswith("{"):
        envelope["biz_content"] = json.dumps(renewed(json.loads(biz)), ensure_ascii=False)
    elif isinstance(biz, dict):
        envelope["biz_content"] = renewed(biz)
    return json.dumps(renewed(envelope), ensure_ascii=False).encode(charset)


def _text(data: bytes) -> tuple[str, str]:
    decoded = encoding.decode(data)
    return decoded.text, decoded.encoding or encoding.UTF8


def _decoded(data: bytes) -> str:
    return encoding.decode(data).text


def _read(file: str) -> bytes:
    """Return what a HIS would pass. Raises OSError."""
    if file == "-":
        data = sys.stdin.buffer.read(MAX_BYTES) if sys.stdin is not None else b""
    else:
        with open(file, "rb") as opened:
            data = opened.read(MAX_BYTES)
    # What an editor adds round the text is not what a HIS passes: byte order mark, last line's end.
    return data.removeprefix(_BOM).rstrip(b"\r\n")


def main(argv: list[str]) -> int:
    """Send the file; 0 when the transaction succeeded, 1 when not, 2 when the file cannot be read or written."""
    options = make_parser().parse_args(argv)
    try:
        data = _read(options.file)
    except OSError as error:
        print(f"读不出 {options.file}：{reason(error)}", file=sys.stderr)
        return 2
    if options.fresh:
        try:
            data = fresh(data)
        except (ValueError, RecursionError):
            print(f"{options.file} 不是 JSON，不能换流水号：请去掉 --fresh，或核对文件", file=sys.stderr)
            return 2
    with contextlib.ExitStack() as opened:
        kept = None
        if options.out:
            try:  # before the call: what the platform has done cannot be asked for once more
                kept = opened.enter_context(open(options.out, "wb", buffering=0))
            except OSError as error:
                print(f"没有发送：写不了 {options.out}（{reason(error)}），请换一个位置", file=sys.stderr)
                return 2
        return _send(options, data, kept)


def _send(options: argparse.Namespace, data: bytes, kept: io.FileIO | None) -> int:
    """Send ``data``, print what came back and write it to ``kept``."""
    boundary = Boundary(Transactions.from_ini())
    settings = boundary.settings
    transact = boundary.nation_ec_trans if options.nation else boundary.virtual_card_trans
    begin = time.perf_counter()
    code, out = transact(os.fsencode(options.url), data)
    took = (time.perf_counter() - begin) * 1000
    print(f"返回码  {code}")
    print(f"用时    {took:.1f} 毫秒")
    print(f"OutData {_decoded(out)}")
    print(f"日志    {places.state_folder(settings)}", file=sys.stderr)
    if kept is not None:
        try:
            kept.write(out)
        except OSError as error:
            print(f"写不了 {options.out}：{reason(error)}", file=sys.stderr)
            return 2
    return 0 if code in SUCCESSES else 1
