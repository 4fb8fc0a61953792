"""``vcchk screen``: show a QR code on the extension screen, clear it, or run the window of driver ``window``."""

from __future__ import annotations

import argparse
import sys
import time

from vcchk.base.errors import device_sentence
from vcchk.cli.arguments import Parser, decimal, whole
from vcchk.cli.commands import _find
from vcchk.devices.screen import Screen
from vcchk.records import log
from vcchk.settings import load_settings, places

HELP = """在扩展屏上显示或清除二维码。

  vcchk screen --text 内容 [--seconds 60]    显示到时间为止（Ctrl+C 提前结束），然后清除
  vcchk screen --clear                       清除
  vcchk screen --find COM3                   查找端口上的扩展屏、波特率
"""


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk screen", HELP)
    parser.add_argument("--text", metavar="内容", help="二维码内容")
    parser.add_argument("--seconds", metavar="秒", type=decimal(0.1, 3600), help="显示几秒")
    _find.add_argument(parser)
    parser.add_argument("--clear", action="store_true", help="清除")
    parser.add_argument("--window", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--monitor", type=whole(0, 16), default=0, help=argparse.SUPPRESS)
    parser.add_argument("--caption", type=str, default="", help=argparse.SUPPRESS)
    parser.add_argument("--idle", default="hide", help=argparse.SUPPRESS)
    return parser


def _reported(number: int) -> int:
    if number:
        print(f"扩展屏没有成功：{device_sentence(number)}[{number}]，详见日志", file=sys.stderr)
    return 1 if number else 0


def _show(screen: Screen, text: str, seconds: float) -> int:
    screen.show_authorisation(text)
    failed = _reported(screen.set_mode(1))
    if not failed:
        print(f"已显示，{seconds:g} 秒后清除", flush=True)
        try:
            time.sleep(seconds)
        except KeyboardInterrupt:
            print("已停止", file=sys.stderr)
        failed = _reported(screen.set_mode(0))
    return failed


def main(argv: list[str]) -> int:
    """Show, clear, find, or run the window; 0, or 1 when it failed."""
    parser = make_parser()
    options = parser.parse_args(argv)
    if options.window:
        from vcchk.devices.screen import window_process

        return window_process.run(options.monitor, options.caption, options.idle)
    chosen = load_settings(places.ini_path())
    if options.find is not None:
        return _find.run("screen", options.find, places.state_folder(chosen))
    if not options.text and not options.clear:
        parser.error("请给出 --text、--clear 或 --find")
    seconds = options.seconds or chosen.screen.seconds
    section = chosen.screen.replace(seconds=seconds, show=("authurl",), mode=0)
    screen = Screen(section, log.get(), folder=places.state_folder(chosen))
    try:
        return _show(screen, options.text, seconds) if options.text else _reported(screen.set_mode(0))
    finally:
        screen.close()
