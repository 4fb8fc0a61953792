"""``vcchk scan``: trigger the scanner and show what arrives, as text and in hex."""

from __future__ import annotations

import time

from vcchk.base.errors import DeviceError
from vcchk.cli.arguments import Parser, decimal, whole
from vcchk.cli.commands import _device_failure, _find
from vcchk.devices import port
from vcchk.devices.scanner import Scanner
from vcchk.devices.scanner.families import ScannerFamily
from vcchk.records import log
from vcchk.runtime.pump import pump
from vcchk.settings import ScannerSettings, load_settings, places

HELP = """触发扫码枪，显示收到的内容（文字和十六进制）。

  vcchk scan                    按 INI 的 [scanner] 读一个码
  vcchk scan --count 3          连读三个
  vcchk scan --listen           不触发，只显示串口上来的每个字节（查波特率、后缀时用）
  vcchk scan --port COM3 --driver newland --baud 115200    临时换设置
  vcchk scan --ports            列出本机串口
  vcchk scan --find COM3        查找端口上的扫码枪、波特率
"""


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk scan", HELP)
    parser.add_argument("--driver", metavar="型号", help="型号，代替 INI 中的 driver")
    parser.add_argument("--port", metavar="端口", help="端口，代替 INI 中的 port")
    parser.add_argument("--baud", metavar="N", type=whole(1, 1 << 31), help="波特率，代替 INI 中的 baud")
    parser.add_argument("--seconds", metavar="秒", type=decimal(0, 86400), help="等待的秒数")
    parser.add_argument("--count", metavar="N", type=whole(1, 1 << 31), default=1, help="读几个码")
    parser.add_argument("--listen", action="store_true", help="只听，不触发")
    _find.add_argument(parser)
    parser.add_argument("--ports", action="store_true", help="列出串口")
    return parser


def _show(data: bytes) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {data.hex(' ').upper()}  {data.decode('gb18030', 'replace')!r}", flush=True)


def _listen(section: ScannerSettings, folder: str) -> int:
    line = port.make(section, ScannerFamily.BAUD, folder)
    if not isinstance(line, port.Port):
        raise DeviceError("bad_argument", "扫码枪的 port 不能是打印队列，请填串口号")
    until = time.monotonic() + section.seconds
    received = 0
    with line:
        while time.monotonic() < until:
            data = line.read_now()
            if data:
                received += len(data)
                _show(data)
            time.sleep(0.02)
    print(f"共收到 {received} 字节")
    return 0 if received else 1


def _read(section: ScannerSettings, folder: str, count: int) -> int:
    scanner = Scanner(section, log.get(), folder=folder)
    for _ in range(count):
        text = scanner.read(section.seconds, pump, _show)
        print(f"读到（{len(text)} 个字符）：{text}", flush=True)
    return 0


def _list_ports() -> int:
    found = port.available()
    if not found:
        print("本机没有串口：请检查 USB 线和驱动程序；键盘方式的扫码枪不占串口")
    for one in found:
        print(f"{one.name}  {one.description}  {one.lasting_name}".rstrip())
    return 0


def main(argv: list[str]) -> int:
    """Read codes or listen; 0, or 1 when nothing was read or the scanner failed."""
    options = make_parser().parse_args(argv)
    if options.ports:
        return _list_ports()
    chosen = load_settings(places.ini_path())
    folder = places.state_folder(chosen)
    if options.find is not None:
        return _find.run("scanner", options.find, folder)
    overrides = {key: getattr(options, key) for key in ("driver", "port", "baud", "seconds")}
    section = chosen.scanner.replace(**{key: value for key, value in overrides.items() if value is not None})
    try:
        if options.listen:
            return _listen(section, folder)
        return _read(section, folder, options.count)
    except DeviceError as error:
        _device_failure.tell(error)
    return 1
