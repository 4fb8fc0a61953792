"""``vcchk setup``: install, upgrade, roll back and remove the library in a HIS's folder, while programs use it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from vcchk.cli import json_document
from vcchk.cli.arguments import Parser
from vcchk.settings import load_settings, places
from vcchk.setup import release
from vcchk.setup.failure import DONE, EXIT_CODES, REFUSED, USAGE, SetupError, reason
from vcchk.setup.release import INI, SUMS
from vcchk.setup.site import UNCHANGED, SetupResult, Site, Status

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = (
    """在 HIS 文件夹中安装、升级、退回、删除；HIS 正在运行时也可以。

  vcchk setup install  --to D:\\HIS     安装；已装过则升级。原动态库保留为 VirtualCardChk_old_<日期>.dll
  vcchk setup upgrade  --to D:\\HIS     升级；正在运行的 HIS 继续用旧版本，下次启动用新版本
  vcchk setup rollback --to D:\\HIS     退回上一版本
  vcchk setup remove   --to D:\\HIS     删除，并放回原动态库；会问是否删除日志和流水
  vcchk setup status   --to D:\\HIS     看装的是哪个版本、文件是否齐全

在解压出的发布包文件夹中运行；不写注册表，不动 VirtualCardChk.ini。组策略可以运行其中的 setup.cmd。

退出码：
"""
    + "\n".join(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())
    + "\n"
)

ACTIONS = {"install": "已安装", "upgrade": "已升级", "rollback": "已退回", "remove": "已删除"}
_DONE = {**ACTIONS, UNCHANGED: "没有改动，本来就是"}


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk setup", HELP)
    parser.add_argument(
        "action", choices=(*ACTIONS, "status"), metavar="动作", help="install upgrade rollback remove status"
    )
    parser.add_argument("--to", required=True, metavar="文件夹", help="HIS 加载动态库的文件夹")
    parser.add_argument("--from", dest="source", metavar="文件夹", help="解压出的发布包（默认本程序所在的文件夹）")
    parser.add_argument(
        "--data", choices=("keep", "delete"), help="remove 时的日志和流水：keep 保留，delete 删除；不填则问"
    )
    parser.add_argument("--quiet", action="store_true", help="不显示，也不询问，只用退出码")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出，也不询问")
    return parser


def main(argv: list[str]) -> int:
    """Do one action; returns a key of `EXIT_CODES`."""
    options = make_parser().parse_args(argv)
    if sys.platform != "win32":
        os.umask(0o022)  # whoever runs a HIS there must be able to read it
    try:
        done = _run(options)
    except SetupError as error:
        return _failed(options, error)
    except OSError as error:
        return _failed(options, SetupError(f"{reason(error)}，请检查权限和磁盘后再试"))
    if options.json:
        print(json_document.dumps({"code": DONE, **done.as_dict()}))
    elif not options.quiet:
        print("\n".join(_status_lines(done) if isinstance(done, Status) else _result_lines(done)))
    return 0


def _failed(options: argparse.Namespace, error: SetupError) -> int:
    if options.json or not options.quiet:
        print(error.message, file=sys.stderr)
    return error.code


def _run(options: argparse.Namespace) -> SetupResult | Status:
    if sys.platform == "win32" and '"' in options.to:  # "D:\\HIS\\" --quiet: \\" is a quotation mark within the text
        raise SetupError('--to 的引号没有配上：文件夹的末尾不要写 \\，如 --to "D:\\HIS"', USAGE)
    site = Site(options.to)
    actions: dict[str, Callable[[], SetupResult | Status]] = {
        "install": lambda: site.install(_source(options)),
        "upgrade": lambda: site.upgrade(_source(options)),
        "rollback": site.rollback,
        "remove": lambda: site.remove(state_folder=_data_to_delete(options)),
        "status": site.status,
    }
    return actions[options.action]()


def _source(options: argparse.Namespace) -> release.Release:
    folder = os.path.abspath(options.source or places.home())
    if not os.path.isdir(folder):
        raise SetupError(f"没有文件夹 {folder}，请核对 --from", REFUSED)
    if os.path.isdir(options.to) and os.path.samefile(folder, options.to):
        raise SetupError(f"{folder} 既是发布包又是目标，请在解压出的文件夹中运行，或用 --from 指定发布包", REFUSED)
    return release.read_source(folder)


def _data_to_delete(options: argparse.Namespace) -> str:
    """Return the folder of log and journal when it shall go, else ""."""
    settings = load_settings(places.ini_path(options.to))
    folder = places.state_folder(settings, os.path.abspath(options.to))
    answer = options.data
    may_ask = not options.quiet and not options.json
    if answer is None and may_ask and sys.stdin is not None and sys.stdin.isatty():
        print(f"是否同时删除日志和流水（{folder}）？删除后不能恢复。输入 yes 删除，其他保留：", end="", flush=True)
        answer = "delete" if sys.stdin.readline().strip().lower() == "yes" else "keep"
    return folder if answer == "delete" else ""


def _result_lines(done: SetupResult) -> list[str]:
    lines = [f"{_DONE[done.action]} vcchk {done.version}：{done.folder}"]
    if done.previous:
        lines.append(f"上一版本 {done.previous} 可用 vcchk setup rollback 退回")
    lines += [*done.notes, *(f"注意：{warning}" for warning in done.warnings)]
    if done.action not in ("remove", UNCHANGED):
        lines.append("正在运行的 HIS 继续用它启动时的版本，重启后用新的")
    return lines


def _status_lines(found: Status) -> list[str]:
    if found.unlisted_library:
        return [f"{found.folder} 里有 vcchk 的 {found.unlisted_library}，但没有它的 {SUMS}：请用发布包 install 一次"]
    if not found.version:
        other = f"，{found.foreign_library} 不是 vcchk 的" if found.foreign_library else ""
        return [f"{found.folder} 里没有装 vcchk{other}"]
    lines = [f"{found.folder}：vcchk {found.version}"]
    if found.is_interrupted:
        lines.append("另一个 setup 正在进行，或上次的没有做完：请再运行一次")
    if found.damaged:
        lines.append(
            f"缺少或被改动 {len(found.damaged)} 个文件，如 {found.damaged[0]}：请用同一版本的发布包再 install 一次"
        )
    lines.append(f"上一版本：{found.previous or '无'}")
    lines += [f"更旧的 {name}：{'正在使用' if name in found.in_use else '可以清理'}" for name in found.older]
    lines += [f"原动态库：{name}" for name in found.old_libraries]
    lines.append(f"{INI}：{'有' if found.has_ini else '没有，按默认值运行'}")
    return lines
