"""``vcchk fleet``: all windows of a hospital in one table, out of the reports that ``vcchk doctor --out`` writes."""

from __future__ import annotations

import sys
import time

from vcchk.base import columns
from vcchk.base.resource import read_text
from vcchk.base.system_errors import reason
from vcchk.cli import json_document
from vcchk.cli.arguments import Parser
from vcchk.doctor import fleet
from vcchk.doctor.fleet import Window
from vcchk.settings.ini_edit import write_whole

HELP = """把各窗口的诊断报告汇总成一张表，有问题的排在前面。

  vcchk fleet \\\\server\\share\\doctor                      显示表格
  vcchk fleet \\\\server\\share\\doctor --html 窗口.html      写成一个网页
  vcchk fleet \\\\server\\share\\doctor --json                以 JSON 输出

各窗口用计划任务每天运行（管理员可以用组策略下发）：

  vcchk doctor --out \\\\server\\share\\doctor\\%COMPUTERNAME%.json --url 平台地址 --indata InData文件

退出码：
  0  没有问题
  1  有窗口需要处理
  2  文件夹读不出，或网页写不了
"""

HEADINGS = ("电脑", "报告时间", "版本", "报文规则", "最后一笔", "笔数", "失败", "状态未知", "时钟差", "证书", "问题")


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk fleet", HELP)
    parser.add_argument("folder", metavar="文件夹", help="放着各窗口报告（.json）的文件夹")
    parser.add_argument("--html", metavar="文件", help="写成一个网页")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.add_argument("--quiet", action="store_true", help="不显示，只用退出码")
    return parser


def main(argv: list[str]) -> int:
    """Show the windows; 0 when none needs anybody, 1 when one does, 2 when it cannot be done."""
    options = make_parser().parse_args(argv)
    try:
        windows = fleet.read(options.folder, time.time())
    except OSError as error:
        print(f"读不出文件夹 {options.folder}（{reason(error)}），请核对路径和权限", file=sys.stderr)
        return 2
    if not windows:
        print(f"{options.folder} 里没有报告，请先在各窗口运行 vcchk doctor --out", file=sys.stderr)
        return 2
    if options.html is not None:
        try:
            write_whole(options.html, page(windows).encode("utf-8"))
        except OSError as error:
            print(f"网页写不了 {options.html}（{reason(error)}），请换一个位置", file=sys.stderr)
            return 2
    if options.json:
        print(json_document.dumps([window.as_dict() for window in windows]))
    elif not options.quiet:
        print("\n".join(columns.lines([HEADINGS, *map(cells, windows)])))
        print(f"\n{len(windows)} 个窗口，{sum(bool(window.problems) for window in windows)} 个需要处理")
    return 1 if any(window.problems for window in windows) else 0


def cells(window: Window) -> tuple[str, ...]:
    """Return a window's row of `HEADINGS`."""
    return (
        window.computer,
        window.time or "-",
        window.version or "-",
        window.dialect or "-",
        window.last_call or "-",
        "-" if window.calls is None else str(window.calls),
        "-" if window.error_share is None else f"{100 * window.error_share:.1f}%",
        "-" if window.in_doubt is None else str(window.in_doubt),
        "-" if window.clock_seconds is None else fleet.clock(window.clock_seconds),
        "-" if window.certificate_days is None else fleet.certificate(window.certificate_days),
        "、".join(window.problems),
    )


def page(windows: list[Window]) -> str:
    """Return the page; it loads nothing from anywhere."""
    import jinja2

    template = jinja2.Environment(autoescape=True).from_string(read_text("vcchk.doctor", "templates/fleet.html"))
    rows = [(window, cells(window)) for window in windows]
    return template.render(windows=windows, rows=rows, headings=HEADINGS, time=time.strftime("%Y-%m-%d %H:%M"))
