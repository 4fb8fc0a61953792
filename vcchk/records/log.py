"""The log: one UTF-8 file a day in the state folder's `log`, one line a call, shared by all programs of the machine.

A line is one write to a file opened for appending, which the systems keep whole among several processes and threads
(Wine 8 alone looks for the end and writes in two steps: programs writing in the same instant may tear a line there).
Nothing here ever raises: a till must not stop for its log. A disk that is full or read-only loses lines, tells
OutputDebugString (Windows) and, once it works again, says how many lines are missing.

Everything passes `vcchk.records.masking`. Form of a line::

    2026-11-22 03:52:06.123 4242.139 CALL ehc.ehealthcode.verify 00 12.3ms parse=0.1 exchange=10.2 id=3f2a-17 …
    date time (local)       pid.thread    method                 code      milliseconds by stage
"""

from __future__ import annotations

import os
import sys
import time
from _thread import allocate_lock, get_native_id

from vcchk import __version__
from vcchk.base.errors import SUCCESSES, VcchkError
from vcchk.records.folder import ensure_file, make_folder, make_subfolder
from vcchk.records.masking import guard, mask_serial, mask_setting, mask_text, mask_value, mask_word
from vcchk.runtime import process
from vcchk.settings import SECTIONS, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any

    from vcchk.records.syslog import Syslog
    from vcchk.settings import Settings

LEVELS = {"info": 20, "warn": 30, "error": 40}
PREFIX = "vcchk-"
SUFFIX = ".log"
STAGES = ("parse", "scan", "seal", "connect", "exchange", "open")
"""The stages of a call in their order; `Log.call` writes others after them, where they took any time."""
_OF_EXCHANGE = ("send", "wait", "read")
_IN_ORDER = frozenset((*STAGES, *_OF_EXCHANGE))
_NOTICED_MS = 0.05

RETRY_SECONDS = 30.0
"""How long a log that cannot be opened is left alone."""
MODULES_AFTER_SECONDS = 2.0
_MAX_TEXT_CHARS = 2000
_MAX_CAUSES = 6

if sys.platform == "win32":
    import _winapi

    _FILE_APPEND_DATA = 0x0004
    _SYNCHRONIZE = 0x00100000
    _SHARE_ALL = 0x7
    _OPEN_ALWAYS = 4
    _FILE_ATTRIBUTE_NORMAL = 0x80

    def _open(path: str) -> int:
        # With this one right, every write goes to the end of the file as one step; the C runtime's O_APPEND seeks
        # and then writes, and two processes would overwrite each other.
        access = _FILE_APPEND_DATA | _SYNCHRONIZE
        return _winapi.CreateFile(path, access, _SHARE_ALL, 0, _OPEN_ALWAYS, _FILE_ATTRIBUTE_NORMAL, 0)

    def _write(handle: int, data: bytes) -> int:
        return _winapi.WriteFile(handle, data)[0]

    def _close(handle: int) -> None:
        _winapi.CloseHandle(handle)

else:

    def _open(path: str) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _write(handle: int, data: bytes) -> int:
        return os.write(handle, data)

    def _close(handle: int) -> None:
        os.close(handle)


def _syslog(settings: Settings) -> Syslog | None:
    if not settings.log.syslog:
        return None
    from vcchk.records.syslog import Syslog

    return Syslog(settings.log.syslog)


