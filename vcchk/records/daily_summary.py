"""The day's summary for ``[log] syslog``: sent once a machine, by the first program that logs on a later day."""

from __future__ import annotations

import os
import time
from _thread import start_new_thread

from vcchk import __version__
from vcchk.records.journal.reading import Reader
from vcchk.records.log import LEVELS, Log
from vcchk.records.statistics import last_days, of_days, percentile
from vcchk.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MARKER = "syslog-"
"""A file of this name and the day: empty while a program sends the day's summary, `SENT` when it has left."""
SENT = b"sent"
TAKEN_OVER_AFTER = 60.0
"""Seconds. A program that ended before its summary had left leaves an empty marker; the next one sends it."""


def send_when_due(log: Log, settings: Settings, dialect: Callable[[], str]) -> None:
    """Send the summary of the last day before today that has a log, unless it was sent. Nothing waits; never raises.

    ``dialect`` returns by which rules this machine talks.
    """
    if log.syslog is None:
        return
    today = time.strftime("%Y%m%d")
    days = [day for day in last_days(log.folder, 40) if day < today]
    if days and _is_ours_to_send(log.folder, days[-1]):
        try:
            start_new_thread(_send, (log, settings, dialect, days[-1]))
        except RuntimeError:  # no more threads for this program
            return


def _is_ours_to_send(folder: str, day: str) -> bool:
    marker = os.path.join(folder, MARKER + day)
    try:
        os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return _is_left_behind(marker)
    except OSError:
        return False  # nothing can be written here
    return True


def _is_left_behind(marker: str) -> bool:
    """Tell whether the program that began to send is gone; this one has taken its place then."""
    try:
        state = os.stat(marker)
        if state.st_size or time.time() - state.st_mtime < TAKEN_OVER_AFTER:
            return False
        os.utime(marker)
    except OSError:
        return False
    return True


def _send(log: Log, settings: Settings, dialect: Callable[[], str], day: str) -> None:
    try:
        if log.syslog is None or not log.syslog.day(summary(log.folder, settings, dialect(), day)):
            return
        with open(os.path.join(log.folder, MARKER + day), "wb") as marker:
            marker.write(SENT)
        _remove_other_markers(log.folder, day)
    except Exception:
        return  # a summary is not worth a till's program


def _remove_other_markers(folder: str, day: str) -> None:
    for name in os.listdir(folder):
        if name.startswith(MARKER) and name != MARKER + day:
            os.remove(os.path.join(folder, name))


def summary(folder: str, settings: Settings, dialect: str, day: str) -> str:
    """Return a day (yyyymmdd) as ``name=value`` pairs: calls, failures by code, times by method, what is in doubt.

    What ``[log] level`` keeps out of the log is unknown: "-", and no method.
    """
    found = of_days(folder, [day])
    level = LEVELS[settings.log.level]
    calls, failed = found.calls if level <= LEVELS["info"] else "-", found.failed if level <= LEVELS["warn"] else "-"
    fields = [f"day={day}", f"version={__version__}", f"profile={''.join(dialect.split())}"]
    fields += [f"calls={calls}", f"failed={failed}", f"in_doubt={_in_doubt(settings)}"]
    fields += [f"code.{code}={count}" for code, count in sorted(found.failures.items())]
    if level > LEVELS["info"]:
        return " ".join(fields)
    for method, times in sorted(found.times.items()):
        p50, p95 = percentile(times, 50), percentile(times, 95)
        fields.append(f"{method}={len(times)}/p50={p50:.0f}ms/p95={p95:.0f}ms")
    return " ".join(fields)


def _in_doubt(settings: Settings) -> str:
    try:
        with Reader(settings) as reader:
            return str(reader.count().in_doubt)
    except Exception:
        return "-"
