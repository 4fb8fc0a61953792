"""VirtualCardChk.ini → frozen records. Every key, its default and its explanation stand here once.

The shipped INI (`template`) is written from the same tables. An unknown key or a bad value is a warning and the
default holds: a typing slip must not stop a registration window.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.settings import ini

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Abi(Record):
    """[abi]: the boundary to the HIS."""

    out_capacity: int = 2048
    nation_capacity: int = 4096
    encoding: str = "auto"
    rare: str = "gb18030"
    qrflow_convention: str = "cdecl"
    strict: bool = False


class Gateway(Record):
    """[gateway]: the way to the platform."""

    _secret = ("proxy",)
    timeout: float = 30.0
    connect_timeout: float = 10.0
    connect_tries: int = 2
    idle: float = 4.0
    verify: bool = True
    ca_bundle: str = ""
    proxy: str = ""
    allow_hosts: tuple[str, ...] = ()
    max_reply: int = 1048576


class Wire(Record):
    """[wire]: what travels."""

    _secret = ("key",)
    profile: str = "xiamen"
    verify_reply: str = "auto"
    key: str = ""


class Device(Record):
    """What every device has: its driver, its line, and the driver's own keys (``options``, raw)."""

    driver: str = ""
    port: str = ""
    baud: int = 0
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1.0
    flow: str = "none"
    timeout: float = 2.0
    options: Mapping[str, str] = {}


class Screen(Device):
    """[screen]: the extension screen."""

    mode: int = 0
    seconds: float = 60.0
    show: tuple[str, ...] = ("authurl",)


class Printer(Device):
    """[printer]: the label printer."""

    timeout: float = 3.0
    text: str = "bitmap"
    width_mm: float = 50.0
    height_mm: float = 30.0
    gap_mm: float = 2.0
    dpi: int = 203
    margin_mm: float = 2.0
    qr_mm: float = 20.0
    qr_level: str = "M"
    copies: int = 1
    mask_name: bool = False
    font: str = ""
    qr_box: str = ""
    name_box: str = ""
    card_box: str = ""
    status: bool = True


class Scanner(Device):
    """[scanner]: the barcode scanner."""

    baud: int = 9600
    seconds: float = 30.0
    scan: str = "missing"
    end: str = "auto"
    gap_ms: int = 80
    strip_aim: bool = False
    retrigger: float = -1.0
    encoding: str = "auto"


class Insurance(Record):
    """[insurance]: the national insurance voucher (医保电子凭证)."""

    device_type: str = ""
    encoding: str = "auto"
    code_field: str = "ecQrCode"


class Autofill(Record):
    """[autofill]: what SetEcQrcode does with the voucher's code."""

    way: str = "none"
    window: str = ""
    window_class: str = ""
    control: int = 0
    button: int = 0
    wait: float = 3.0
    seconds: float = 120.0
    enter: bool = True
    own_windows: bool = False
    file: str = ""
    clipboard_seconds: float = 10.0


class Journal(Record):
    """[journal]: what was sent and how it ended."""

    enabled: bool = True
    days: int = 90
    sync: str = "normal"


class Log(Record):
    """[log]: the log file."""

    folder: str = ""
    level: str = "info"
    days: int = 30


class Settings(Record):
    """Everything that VirtualCardChk.ini says. ``warnings`` are Chinese sentences about slips in it."""

    abi: Abi = Abi()
    gateway: Gateway = Gateway()
    wire: Wire = Wire()
    screen: Screen = Screen()
    printer: Printer = Printer()
    scanner: Scanner = Scanner()
    insurance: Insurance = Insurance()
    autofill: Autofill = Autofill()
    journal: Journal = Journal()
    log: Log = Log()
    profiles: Mapping[str, Mapping[str, str]] = {}
    path: str = ""
    warnings: tuple[str, ...] = ()


SECTIONS: dict[str, type[Record]] = {
    "abi": Abi,
    "gateway": Gateway,
    "wire": Wire,
    "screen": Screen,
    "printer": Printer,
    "scanner": Scanner,
    "insurance": Insurance,
    "autofill": Autofill,
    "journal": Journal,
    "log": Log,
}

