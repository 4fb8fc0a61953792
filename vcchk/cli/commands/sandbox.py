"""``vcchk sandbox``: run the platform's side on a loopback port."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from vcchk.base.errors import VcchkError
from vcchk.base.nearest import nearest
from vcchk.base.system_errors import reason
from vcchk.cli.arguments import PORT, Parser, shown
from vcchk.settings import load_settings, places

HELP = "在本机运行模拟平台"

DESCRIPTION = """在本机运行模拟平台：验签、解密、办理文档中的全部交易，供没有平台的人开发和演示。

只在本机回环地址监听。启动后在标准输出打印一行 ready 和网关地址；浏览器打开同一端口的首页是控制台。
其他报文规则的地址是 /profiles/<规则名>/gateway.do。按 Ctrl+C 结束。

已经运行的模拟平台，用以下命令操作（--port 默认 1811；--json 以 JSON 输出）：

  vcchk sandbox code --id-no 证件号 [--seconds 60]      出一个健康码；带 --seconds 为动态码
  vcchk sandbox voucher --id-no 证件号 [--present]      出一个医保电子凭证码；--present 放到读码器上
  vcchk sandbox approve --out-authorize-no 流水号        代患者确认授权（--decision cancel 为取消）
  vcchk sandbox clock --advance 120                     拨快时钟；--shift 0 拨回来
  vcchk sandbox <命令> --<名称> <值> …                   /_sandbox 的其他命令，见文档 docs/reference/control"""


def make_parser() -> Parser:
    """Return what reads the command's words."""
    from vcchk.cli.commands._sandbox_orders import DEFAULT_PORT

    parser = Parser("vcchk sandbox", DESCRIPTION)
    parser.add_argument(
        "--port", type=PORT, default=DEFAULT_PORT, metavar="N", help=f"端口，0 为任意空闲端口（默认 {DEFAULT_PORT}）"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="地址", help="回环地址：127.0.0.1 或 ::1")
    parser.add_argument("--db", default=":memory:", metavar="文件", help="SQLite 数据库文件（默认只在内存中）")
    parser.add_argument("--reset", action="store_true", help="清空数据库，重新放入演示数据")
    parser.add_argument("--profile", default="xiamen", metavar="规则", help="默认网关地址的报文规则（默认 xiamen）")
    parser.add_argument(
        "--strict", action="store_true", help="按文档的字段表严格检查：缺少、超长、不在字典中的字段一律 9001"
    )
    parser.add_argument("--ini", metavar="文件", help="从该 INI 读取自定义报文规则 [profile:名称]")
    parser.add_argument("--log", metavar="文件", help="日志写入文件（默认写到标准错误；已隐去密钥和个人信息）")
    parser.add_argument("--quiet", action="store_true", help="不写日志")
    return parser


def main(argv: list[str]) -> int:
    """Run until interrupted, or give an order to one that runs; returns 0, or 1 when it cannot be done."""
    from vcchk.cli.commands import _sandbox_orders
    from vcchk.sandbox.control.rules import ORDERS

    if argv and argv[0] in ORDERS and not {"-h", "--help"} & set(argv):
        return _sandbox_orders.main(argv[0], argv[1:])
    parser = make_parser()
    if argv and argv[0] not in ORDERS and not argv[0].startswith("-"):
        parser.error(f"没有命令 {shown(argv[0])}{nearest(argv[0], ORDERS)}")
    options = parser.parse_args(argv)
    import sqlite3

    from vcchk.sandbox.calls import LineWriter
    from vcchk.sandbox.server import Server
    from vcchk.sandbox.service import Sandbox

    try:
        sandbox = Sandbox(
            options.db,
            reset=options.reset,
            sections=_profiles(options.ini) if options.ini else None,
            default_profile=options.profile,
            write=None if options.quiet else LineWriter(options.log),
            strict=options.strict,
        )
        server = Server(sandbox, options.port, options.host)
    except VcchkError as error:
        return _failed(error.message)
    except sqlite3.Error as error:
        return _failed(f"打不开数据库 {options.db}：{reason(error)}")
    except OSError as error:
        if error.filename:
            return _failed(f"打不开 {error.filename}：{reason(error)}")
        return _failed(f"不能在 {options.host}:{options.port} 监听（{reason(error)}），请用 --port 换一个端口")
    except ValueError:
        return _failed("--host 只能是回环地址 127.0.0.1 或 ::1")
    print(f"ready {server.gateway_url}", flush=True)
    server.run()
    return 0


def _profiles(path: str) -> Mapping[str, Mapping[str, str]]:
    """Return the INI's own profiles, what is sealed in clear. Raises VcchkError."""
    from vcchk.records import sealing

    if not os.path.isfile(path):  # a HIS runs on without its INI; here the file was asked for
        raise VcchkError("9002", f"没有设置文件 {path}，请核对 --ini")
    settings = load_settings(path)
    return sealing.reveal_profiles(settings.profiles, places.state_folder(settings))


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
