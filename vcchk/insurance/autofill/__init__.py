"""SetEcQrcode (document B 3.5): put the voucher's code where the insurance software waits for a scan.

Documents A and B do not say how; each way is a module of this package with one function ``fill(job)``, chosen by
``[autofill] way``. A way either fills the whole code or raises `DeviceError` with a row of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from vcchk.base.errors import DeviceError
from vcchk.insurance.memory import Taken, VoucherMemory
from vcchk.records.log import Log
from vcchk.settings import AutofillSettings, Settings, places

# way: (module, Windows alone)
WAYS: dict[str, tuple[str, bool]] = {
    "keys": ("vcchk.insurance.autofill.keys", True),
    "window": ("vcchk.insurance.autofill.control", True),
    "clipboard": ("vcchk.insurance.autofill.clipboard", True),
    "file": ("vcchk.insurance.autofill.textfile", False),
}


@dataclass(frozen=True, kw_only=True)
class AutofillOutcome:
    """What SetEcQrcode answers: ``number`` 0 or of `errors.DEVICE_CODES`, ``message`` Chinese, "" on success.

    Every message is at most 255 bytes in GB18030 and in UTF-8.
    """

    number: int = 0
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One fill. ``current()`` turns False when the code may no longer be typed (a new verify, its time is over)."""

    code: str = field(repr=False)
    settings: AutofillSettings
    state_folder: str
    log: Log
    current: Callable[[], bool]


def fill(job: Job) -> Callable[[], None] | None:
    """Fill ``job.code``; returns what takes back the traces of it (a file, the clipboard), or None.

    Raises DeviceError: the rows voucher…, autofill…, window…, control… of `errors.DEVICE_CODES`.
    """
    way = WAYS.get(job.settings.way)
    if way is None:
        raise DeviceError("autofill_off")
    module, windows_alone = way
    if windows_alone and sys.platform != "win32":
        raise DeviceError("autofill_windows_only")
    undo: Callable[[], None] | None = import_module(module).fill(job)
    return undo


def run(memory: VoucherMemory, settings: Settings, log: Log) -> AutofillOutcome:
    """Carry out SetEcQrcode with the code that the last verify left in ``memory``. Raises nothing."""
    try:
        if settings.autofill.way not in WAYS:
            raise DeviceError("autofill_off")
        taken = memory.take()
        if taken.state:
            raise DeviceError(taken.state)
        _fill_taken(taken, memory, settings, log)
    except DeviceError as error:
        log.warn(
            "SetEcQrcode 没有填成", way=settings.autofill.way, number=error.number, reason=error.name, cause=error.cause
        )
        return AutofillOutcome(number=error.number, message=error.message)
    log.info("SetEcQrcode filled the code", way=settings.autofill.way)
    return AutofillOutcome()


def _fill_taken(taken: Taken, memory: VoucherMemory, settings: Settings, log: Log) -> None:
    job = Job(
        code=taken.code,
        settings=settings.autofill,
        state_folder=places.state_folder(settings),
        log=log,
        current=lambda: memory.current(taken),
    )
    filled = False
    undo = None
    try:
        undo = fill(job)
        filled = True
    except DeviceError:
        raise
    except Exception as error:
        # Type alone: the text of an exception could hold the code.
        raise DeviceError("internal", cause=f"{type(error).__name__} in way {job.settings.way}") from None
    finally:
        memory.done(taken, filled=filled, undo=undo)
