"""``--find``: which device is on a port. Part of ``vcchk screen``, ``scan`` and ``print``."""

from __future__ import annotations

import sys

from vcchk.base.errors import DeviceError
from vcchk.cli import typed
from vcchk.cli.arguments import Parser
from vcchk.cli.commands import _device_failure
from vcchk.devices import port

HELP = "查找端口上的设备和波特率，打印 INI 设置；不写端口则逐个确认"


def add_argument(parser: Parser) -> None:
    """Give ``parser`` the option."""
    parser.add_argument("--find", metavar="端口", nargs="*", help=HELP)


def run(kind: str, ports: list[str], folder: str) -> int:
    """Look for a device of ``kind`` on the ports, or on those that the person confirms; 0, or 1 when there is none."""
    from vcchk.devices import find  # not for the window of driver ``window``, which starts by the screen command

    for name in ports or _confirmed():
        try:
            found = find.find(kind, name, folder, print)
            if found is None and kind == "scanner":
                print("没有扫码枪应答命令。有的型号不应答，改为听码：")
                found = find.listen(name, folder, print)
        except DeviceError as error:
            _device_failure.tell(error)
            continue
        if found is not None:
            print("找到了。写入 VirtualCardChk.ini：\n\n" + "\n".join(found.ini_lines(kind, name)))
            return 0
        print(f"{name} 上没有设备应答；请检查电源和连线（收发线是否接反），或看设备的说明书")
    return 1


def _confirmed() -> list[str]:
    """Return the ports of this machine that the person lets us ask."""
    chosen = []
    for found in port.available():
        print(f"{found.name}  {found.description}")
        answer = typed.answer("向它发送查询？接着密码键盘、读卡器等其他设备的端口不要试 [y/N]：")
        if answer is None:
            break
        if answer in ("y", "yes", "是"):
            chosen.append(found.name)
    if not chosen:
        print("没有选择端口，什么也没有发送；可以写明端口，如 --find COM3", file=sys.stderr)
    return chosen
