"""``vcchk print``: print one label, ask the printer's status, or draw the label as a picture."""

from __future__ import annotations

import argparse
import sys
import time

from vcchk.base.errors import DEVICE_CODES, DeviceError, device_sentence
from vcchk.base.system_errors import reason
from vcchk.cli import typed
from vcchk.cli.arguments import Parser
from vcchk.cli.commands import _device_failure, _find
from vcchk.devices import bitmap
from vcchk.devices.printer import Printer, pending
from vcchk.devices.printer.label import Content, Picture
from vcchk.records import log, masking
from vcchk.records.sealing import SealError
from vcchk.settings import load_settings, places
from vcchk.settings.ini_edit import write_whole

HELP = """打印一张标签；不给内容时打印一张示例。

  vcchk print                            按 INI 的 [printer] 打印示例标签
  vcchk print --id 码 --card 卡号 --name 姓名
  vcchk print --preview label.png        不打印，画成图片看排版
  vcchk print --status                   只问打印机状态
  vcchk print --find COM3                查找端口上的打印机、波特率
  vcchk print --pending                  HIS 退出时没打完的标签：逐张打印或删除
"""

SAMPLE = {"id": "253C62B5978E905C5EF59A063386F65588A17ACD312DD77A:0", "card": "M0012345678", "name": "张三"}
"""A made-up card: 64 hexadecimal digits less a few, as the documents' samples look."""


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk print", HELP)
    parser.add_argument("--id", metavar="码", default=SAMPLE["id"], help="二维码内容（ehealthid）")
    parser.add_argument("--card", metavar="卡号", type=str, default=SAMPLE["card"], help="卡号（cardNo）")
    parser.add_argument("--name", metavar="姓名", type=str, default=SAMPLE["name"], help="姓名（name）")
    parser.add_argument("--preview", metavar="文件.png", help="画成图片")
    parser.add_argument("--status", action="store_true", help="只问状态")
    _find.add_argument(parser)
    parser.add_argument("--pending", action="store_true", help="逐张打印或删除没打完的标签")
    return parser


def _preview(printer: Printer, options: argparse.Namespace) -> int:
    label = printer.label(options.id, options.card, options.name)
    picture = label.elements[0]
    if not isinstance(picture, Picture):
        raise TypeError("a label without a printer is one picture")
    try:
        write_whole(options.preview, bitmap.png(picture.bitmap))
    except OSError as error:
        print(f"写不了 {options.preview}：{reason(error)}，请换一个位置", file=sys.stderr)
        return 1
    print(f"已写入 {options.preview}（{label.width}×{label.height} 点，{label.dpi} dpi）")
    return 0


def _status(printer: Printer) -> int:
    state = printer.status()
    for name in state.faults:
        print(DEVICE_CODES[name][2])
    if not state.faults:
        print("正在打印" if state.busy else "打印机正常")
    return 1 if state.faults else 0


def _pending(printer: Printer, folder: str) -> int:
    """Ask about each label that a program left behind; 0, or 1 when one could not be printed."""
    labels = pending.abandoned(folder)
    if not labels:
        print("没有待处理的标签")
    failed = 0
    for label in labels:
        content = _content(label, folder)
        if content is None:
            failed = 1
            continue
        when = time.strftime("%m-%d %H:%M:%S", time.localtime(label.kept_at))
        doubt = "，可能已打出，请先查看打印机" if label.begun else ""
        print(f"{when}  {masking.mask_value('user_name', content.name)}{doubt}")
        answer = typed.answer("p 打印，d 删除，直接回车留着：")
        if answer is None:
            print("没有人回答，这一张和其余的都留着", file=sys.stderr)
            return 1
        if answer == "p":
            number = printer.print_label(content.code, content.card, content.name)
            if number:
                print(_failure(number), file=sys.stderr)
                failed = 1
                continue
        if answer in ("p", "d"):
            label.remove()
            print("已打印" if answer == "p" else "已删除")
    return failed


def _content(label: pending.AbandonedLabel, folder: str) -> Content | None:
    """Return what stands on a label; None, with a sentence on stderr, when it cannot be read."""
    try:
        return label.content(folder)
    except SealError as error:
        why = error.message
    except OSError as error:
        why = reason(error)
    except ValueError:
        why = "内容已损坏"
    print(f"一张标签读不出，已跳过：{why}", file=sys.stderr)
    return None


def _failure(number: int) -> str:
    """Return what to tell about a number of print_label; it says itself whether a label may be out."""
    return f"打印没有成功：{device_sentence(number)}[{number}]，详见日志"


def main(argv: list[str]) -> int:
    """Print, preview, ask, or clear up; 0, or 1 when it failed."""
    options = make_parser().parse_args(argv)
    chosen = load_settings(places.ini_path())
    if options.find is not None:
        return _find.run("printer", options.find, places.state_folder(chosen))
    printer = Printer(chosen.printer, log.get(), folder=places.state_folder(chosen))
    try:
        if options.preview:
            return _preview(printer, options)
        if options.status:
            return _status(printer)
        if options.pending:
            return _pending(printer, places.state_folder(chosen))
    except DeviceError as error:
        _device_failure.tell(error)
        return 1
    number = printer.print_label(options.id, options.card, options.name)
    if number:
        print(_failure(number), file=sys.stderr)
        return 1
    print("已打印")
    return 0
