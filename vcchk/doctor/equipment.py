"""Checks of the devices: which ports there are, and whether each device that the INI names is there and answers."""

from __future__ import annotations

from collections.abc import Iterator

from vcchk.base.errors import DeviceError
from vcchk.devices import options, port, registry
from vcchk.devices.driver import PortDriver
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.records import masking
from vcchk.settings import Settings, places
from vcchk.specification import kinds
from vcchk.wire.message import Message

_COMMANDS = {"screen": "vcchk screen", "printer": "vcchk print", "scanner": "vcchk scan"}


def ports(_settings: Settings) -> Iterator[Finding]:
    """The serial ports of this machine."""
    found = port.available()
    names = "、".join(map(_described, found[:12]))
    yield Finding(check="串口", level=OK, text=names or "本机没有串口")


def _described(found: port.SerialPort) -> str:
    """Return a port's name with what it is, and the name that stays when its COM number changes."""
    notes = [found.description] if found.description and found.description != "n/a" else []
    notes += [f"COM 号会变时写 {found.lasting_name}"] if found.lasting_name else []
    return f"{found.name}（{'；'.join(notes)}）" if notes else found.name


def devices(settings: Settings) -> Iterator[Finding]:
    """Screen, printer and scanner of the INI: driver known, its keys known, port opens."""
    for kind, title in registry.KINDS.items():
        section = getattr(settings, kind)
        if not section.driver:
            yield Finding(check=title, level=OK, text="未配置")
            continue
        yield from _device(settings, kind, title)


def code_reader(settings: Settings, request: Message) -> Iterator[Finding]:
    """Whether somebody reads the code of a verify that has none (``request``: the HIS's own InData)."""
    biz = request.biz or {}
    if request.biz is None or not kinds.is_verify_without_code(request.method, biz):
        return
    scanner = settings.scanner
    if scanner.driver and scanner.scan != "never":
        return
    own = "医保服务自己的读码器只读医保电子凭证，" if biz.get("ECUrl") else ""
    text = "给出的请求没有 ehealth_code，要由动态库读码，" + (
        "但 [scanner] scan = never" if scanner.driver else "但没有设置扫码枪"
    )
    advice = f"{own}要读电子健康卡二维码请设置 [scanner] driver 和 port，或由 HIS 读码后传 ehealth_code"
    yield Finding(check="扫码枪", level=WARN, text=text, advice=advice)


def _device(settings: Settings, kind: str, title: str) -> Iterator[Finding]:
    section = getattr(settings, kind)
    try:
        driver = registry.load(kind, section.driver, section.positions.get("driver", ""))
    except DeviceError as error:
        yield Finding(check=title, level=FAIL, text=error.message, advice=f"请修改 [{kind}] driver")
        return
    _, warnings = options.read(driver.OPTIONS, section)
    for warning in warnings:
        yield Finding(check=title, level=WARN, text=f"[{kind}] {warning}", advice="请对照该型号的说明修改")
    driver_and_port = f"{section.driver} {section.port}".strip()
    if not isinstance(driver, PortDriver):
        yield Finding(check=title, level=OK, text=driver_and_port)
        return
    if not section.port:
        yield Finding(check=title, level=FAIL, text=f"{section.driver} 没有设置端口", advice=f"请设置 [{kind}] port")
        return
    try:
        if kind == "printer":
            text = _printer(settings)
        else:
            with port.make(section, driver.BAUD, folder=places.state_folder(settings)):
                text = "端口能打开"
    except DeviceError as error:
        yield _trouble(kind, title, driver_and_port, error)
        return
    yield Finding(check=title, level=OK, text=f"{driver_and_port}：{text}（实际效果请用 {_COMMANDS[kind]} 试）")


def _printer(settings: Settings) -> str:
    """Ask the printer; returns how it is. Raises DeviceError with what is wrong."""
    from vcchk.devices.printer import Printer

    state = Printer(settings.printer, folder=places.state_folder(settings)).status()
    if state.faults:
        raise DeviceError(state.faults[0])
    return "端口能打开" if not settings.printer.status else "状态正常"


def _trouble(kind: str, title: str, driver_and_port: str, error: DeviceError) -> Finding:
    if error.name == "busy":
        return Finding(
            check=title,
            level=WARN,
            text=f"{driver_and_port}：{error.message}",
            advice="HIS 正在使用时属正常；要检查请先关闭 HIS",
        )
    advice = "请按提示处理后再试"
    if error.name == "open_failed":
        names = "、".join(found.name for found in port.available())
        advice = f"请检查端口号、连线和电源；本机串口：{names or '无'}"
    elif error.name in ("no_answer", "bad_reply"):
        advice = f"请核对型号和波特率，可用 {_COMMANDS[kind]} --find 端口 查找"
    return Finding(check=title, level=FAIL, text=f"{driver_and_port}：{error.message}", advice=advice)


def last_label(settings: Settings) -> Iterator[Finding]:
    """The last label that failed and has not been followed by a good one, and those that nobody is printing."""
    if not settings.printer.driver:
        return
    from vcchk.devices.printer import pending
    from vcchk.devices.printer.controller import last_failure

    record = last_failure(places.state_folder(settings))
    if record is not None:
        yield Finding(
            check="标签打印机",
            level=WARN,
            text=f"上一张标签没有打成（{record.get('time', '')}）：{masking.mask_text(str(record.get('message', '')))}",
            advice="处理后重新打印一张",
        )
    lost = pending.abandoned(places.state_folder(settings))
    if lost:
        yield Finding(
            check="标签打印机",
            level=WARN,
            text=f"有 {len(lost)} 张标签没有打印完",
            advice="请用 vcchk print --pending 逐张打印或删除",
        )
