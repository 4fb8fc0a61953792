"""One patient at one place: what has happened so far, and the step that is under way in a thread of its own."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from vcchk.kiosk.archive import FoundPatient, Identity, Patient
from vcchk.kiosk.places import Function, Place
from vcchk.kiosk.readers import Document
from vcchk.kiosk.trace import Trace

MAX_VISITS = 200


@dataclass
class Reading:
    """What one reading of a card gave, and what followed from it: nothing of an earlier one can stand beside it.

    ``waits_for_choice``: no archive, and creating one is the person's choice (2.3.1). ``notes``: (is good, sentence).
    """

    headline: str = ""
    document: Document | None = None
    identity: Identity | None = None
    found: FoundPatient | None = None
    waits_for_choice: bool = False
    declined: bool = False
    notes: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def patient(self) -> Patient | None:
        """The archive's patient, when there is one."""
        return self.found.patient if self.found else None


@dataclass
class Authorisation:
    """主扫: what the page shows. ``ends``: when its countdown is over, by the monotonic clock. ``status``: the last
    auth_status. ``next``: where the page goes after succ. ``note``: what the extension screen could not do.
    ``is_cancelled``: the person has gone back; what the platform answers now is nobody's."""

    serial: str
    url: str
    ends: float
    reading: Reading
    is_cancelled: bool = False
    status: str = "ing"
    next: str = ""
    note: str = ""

    @property
    def seconds_left(self) -> float:
        """Seconds until 0, never less."""
        return max(0.0, self.ends - time.monotonic())


class BackgroundJob:
    """A step that may take as long as the platform or a scan does. ``next``: the path where the page goes then."""

    def __init__(self, label: str, run: Callable[[], str], failed: str) -> None:
        self.label = label
        self.next = ""
        self._done = threading.Event()
        self._failed = failed
        self._thread = threading.Thread(target=self._work, args=(run,), name="kiosk-step", daemon=True)
        self._thread.start()

    def _work(self, run: Callable[[], str]) -> None:
        try:
            self.next = run()
        except Exception as error:
            # Its text may hold a patient's data: only what kind of fault it was is told.
            print(f"终端的一步出错：{self.label}，{type(error).__name__}", file=sys.stderr, flush=True)  # noqa: T201
            self.next = self._failed
        finally:
            self._done.set()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; tells whether it has ended."""
        return self._done.wait(seconds)


@dataclass
class Visit:
    """One patient's visit to one place.

    ``job``: the last step in a thread, ``scan``: the last one that waits for the scanner. ``problem``: the last
    failure's sentence with its code. ``reading``: the last one; a step keeps the one that it began with, so what ends
    late changes nothing of a later one.
    """

    place: Place
    function: Function
    key: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    trace: Trace = field(default_factory=Trace)
    lock: threading.Lock = field(default_factory=threading.Lock)
    job: BackgroundJob | None = None
    scan: BackgroundJob | None = None
    problem: str = ""
    reading: Reading = field(default_factory=Reading)
    authorisation: Authorisation | None = None
    is_cancelled: bool = False

    def read_anew(self) -> Reading:
        """Begin another reading: what the last one gave is gone."""
        self.reading = Reading()
        return self.reading

    def path(self, page: str) -> str:
        """Return the address of one of this visit's pages."""
        return f"/visits/{self.key}/{page}"

    def begin(self, label: str, run: Callable[[], str]) -> BackgroundJob:
        """Do a step in a thread; what breaks in it leads to the page of failures."""
        self.problem = ""
        self.job = BackgroundJob(label, run, self.path("failed"))
        return self.job


class Visits:
    """The visits of this terminal, the oldest forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: OrderedDict[str, Visit] = OrderedDict()

    def add(self, visit: Visit) -> Visit:
        """Keep one."""
        with self._lock:
            self._all[visit.key] = visit
            while len(self._all) > MAX_VISITS:
                self._all.popitem(last=False)
        return visit

    def get(self, key: str) -> Visit | None:
        """Return one by its key."""
        with self._lock:
            return self._all.get(key)
