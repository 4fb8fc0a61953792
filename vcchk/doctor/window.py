"""A window's report for `vcchk fleet`: what doctor found, with the figures by name, for a schedule to write.

A window is one of the hospital's counters (窗口) with the computer that stands there.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from vcchk import __version__
from vcchk.devices.driver import KINDS
from vcchk.doctor.finding import FAIL, WARN, Finding
from vcchk.records.rules_file import all_rules
from vcchk.records.statistics import recent
from vcchk.settings import Settings, places
from vcchk.settings.ini_edit import write_whole
from vcchk.wire.profile_help import dialect

FORMAT = 1
TIME = "%Y-%m-%d %H:%M:%S"
TRIES = 5
BETWEEN_TRIES = 0.3
"""Seconds."""
DEVICES = {title: kind for kind, title in KINDS.items()}
"""Name of doctor's check of a device → its section of the INI."""


def report(settings: Settings, findings: list[Finding]) -> dict[str, Any]:
    """Return the report: which window, when, the figures, and the findings that are not ok."""
    state = places.state_folder(settings)
    calls = recent(os.path.join(state, "log"))
    figures: dict[str, Any] = {"last_call": calls.last}
    if settings.log.level == "info":  # else the log lacks the calls that went well
        figures |= {"calls": calls.calls, "failed": calls.failed}
    for finding in findings:
        figures |= finding.figures
    return {
        "format": FORMAT,
        "computer": places.computer_name(),
        "time": time.strftime(TIME),
        "version": __version__,
        "dialect": dialect(settings.wire.profile, settings.profiles, all_rules(state)),
        "figures": figures,
        "devices_off": [DEVICES[f.check] for f in findings if f.level == FAIL and f.check in DEVICES],
        "findings": [
            {"check": f.check, "level": f.level, "text": f.text, "advice": f.advice}
            for f in findings
            if f.level in (FAIL, WARN)
        ],
    }


def write(path: str, found: dict[str, Any]) -> None:
    """Write the report as UTF-8 JSON; a reader never sees half of one. Raises OSError.

    Windows lets nobody replace a file that is being read (by `vcchk fleet`, an antivirus program): that is tried again.
    """
    data = json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    for _ in range(TRIES - 1):
        try:
            return write_whole(path, data)
        except PermissionError:
            time.sleep(BETWEEN_TRIES)
    return write_whole(path, data)
