"""Many windows' reports (`vcchk.doctor.window`) as rows of one table: who needs somebody to come by."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from vcchk.base.system_errors import reason
from vcchk.doctor.finding import FAIL
from vcchk.doctor.platform import CERTIFICATE_DAYS, CLOCK_WARN_SECONDS
from vcchk.doctor.window import DEVICES, FORMAT, TIME

UNSEEN_SECONDS = 86400.0
AHEAD_SECONDS = 600.0
"""A report from so far in the future is of a computer whose clock is wrong, or this one's is."""
MAX_ERROR_SHARE = 0.1
MIN_CALLS = 10
"""Of fewer calls no share is told: one failure of two says little."""
MAX_BYTES = 1 << 20
"""Of a report: one is some kilobytes."""
MAX_TEXT = 64
"""Characters of a name in the table; a Windows computer's name has 15, a Linux host's 64."""
DEVICE_NAMES = {"screen": "扩展屏", "printer": "打印机", "scanner": "扫码枪"}


@dataclass(frozen=True)
class Window:
    """One window. ``seen_seconds``: the report's age. None: the report does not say. ``problems``: Chinese, short.

    All texts are of printable characters on one line, whatever stood in the file called ``file``.
    """

    computer: str
    file: str = ""
    time: str = ""
    seen_seconds: float | None = None
    version: str = ""
    dialect: str = ""
    last_call: str = ""
    calls: int | None = None
    error_share: float | None = None
    in_doubt: int | None = None
    clock_seconds: float | None = None
    certificate_days: int | None = None
    devices_off: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def read(folder: str, now: float) -> list[Window]:
    """Return the windows whose reports are in ``folder``, those with problems first. Raises OSError for the folder."""
    with os.scandir(folder) as entries:
        paths = [entry.path for entry in entries if _may_be_report(entry)]
    windows = _one_a_computer([_window(path, now) for path in paths])
    newest = max((_version(window.version) for window in windows), default=())
    windows = [_with_version(window, newest) for window in windows]
    return sorted(windows, key=lambda window: (not window.problems, window.computer.lower()))


def _may_be_report(entry: os.DirEntry[str]) -> bool:
    """Tell whether a name in the folder is a file's that ends with .json; a link that leads nowhere counts, too."""
    if not entry.name.lower().endswith(".json"):
        return False
    try:
        return entry.is_file() or not os.path.exists(entry.path)
    except OSError:  # a link that leads to itself
        return True


def _one_a_computer(windows: list[Window]) -> list[Window]:
    """Return the newest report of each computer; that there are others (copies, old names) is its problem."""
    of_computer: dict[str, list[Window]] = {}
    for window in windows:
        of_computer.setdefault(window.computer.lower(), []).append(window)
    kept = []
    for reports in of_computer.values():
        newest = max(reports, key=lambda window: (window.time, window.file))
        others = sorted(window.file for window in reports if window is not newest)
        if others:
            problem = f"还有别的报告（{'、'.join(others)}），请移走"
            newest = replace(newest, problems=(*newest.problems, problem))
        kept.append(newest)
    return kept


def _window(path: str, now: float) -> Window:
    file = os.path.basename(path)
    name, file = _text(file[: -len(".json")]), _text(file)
    try:
        return replace(_of_report(_content(path), now, name), file=file)
    except OSError as error:
        problem = f"报告读不出（{reason(error)}）"
    except _UnreadableError as error:
        problem = str(error)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        problem = "报告读不出（不是 vcchk doctor --out 写的），请移走或重新生成"
    return Window(computer=name, file=file, problems=(problem,))


class _UnreadableError(Exception):
    """A file is no report that can be read; the message is a Chinese sentence."""


def _content(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES)
    try:
        found: dict[str, Any] = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _UnreadableError("报告读不出（没有写完或已损坏），请在该窗口重新生成") from None
    if found["format"] > FORMAT:
        raise _UnreadableError("报告是更新的版本写的，请用新版的 vcchk fleet 汇总")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _number(value: Any) -> Any:
    """Return a figure that may be missing. Raises TypeError for what is no number, ValueError for one beyond bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise TypeError(value)
    if value is not None and not math.isfinite(value):
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    """Return a text on one line, of printable characters, cut at `MAX_TEXT`. Raises TypeError for what is none."""
    if not isinstance(value, str):
        raise TypeError(value)
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def _of_report(found: dict[str, Any], now: float, name: str) -> Window:
    figures = found["figures"]
    written = time.strptime(found["time"], TIME)
    calls, failed = _number(figures.get("calls")), _number(figures.get("failed"))
    window = Window(
        computer=_text(found["computer"]) or name,
        time=time.strftime(TIME, written),
        seen_seconds=now - time.mktime(written),
        version=_text(found["version"]),
        dialect=_text(found["dialect"]),
        last_call=_text(figures.get("last_call", "")),
        calls=calls,
        error_share=failed / calls if calls and failed is not None else None,
        in_doubt=_number(figures.get("in_doubt")),
        clock_seconds=_number(figures.get("clock_seconds")),
        certificate_days=_number(figures.get("certificate_days")),
        devices_off=tuple(map(_text, found["devices_off"])),
    )
    others = {_text(row["check"]) for row in found["findings"] if row["level"] == FAIL}
    return _with_problems(window, sorted(others - DEVICES.keys()))


def _with_problems(window: Window, failed_checks: list[str]) -> Window:
    age = window.seen_seconds or 0
    rules = (
        (age > UNSEEN_SECONDS, f"{age / 86400:.0f} 天没有报告"),
        (age < -AHEAD_SECONDS, "报告的时间还没有到，请核对两边电脑的日期"),
        ((window.in_doubt or 0) > 0, f"{window.in_doubt} 笔状态未知"),
        (
            (window.calls or 0) >= MIN_CALLS and (window.error_share or 0) > MAX_ERROR_SHARE,
            f"失败 {100 * (window.error_share or 0):.0f}%",
        ),
        (abs(window.clock_seconds or 0) >= CLOCK_WARN_SECONDS, f"时钟{clock(window.clock_seconds or 0)}"),
        (
            window.certificate_days is not None and window.certificate_days < CERTIFICATE_DAYS,
            f"平台证书{certificate(window.certificate_days or 0)}",
        ),
        *((True, f"{DEVICE_NAMES.get(device, device)}不通") for device in window.devices_off),
        *((True, f"{check}故障") for check in failed_checks),
    )
    return replace(window, problems=tuple(text for is_so, text in rules if is_so))


def clock(seconds: float) -> str:
    """Return in Chinese how far a computer's clock is ahead of the platform's (fast) or behind it (slow)."""
    whole = round(abs(seconds))
    return f"{'快' if seconds > 0 else '慢'} {whole} 秒" if whole else "0 秒"


def certificate(days: int) -> str:
    """Return in Chinese how long the platform's certificate lasts yet, or since when it does not."""
    return f"还有 {days} 天" if days >= 0 else f"已过期 {-days} 天"


def _with_version(window: Window, newest: tuple[int, ...]) -> Window:
    if not window.version or _version(window.version) >= newest:
        return window
    return replace(window, problems=(*window.problems, f"版本旧（{window.version}）"))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
