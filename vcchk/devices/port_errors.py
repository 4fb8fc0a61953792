"""What the system's error on a port means to the person at the till: by its number, never by its kind.

Python maps the Windows errors 19 to 36 all to PermissionError (errno 13), so that an adapter with a broken driver
(31) looks like a port that another program holds (5). pyserial keeps the number only in the text of its exception.
"""

from __future__ import annotations

import errno
import re
from typing import NamedTuple

from vcchk.base.errors import DeviceError


class NothingSent(DeviceError):
    """No byte of a job has left, and none will: whatever it was for has not happened."""


class Meaning(NamedTuple):
    """A row of `DEVICE_CODES` and the sentence; ``{port}`` and ``{number}`` are filled in."""

    name: str
    sentence: str


MISSING = Meaning("open_failed", "设备端口 {port} 打不开：没有这个端口，请检查设备是否插好、端口号是否正确")
BUSY = Meaning("busy", "端口 {port} 正被另一个程序占用，请关闭它或稍后再试")
FAULTY = Meaning(
    "device_fault", "端口 {port} 的设备或驱动程序出错（系统错误 {number}），请重新插拔；仍不行请在设备管理器中检查驱动"
)
SILENT = Meaning("no_answer", "端口 {port} 超时没有反应（系统错误 {number}），请检查设备的电源和连线")
UNFIT = Meaning("open_failed", "端口 {port} 不接受所设的波特率、数据位、校验位或流控，请核对设置")
FORBIDDEN = Meaning("open_failed", "无权使用设备端口 {port}，请把运行 HIS 的用户加入 dialout 组")
CLOSED = Meaning("open_failed", "设备端口 {port} 打不开，请检查端口号、连线和电源")

ABSENT_USB = Meaning("open_failed", "设备端口 {port} 打不开：没有找到这个 USB 编号的设备，请检查是否插好")

# winerror.h; where a number is seen on a serial port.
WINDOWS: dict[int, Meaning] = {
    2: MISSING,  # FILE_NOT_FOUND
    3: MISSING,  # PATH_NOT_FOUND
    433: MISSING,  # NO_SUCH_DEVICE
    5: BUSY,  # ACCESS_DENIED: a second opener gets it
    32: BUSY,  # SHARING_VIOLATION
    170: BUSY,  # BUSY
    21: FAULTY,  # NOT_READY
    22: FAULTY,  # BAD_COMMAND: an adapter that was pulled out
    31: FAULTY,  # GEN_FAILURE: "a device attached to the system is not functioning"
    55: FAULTY,  # DEV_NOT_EXIST
    995: FAULTY,  # OPERATION_ABORTED: pulled out while a read waits
    1117: FAULTY,  # IO_DEVICE
    1167: FAULTY,  # DEVICE_NOT_CONNECTED
    121: SILENT,  # SEM_TIMEOUT: a Bluetooth port whose device is off
    258: SILENT,  # WAIT_TIMEOUT
    1460: SILENT,  # TIMEOUT
    87: UNFIT,  # INVALID_PARAMETER
}
POSIX: dict[int, Meaning] = {
    errno.ENOENT: MISSING,
    errno.ENXIO: MISSING,
    errno.ENODEV: MISSING,
    errno.EBUSY: BUSY,  # TIOCEXCL
    errno.EAGAIN: BUSY,  # flock
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EIO: FAULTY,
    errno.ETIMEDOUT: SILENT,
    errno.EINVAL: UNFIT,
}

_IN_TEXT = re.compile(r", None, (\d+)(?:, None)?\)")
"""The number at the end of an OSError's repr: ``PermissionError(13, 'Access is denied.', None, 5)``."""


def windows_number(error: BaseException) -> int | None:
    """Return the Windows error number of an exception, also of one whose repr stands in pyserial's text."""
    number = getattr(error, "winerror", None)
    if number is None:
        found = _IN_TEXT.search(repr(error))
        number = int(found[1]) if found else None
    return number


def on_open(port: str, error: Exception) -> DeviceError:
    """Return what to report when ``port`` cannot be opened."""
    windows = windows_number(error)
    number = windows if windows is not None else getattr(error, "errno", None)
    table = POSIX if windows is None else WINDOWS
    meaning = table.get(number or 0, CLOSED)
    if port.lower().startswith("hwgrep://") and number is None:
        meaning = ABSENT_USB
    return _report(meaning, port, number, error)


def on_use(port: str, error: Exception, name: str) -> DeviceError:
    """Return what to report when reading or writing fails: ``name``, unless Windows' number says more."""
    number = windows_number(error)
    meaning = WINDOWS.get(number or 0)
    if meaning is None or meaning.name == "open_failed":
        return DeviceError(name, cause=f"{port}: {type(error).__name__}: {error}")
    return _report(meaning, port, number, error)


def _report(meaning: Meaning, port: str, number: int | None, error: Exception) -> DeviceError:
    sentence = meaning.sentence.format(port=port, number=number)
    return DeviceError(meaning.name, sentence, cause=f"{port}: {type(error).__name__}: {error}")
