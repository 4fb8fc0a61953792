"""The authorisations that this kiosk shows: in its memory, as in a real one's."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

KEPT = 200


@dataclass(frozen=True)
class Shown:
    """One QR code on the kiosk's screen. ``ends``: when its countdown is over, by the sandbox's clock."""

    serial: str
    authurl: str
    ends: float


class Screen:
    """The codes shown, oldest forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: OrderedDict[str, Shown] = OrderedDict()

    def show(self, shown: Shown) -> None:
        """Remember one."""
        with self._lock:
            self._shown[shown.serial] = shown
            while len(self._shown) > KEPT:
                self._shown.popitem(last=False)

    def get(self, serial: str) -> Shown | None:
        """Return one by the kiosk's serial number."""
        with self._lock:
            return self._shown.get(serial)
