"""The command line: ``vcchk <command>``. Each command is a module of `vcchk.cli.commands` and a row of `COMMANDS`."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import warnings

from vcchk.cli import console, json_document
from vcchk.settings import places
from vcchk.setup import interrupted

# command: (module of vcchk.cli.commands, Chinese help)
COMMANDS: dict[str, tuple[str, str]] = {
    "doctor": ("doctor", "检查运行环境、设置、网络和设备"),
    "fleet": ("fleet", "汇总各窗口的诊断报告"),
    "setup": ("setup", "安装、升级、退回、删除"),
    "call": ("call", "像 DLL 一样发送一个 InData 文件"),
    "sandbox": ("sandbox", "在本机运行模拟平台"),
    "kiosk": ("kiosk", "在本机运行参考终端：窗口、自助机、医生工作站等，通过动态库办理"),
    "scan": ("scan", "显示扫码枪读到的内容"),
    "print": ("print_", "打印一张标签，或预览成图片"),
    "screen": ("screen", "在扩展屏上显示或清除二维码"),
    "wire": ("wire", "抓取、推断报文规则"),
    "journal": ("journal", "查看交易流水"),
    "codes": ("codes", "查字典：科室、诊疗环节、业务类型、统筹区等"),
    "secret": ("secret", "加密保存密钥和代理密码，导入客户端证书"),
}


def usage() -> str:
    """Return the overview that is printed without a command and for ``--help``."""
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items())
    return f"用法：vcchk <命令> [参数]\n\n{rows}\n\n每个命令加 --help 看说明。"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code (2: no such command)."""
    arguments = sys.argv[1:] if argv is None else argv
    console.prepare(arguments)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    if arguments[0] in ("-V", "--version"):
        from vcchk import __version__

        print(f"vcchk {__version__}")
        return 0
    if json_document.FLAG in arguments:
        return json_document.run(lambda: _command(arguments))
    return _command(arguments)


def _command(arguments: list[str]) -> int:
    row = COMMANDS.get(arguments[0])
    if row is None:
        from vcchk.base.nearest import nearest
        from vcchk.cli.arguments import shown

        meant = nearest(arguments[0], [*COMMANDS, "--help", "--version"]) or "，"
        print(f"没有命令 {shown(arguments[0])}{meant}用法见 vcchk --help", file=sys.stderr)
        return 2
    result: int = importlib.import_module(f"vcchk.cli.commands.{row[0]}").main(arguments[1:])
    return result


PIPE_CLOSED = {errno.EPIPE, errno.EINVAL} if sys.platform == "win32" else {errno.EPIPE}
"""What writing to ``| more`` gives that was left with q; the C runtime of Windows has EINVAL for it."""


def _write_out() -> int:
    """Write what stdout still holds; return the exit code: 0, or 1 with a sentence when it has no place to go."""
    if sys.stdout is None:  # a program without console
        return 0
    try:
        sys.stdout.flush()
    except OSError as error:
        _let_go_of_output()
        if error.errno not in PIPE_CLOSED:
            from vcchk.base.system_errors import reason

            print(f"输出写不进去（{reason(error)}），请核对磁盘空间和输出的去处", file=sys.stderr)
        return 1
    return 0


def _let_go_of_output() -> None:
    """Send what stdout still holds nowhere: Python writes it once more at its end, and would complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass  # no real file behind it: nothing is written at the end either


def run(arguments: list[str] | None = None) -> int:
    """Run `main` with what an interpreter's own end lacks or does in English; returns the exit code.

    A reader that goes away (``| head``) ends the command in silence, with 1. What else breaks is said on stderr and
    raised: the core writes it to the log.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a package's words to programmers, in English
    if places.runtime() and interrupted.is_interrupted(places.home()):
        from vcchk.setup import site

        site.mend(places.home())
    try:
        code = main(arguments)
    except (SystemExit, KeyboardInterrupt) as end:  # argparse's --help and usage errors, Ctrl-C
        code = json_document.exit_code(end)
    except BrokenPipeError:
        _let_go_of_output()
        return 1
    except Exception as error:
        if isinstance(error, OSError) and _write_out():  # it was stdout's: what did not go out still does not
            return 1
        sentence = f"命令出错（{type(error).__name__}），原因见日志"
        if json_document.FLAG in (sys.argv if arguments is None else arguments):
            print(json_document.dumps({"code": 1, "error": sentence}), flush=True)
        else:
            print(sentence, file=sys.stderr)
        raise
    return _write_out() or code
