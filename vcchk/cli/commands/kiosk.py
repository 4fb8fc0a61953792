"""``vcchk kiosk``: a hospital's terminal in a browser, on the built library."""

from __future__ import annotations

import sys

from vcchk.base.system_errors import reason
from vcchk.cli.arguments import PORT, Parser

HELP = "在本机运行参考终端：收费窗口、自助机、医生工作站等，通过动态库办理"

DESCRIPTION = """在本机运行参考终端：加载编译好的动态库，按文档第 2 章演示收费窗口、自助机和院内其他系统的全部流程。

只在本机回环地址监听。启动后在标准输出打印一行 ready 和网址，用浏览器打开即可。没有平台时先运行 vcchk sandbox；
不带 --app 时使用模拟平台的演示应用。密钥只写在 --app 的文件里，不上命令行。按 Ctrl+C 结束。"""


def make_parser() -> Parser:
    """Return what reads the command's words."""
    from vcchk.cli.commands._sandbox_orders import DEFAULT_PORT
    from vcchk.kiosk.choices import CARD_NAMES, CARD_NUMBERS, SOURCES

    parser = Parser("vcchk kiosk", DESCRIPTION)
    parser.add_argument("--dll", required=True, metavar="文件", help="VirtualCardChk.dll 或 libVirtualCardChk.so")
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{DEFAULT_PORT}/ehcService/gateway.do",
        metavar="网址",
        help=f"平台地址（默认本机模拟平台的 {DEFAULT_PORT} 端口）",
    )
    parser.add_argument("--app", metavar="文件", help="应用的 JSON 文件：app_id、key、term_id（默认演示应用）")
    parser.add_argument("--port", type=PORT, default=0, metavar="N", help="端口，0 为任意空闲端口（默认 0）")
    parser.add_argument("--db", default=":memory:", metavar="文件", help="院内档案的 SQLite 文件（默认只在内存中）")
    parser.add_argument(
        "--name", choices=list(CARD_NAMES), default="电子健康卡", help="卡的名称，也决定用哪份文档的字段"
    )
    parser.add_argument(
        "--card-number", choices=list(CARD_NUMBERS), default="社保卡号", help="社保卡用户在院内用哪个号"
    )
    parser.add_argument("--source", choices=list(SOURCES), help="被扫：wedge 键盘口扫码枪，scanner 动态库自己读码")
    parser.add_argument("--ec-url", metavar="网址", help="医保电子凭证请求地址（默认本机模拟平台的）")
    parser.add_argument("--encoding", choices=("gb18030", "utf-8"), default="gb18030", help="传给动态库的文字编码")
    return parser


def main(argv: list[str]) -> int:
    """Run until interrupted; returns 0, or 1 when it cannot start."""
    options = make_parser().parse_args(argv)
    import sqlite3

    from vcchk.kiosk.archive import PatientArchive
    from vcchk.kiosk.choices import VOUCHER_PATH, Application, ChoiceError, Choices, local_base
    from vcchk.kiosk.library import Library, LibraryError
    from vcchk.kiosk.terminal import Terminal
    from vcchk.kiosk.web import KioskServer

    try:
        app = Application.read(options.app) if options.app else Application()
        base = local_base(options.url)
        choices = Choices(
            name=options.name,
            card_number=options.card_number,
            ec_url=options.ec_url or (base + VOUCHER_PATH if base else ""),
            source=options.source or ("scanner" if options.name == "多码融合码" else "wedge"),
        )
        library = Library(options.dll, options.encoding)
        terminal = Terminal(library, PatientArchive(options.db), options.url, app, choices)
        server = KioskServer(terminal, options.port)
    except (ChoiceError, LibraryError) as error:
        return _failed(str(error))
    except sqlite3.Error as error:
        return _failed(f"打不开院内档案 {options.db}：{reason(error)}")
    except OSError as error:
        return _failed(f"不能在 127.0.0.1:{options.port} 监听（{reason(error)}），请用 --port 换一个端口")
    print(f"ready {server.base_url}", flush=True)
    server.run()
    return 0


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