class Log:
    """Writes lines; made once a process from the settings (``[log] folder, level, days``)."""

    def __init__(self, settings: Settings) -> None:
        self.folder = os.path.join(places.state_folder(settings), "log")
        self.fault: Exception | None = None
        """Why lines are being lost at this moment, for doctor; None when all is well."""
        self._settings = settings
        self._level = LEVELS.get(settings.log.level, LEVELS["info"])
        self._pid = os.getpid()
        self._lock = allocate_lock()
        self._handle: int | None = None
        self._since = self._until = 0.0
        """The day of the open file; the clock leaves it forwards at midnight, backwards when somebody sets it right."""
        self._retry_at = 0.0
        self._lost = 0
        self._broken_line = False
        self._stamp = (0, "")
        self.syslog = _syslog(settings)
        """Where failed calls are sent besides; None without ``[log] syslog``."""
        self.on_new_file: Callable[[], None] | None = None
        """Called when the process begins a file: its first, and each day's; must not wait, log or raise."""
        self._modules_at = -1.0  # when to list the host's libraries: -1 not known yet, 0 done

    # --- what callers use ---

    def info(self, text: str, **fields: object) -> None:
        """Write a line. ``fields`` are masked by their names, ``text`` by its form."""
        if self._level <= 20:
            self._line("INFO ", text, fields)

    def warn(self, text: str, **fields: object) -> None:
        """Write a warning: something a person should look at, though the call went on."""
        if self._level <= 30:
            self._line("WARN ", text, fields)

    def error(self, text: str, error: BaseException | None = None, **fields: object) -> None:
        """Write a failure, with the chain of causes of ``error``."""
        if error is not None:
            fields["cause"] = cause_chain(error)
        self._line("ERROR", text, fields)

    def call(
        self,
        method: str,
        code: str,
        ms: float,
        stages: Mapping[str, float] | None = None,
        *,
        request_id: str = "",
        serial: tuple[str, str] | None = None,
        error: BaseException | None = None,
        in_doubt: bool = False,
        **fields: object,
    ) -> None:
        """Write the one line of a call.

        ``ms`` and ``stages`` are milliseconds, ``serial`` is (field name, the caller's serial number), ``error`` what
        made the call fail: its chain of causes is appended. ``in_doubt``: the other side may have acted all the same.
        """
        try:
            failed = code not in SUCCESSES
            is_written = self._level <= (30 if failed else 20)
            syslog = self.syslog if failed else None
            if not is_written and syslog is None:
                return
            parts = [clean(mask_word(method)) or "-", clean(mask_text(code)) if failed else code, f"{ms:.1f}ms"]
            if stages:
                parts.extend(_stage_times(stages))
            if request_id:
                parts.append("id=" + clean(request_id))
            if serial is not None:
                parts.append(f"{serial[0]}={clean(mask_serial(serial[1]))}")
            if fields:
                parts.extend(_pairs(fields))
            if error is not None:
                parts.append("cause: " + cause_chain(error))
            line = " ".join(parts)
            if is_written:
                self._put("CALL ", line)
            if syslog is not None:
                syslog.call(line, in_doubt=in_doubt)
            if self._modules_at > 0 and time.monotonic() >= self._modules_at:
                self._log_foreign_modules()
        except Exception as fault:
            self._fault(fault)

    # --- how lines get to the file ---

    def _line(self, level: str, text: str, fields: dict[str, object]) -> None:
        try:
            line = clean(mask_text(_cut(text)))
            if fields:
                line = " ".join((line, *_pairs(fields)))
            self._put(level, line)
        except Exception as fault:
            self._fault(fault)

    def _put(self, level: str, line: str) -> None:
        now = time.time()
        data = f"{self._head(now)} {level} {line}\n".encode("utf-8", "backslashreplace")
        handle = self._handle
        if handle is None or not self._since <= now < self._until:
            with self._lock:
                handle = self._opened(now)
        if handle is None:
            self._lost += 1
            _debug_output(data)
            return
        if self._broken_line:
            data = b"\n" + data
        try:
            missing = len(data) - _write(handle, data)
        except OSError as fault:
            self._lost += 1
            self._fault(fault)
            _debug_output(data)
            return
        self._broken_line = missing > 0
        if missing:
            self._lost += missing > 1  # without its line end alone it is whole: the next line brings that
            from errno import ENOSPC

            self._fault(OSError(ENOSPC, "the disk took a part of a line"))
        elif self._lost:
            lost, self._lost, self.fault = self._lost, 0, None
            self._put("WARN ", f"日志有 {lost} 行没有写成（磁盘满或不可写），现已恢复")

    def _head(self, now: float) -> str:
        second = int(now)
        known, stamp = self._stamp
        if known != second:
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            self._stamp = (second, stamp)
        return f"{stamp}.{int((now - second) * 1000):03d} {self._pid}.{get_native_id()}"

    def _opened(self, now: float) -> int | None:
        """Return the handle of today's file, opening it with its header when the day or the process is new."""
        if self._handle is not None and self._since <= now < self._until:
            return self._handle
        if now < self._retry_at:
            return None
        today = time.localtime(now)
        old, self._handle = self._handle, None
        try:
            if old is not None:
                _close(old)
            make_subfolder(self.folder)
            path = os.path.join(self.folder, f"{PREFIX}{time.strftime('%Y%m%d', today)}{SUFFIX}")
            ensure_file(path)
            handle = _open(path)
            _write(handle, self._header(now))
        except OSError as fault:
            self._retry_at = now + RETRY_SECONDS
            self._fault(fault)
            return None
        # mktime normalises the day after the month's last; a day of 23 or 25 hours ends where the calendar says.
        self._since = time.mktime((today[0], today[1], today[2], 0, 0, 0, 0, 0, -1))
        self._until = time.mktime((today[0], today[1], today[2] + 1, 0, 0, 0, 0, 0, -1))
        self._handle = handle
        if self.on_new_file is not None:
            self.on_new_file()
        self._remove_old(now)
        self._plan_foreign_modules()
        return handle

    def _header(self, now: float) -> bytes:
        facts = [
            f"vcchk {__version__}",
            f"host={clean(process.program())}",
            f"{process.bits()}-bit",
            f"Python {sys.version.split()[0]}",
            process.system(),
            process.code_page(),
            f"home={clean(places.home())}",
            f"ini={clean(self._settings.path) or '-'}",
        ]
        head = self._head(now)
        lines = [f"{head} START " + " ".join(facts)]
        changed = changed_settings(self._settings)
        if changed:
            lines.append(f"{head} START settings: " + " ".join(changed))
        lines.extend(f"{head} WARN  INI: {clean(mask_text(text))}" for text in self._settings.warnings)
        return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")

    def _plan_foreign_modules(self) -> None:
        """Write the host's own copies of our libraries after a later call: listing them costs an import of ctypes.

        No thread does it: under Wine one exit in thirty, made while such a thread slept, ended by a signal.
        """
        if self._modules_at < 0 and places.runtime() is not None:
            self._modules_at = time.monotonic() + MODULES_AFTER_SECONDS

    def _log_foreign_modules(self) -> None:
        self._modules_at = 0.0
        if sys.platform == "win32" and not self._settings.log.folder:  # a folder that the site chose is its own
            from vcchk.records import access_list

            access_list.mend(places.state_folder(self._settings))
        found = process.foreign_modules()
        if found:
            self.info("the host holds its own copies of: " + ", ".join(os.path.basename(path) for path in found))

    def _remove_old(self, now: float) -> None:
        oldest = time.strftime("%Y%m%d", time.localtime(now - self._settings.log.days * 86400))
        first, last = f"{PREFIX}00000000{SUFFIX}", f"{PREFIX}{oldest}{SUFFIX}"
        for name in os.listdir(self.folder):
            if len(name) == len(first) and name.endswith(SUFFIX) and first <= name < last:
                try:
                    os.remove(os.path.join(self.folder, name))
                except OSError:
                    pass

    def _fault(self, fault: Exception) -> None:
        self.fault = fault.with_traceback(None)  # without the frames that it went through, and what they hold