# Closed lists; a value outside is a warning.
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("abi", "encoding"): ("auto", "gb18030", "utf-8"),
    ("abi", "rare"): ("gb18030", "escape"),
    ("abi", "qrflow_convention"): ("cdecl", "stdcall"),
    ("wire", "verify_reply"): ("auto", "strict", "off"),
    ("printer", "text"): ("bitmap", "font"),
    ("printer", "qr_level"): ("L", "M", "Q", "H"),
    ("scanner", "scan"): ("missing", "always", "never"),
    ("scanner", "end"): ("auto", "cr", "lf", "crlf", "gap"),
    ("scanner", "encoding"): ("auto", "utf-8", "gb18030"),
    ("insurance", "encoding"): ("auto", "utf-8", "gb18030"),
    ("autofill", "way"): ("none", "keys", "window", "clipboard", "file"),
    ("journal", "sync"): ("normal", "full"),
    ("log", "level"): ("debug", "info", "warn", "error"),
    **{(s, "parity"): ("N", "E", "O") for s in ("screen", "printer", "scanner")},
    **{(s, "flow"): ("none", "rtscts", "xonxoff", "dsrdtr") for s in ("screen", "printer", "scanner")},
}

# Lowest and highest sensible value of numbers; outside is a warning and the default holds.
LIMITS: dict[tuple[str, str], tuple[float, float]] = {
    ("abi", "out_capacity"): (64, 1 << 24),
    ("abi", "nation_capacity"): (64, 1 << 24),
    ("gateway", "timeout"): (0.1, 600),
    ("gateway", "connect_timeout"): (0.1, 600),
    ("gateway", "connect_tries"): (0, 2),
    ("gateway", "idle"): (0, 600),
    ("gateway", "max_reply"): (1024, 1 << 28),
    ("screen", "mode"): (0, 1),
    ("screen", "seconds"): (1, 3600),
    ("printer", "dpi"): (100, 1200),
    ("printer", "copies"): (1, 99),
    ("scanner", "seconds"): (1, 600),
    ("scanner", "gap_ms"): (5, 2000),
    ("scanner", "retrigger"): (-1, 60),
    ("autofill", "wait"): (0, 60),
    ("autofill", "seconds"): (1, 3600),
    ("journal", "days"): (1, 3650),
    ("log", "days"): (1, 3650),
}

_TRUE = frozenset({"yes", "y", "true", "on", "1", "是"})
_FALSE = frozenset({"no", "n", "false", "off", "0", "否"})


def convert(section: str, key: str, default: Any, text: str) -> Any:
    """Return ``text`` as the type of ``default``; raises ValueError with a Chinese reason."""
    choices = CHOICES.get((section, key))
    if choices is not None:
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise ValueError("只能是 " + "、".join(choices))
    if isinstance(default, bool):
        if text.lower() in _TRUE:
            return True
        if text.lower() in _FALSE:
            return False
        raise ValueError("只能是 yes 或 no")
    if isinstance(default, (int, float)):
        try:
            value = type(default)(text)
        except ValueError:
            raise ValueError("应为数字") from None
        low, high = LIMITS.get((section, key), (0, 1 << 31))
        if not low <= value <= high:
            raise ValueError(f"应在 {low:g} 到 {high:g} 之间")
        return value
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())
    return text


def _section(name: str, kind: type[Record], given: dict[str, str], warnings: list[str]) -> Record:
    values: dict[str, Any] = {}
    options: dict[str, str] = {}
    takes_options = "options" in kind._fields
    for key, text in given.items():
        if key in kind._fields and key != "options":
            if text == "":
                continue
            try:
                values[key] = convert(name, key, getattr(kind, key), text)
            except ValueError as error:
                warnings.append(f"[{name}] {key} 的值无效（{error}），已按默认值处理")
        elif takes_options:
            options[key] = text
        else:
            warnings.append(f"[{name}] {key} 不是已知的设置项")
    if takes_options:
        values["options"] = options
    return kind(**values)


def from_text(text: str, path: str = "") -> Settings:
    """Read settings from an INI's text. Never raises: slips become ``warnings``."""
    sections, warnings = ini.parse(text)
    values: dict[str, Any] = {}
    profiles: dict[str, dict[str, str]] = {}
    for name, given in sections.items():
        if name.startswith("profile:"):
            profiles[name[8:]] = given
        elif name in SECTIONS:
            values[name] = _section(name, SECTIONS[name], given, warnings)
        else:
            warnings.append(f"[{name}] 不是已知的节")
    return Settings(**values, profiles=profiles, path=path, warnings=tuple(warnings))


def load(path: str | None) -> Settings:
    """Read the INI at ``path``; a file that is missing or unreadable gives the defaults and a warning."""
    if path is None:
        return Settings()
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except FileNotFoundError:
        return Settings(path=path, warnings=("没有找到 VirtualCardChk.ini，全部按默认值运行",))
    except OSError as error:
        return Settings(path=path, warnings=(f"VirtualCardChk.ini 读不出（{error.strerror}），全部按默认值运行",))
    return from_text(ini.decode(data), path)
