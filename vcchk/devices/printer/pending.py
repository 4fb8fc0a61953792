"""Labels of QRprint = Y that are not printed yet, kept on the disk in case the HIS ends before.

Each is a file ``labels/<time>-<pid>-<number>.label`` of the state folder: one byte (`WAITING` or `BEGUN`) and the label
sealed as the journal's replies are (`vcchk.records.sealing`). The program that prints it holds a lock on it, so a file
that can be locked is one whose program has ended or has given up. It is never printed by itself: a person decides
(``vcchk print --pending``), since somebody may have printed it again by then. After a day it is deleted.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from dataclasses import dataclass

from vcchk.devices import LABELS_FOLDER
from vcchk.devices.printer.label import Content
from vcchk.records import sealing
from vcchk.records.file_lock import try_lock
from vcchk.records.folder import ensure_file, make_folder
from vcchk.records.log import Log

ENDING = ".label"
KEPT_SECONDS = 24 * 3600
WAITING, BEGUN = b"0", b"1"
_BINARY = getattr(os, "O_BINARY", 0)
_numbers = itertools.count()


class PendingLabel:
    """One label of this program that is on its way to the printer."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def begin(self) -> None:
        """Note that its first byte is about to leave: from now on it may be printed."""
        self._mark(BEGUN)

    def release(self, *, begun: bool) -> None:
        """Let go of it: a person may print or drop it. ``begun``: it may be printed."""
        self._mark(BEGUN if begun else WAITING)
        os.close(self._descriptor)

    def remove(self) -> None:
        """Forget it: it is printed."""
        os.close(self._descriptor)
        _remove(self._path)

    def _mark(self, state: bytes) -> None:
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, state)
        except OSError:
            pass  # a disk that fails keeps no label from being printed


@dataclass(frozen=True, kw_only=True)
class AbandonedLabel:
    """A label whose program ended, or gave up, before it was printed.

    ``begun``: part of it went to the printer. ``kept_at``: seconds since 1970.
    """

    path: str
    kept_at: float
    begun: bool

    def content(self, folder: str) -> Content:
        """Return what stands on it. Raises SealError or OSError."""
        with open(self.path, "rb") as file:
            sealed = file.read()[1:]
        return Content(**json.loads(sealing.unseal(sealed, folder)))

    def remove(self) -> None:
        """Delete it."""
        _remove(self.path)


def keep(folder: str, content: Content, log: Log | None) -> PendingLabel | None:
    """Keep a label in the state folder ``folder``; None where that fails, which is logged and hinders no printing."""
    text = json.dumps({"code": content.code, "card": content.card, "name": content.name})
    name = f"{time.time():.3f}-{os.getpid()}-{next(_numbers)}{ENDING}"
    path = os.path.join(folder, LABELS_FOLDER, name)
    abandoned(folder)  # deletes those of yesterday
    try:
        make_folder(os.path.dirname(path))
        sealed = sealing.seal(text.encode(), folder)
        ensure_file(path, secret=True)
        descriptor = os.open(path, os.O_RDWR | _BINARY)
        try_lock(descriptor)
        os.write(descriptor, WAITING + sealed)
    except (OSError, sealing.SealError) as error:
        if log is not None:
            log.warn("待打标签存不下来，HIS 此时退出会丢失这张标签", cause=str(error))
        return None
    return PendingLabel(path, descriptor)


def abandoned(folder: str) -> list[AbandonedLabel]:
    """Return the labels that no program is printing, the oldest first; those of more than a day ago are deleted."""
    found = []
    try:
        names = sorted(os.listdir(os.path.join(folder, LABELS_FOLDER)))
    except OSError:
        return []
    for name in names:
        path = os.path.join(folder, LABELS_FOLDER, name)
        kept_at = _kept_at(name)
        state = _state(path) if kept_at else None
        if state is None:
            continue
        if abs(time.time() - kept_at) > KEPT_SECONDS:
            _remove(path)
        elif state:  # an empty file is one that is being made
            found.append(AbandonedLabel(path=path, kept_at=kept_at, begun=state == BEGUN))
    return found


def report(folder: str, log: Log) -> None:
    """Log how many labels an earlier program left."""
    labels = abandoned(folder)
    if labels:
        begun = sum(label.begun for label in labels)
        log.warn(
            f"有 {len(labels)} 张标签没有打印完（其中 {begun} 张可能已打出），请用 vcchk print --pending 逐张打印或删除"
        )


def _kept_at(name: str) -> float:
    try:
        return float(name.partition("-")[0]) if name.endswith(ENDING) else 0.0
    except ValueError:
        return 0.0


def _state(path: str) -> bytes | None:
    """Return the file's first byte, None while a program has it or it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDWR | _BINARY)
    except OSError:
        return None
    try:
        return os.read(descriptor, 1) if try_lock(descriptor) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        pass  # somebody else was faster, or the next sweep will do