def _stage_times(stages: Mapping[str, float]) -> list[str]:
    """Return ``name=milliseconds`` of each stage in their order; what `STAGES` lacks only where it took any time."""
    if "wait" in stages and "exchange" not in stages:
        stages = {**stages, "exchange": sum([stages.get(name, 0.0) for name in _OF_EXCHANGE])}
    times = [f"{name}={stages[name]:.1f}" for name in STAGES if name in stages]
    others = [name for name in stages if name not in _IN_ORDER and stages[name] >= _NOTICED_MS]
    return times + [f"{name}={stages[name]:.1f}" for name in others]


def clean(text: str) -> str:
    """Return text that stays on its line: control characters, line ends among them, become spaces."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or "\ud800" <= c <= "\udfff" else " " for c in text).strip()


def _cut(text: str) -> str:
    """Return at most `_MAX_TEXT_CHARS` characters, cut before masking at a place where no half number can remain."""
    if len(text) <= _MAX_TEXT_CHARS:
        return text
    end = _MAX_TEXT_CHARS
    while end and text[end - 1].isalnum() and text[end - 1].isascii():
        end -= 1
    return f"{text[:end]}…（共 {len(text)} 字）"


def _pairs(fields: Mapping[str, object]) -> list[str]:
    pairs = []
    for name, value in fields.items():
        if isinstance(value, (bool, float)) or value is None or (isinstance(value, int) and -(10**6) < value < 10**6):
            masked = str(value)
        elif name == "cause":
            masked = clean(mask_text(_cut(str(value))))
        else:
            masked = clean(mask_value(name, _cut(value) if isinstance(value, str) else value))
        pairs.append(f"{name}={masked}")
    return pairs


def cause_chain(error: BaseException) -> str:
    """Return the causes of a failure in one masked line: types, messages, and the place of what nobody expected."""
    parts: list[str] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen and len(parts) < _MAX_CAUSES:
        seen.add(id(now))
        try:
            text = clean(mask_text(_cut(str(now))))
        except Exception:
            text = "(no text)"  # a foreign exception may fail even at that; the line must not
        part = f"{type(now).__name__}: {text}" if text else type(now).__name__
        if not isinstance(now, (VcchkError, OSError)):
            part += _place(getattr(now, "__traceback__", None))
        parts.append(part)
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return " <- ".join(parts)


def _place(step: TracebackType | None) -> str:
    if step is None:
        return ""
    while step.tb_next is not None:
        step = step.tb_next
    code = step.tb_frame.f_code
    return f" ({os.path.basename(code.co_filename)}:{step.tb_lineno} {code.co_name})"


def changed_settings(settings: Settings) -> list[str]:
    """Return ``section.key=value`` for every setting that is not its default, secrets masked."""
    found = []
    for section, kind in SECTIONS.items():
        record: Any = getattr(settings, section)
        for key in kind._options:
            value = getattr(record, key)
            if value == getattr(kind, key):
                continue
            if key in kind._secret:
                masked = "***"
            else:
                masked = mask_setting(",".join(value) if isinstance(value, tuple) else str(value))
            found.append(f"{section}.{key}={clean(masked)}")
        # A driver's own keys without their values: which of them are secrets the driver alone knows.
        found.extend(f"{section}.{clean(mask_text(key))}=…" for key in getattr(record, "options", ()))
    found.extend(f"profile:{name}" for name in settings.profiles)
    return found


def _debug_output(data: bytes) -> None:
    """Hand a line that no file takes to the debugger's viewer (DebugView). Windows alone has one."""
    if sys.platform == "win32":
        try:
            import ctypes

            ctypes.WinDLL("kernel32").OutputDebugStringW("vcchk " + data.decode("utf-8", "replace"))
        except Exception:
            return


_process: Log | None = None
_process_lock = allocate_lock()


def start_log(settings: Settings) -> Log:
    """Make the process's log from these settings, and return it."""
    global _process
    if settings.wire.key:
        guard(settings.wire.key)
    _process = Log(settings)
    return _process


def get() -> Log:
    """Return the process's log; without a `start_log` before, the one that the INI describes."""
    with _process_lock:
        if _process is None:
            from vcchk.settings import load_settings

            start_log(load_settings(places.ini_path(), make_folder))
        assert _process is not None  # noqa: S101
        return _process
