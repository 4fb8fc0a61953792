"""The zip that a hospital sends to support: findings, INI, logs, journal; every key and every person masked."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zipfile
from typing import Any

from vcchk.base import columns
from vcchk.doctor.finding import Finding
from vcchk.doctor.machine import ini_text
from vcchk.records import log
from vcchk.records.journal.reading import Reader
from vcchk.records.masking import kind_of, mask_text
from vcchk.runtime.process import foreign_modules
from vcchk.settings import SECTIONS, Settings, places

LOG_DAYS = 5
LOG_BYTES = 4 << 20
"""Of each log file the last so many bytes go into the report."""
ROWS = 500
CHECK_CELLS = 10
"""Width of the longest name of a check (five Chinese characters)."""


def as_json(findings: list[Finding]) -> str:
    """Return the findings as JSON text: a list of objects with check, level, text, advice."""
    rows = [{name: getattr(f, name) for name in f._fields} for f in findings]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def as_line(finding: Finding) -> str:
    """Return a finding as a line for a terminal: level, check, what was found, → what to do."""
    check = finding.check + " " * (CHECK_CELLS - columns.width(finding.check))
    return f"{finding.level:<4}  {check}  {finding.text}" + (f" → {finding.advice}" if finding.advice else "")


def masked_ini(settings: Settings) -> str:
    """Return the INI's text with secrets masked, line by line: remarks and slips stay as the hospital wrote them."""
    lines, section = [], ""
    for line in ini_text(settings.path).splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped[1:].partition("]")[0].strip().lower()
        name, equals, value = line.partition("=")
        kind = SECTIONS.get(section)
        if equals and value.strip() and stripped[:1] not in (";", "#"):
            hidden = kind_of(name.strip()) is not None or (kind and name.strip().lower() in kind._secret)
            line = f"{name}= ***" if hidden else f"{name}={mask_text(value)}"
        else:
            line = mask_text(line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _journal_rows(settings: Settings) -> list[dict[str, Any]]:
    """Return the newest rows; they hold no person in clear, and what is sealed stays here."""
    try:
        with Reader(settings) as reader:
            found = reader.rows(limit=ROWS)
    except FileNotFoundError:
        return []
    except sqlite3.Error as error:
        return [{"error": str(error)}]
    return [{name: row[name] for name in row.keys() if name not in ("reply", "inquiry")} for row in found]  # noqa: SIM118


def _logs(folder: str) -> list[tuple[str, bytes]]:
    try:
        names = sorted(n for n in os.listdir(folder) if n.startswith(log.PREFIX) and n.endswith(log.SUFFIX))
    except OSError:
        return []
    found = []
    for name in names[-LOG_DAYS:]:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - LOG_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            continue
        # Masked as they were written; once more, for lines of older versions or of other hands.
        found.append((name, "\n".join(_mask_line(line) for line in text.splitlines()).encode("utf-8", "replace")))
    return found


def _mask_line(line: str) -> str:
    return line if " CALL  " in line[:60] else mask_text(line)


def _files() -> str:
    rows = []
    for folder, _, names in os.walk(places.home()):
        if places.runtime() is None:
            break  # an ordinary Python: the folder is whatever the person stands in
        for name in sorted(names):
            path = os.path.join(folder, name)
            try:
                state = os.stat(path)
            except OSError:
                continue
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(state.st_mtime))
            rows.append(f"{state.st_size:>10} {when} {os.path.relpath(path, places.home())}")
    return "\n".join(rows) + "\n"


def write(path: str, settings: Settings, findings: list[Finding]) -> None:
    """Write the report. Raises OSError."""
    state = places.state_folder(settings)
    parts: list[tuple[str, bytes]] = [
        ("doctor.json", as_json(findings).encode("utf-8", "replace")),
        ("doctor.txt", ("\n".join(map(as_line, findings)) + "\n").encode("utf-8", "replace")),
        (places.INI_NAME, masked_ini(settings).encode("utf-8", "replace")),
        (
            "journal.json",
            json.dumps(_journal_rows(settings), ensure_ascii=False, indent=1).encode(),
        ),
        ("files.txt", _files().encode("utf-8", "replace")),
        ("modules.txt", "\n".join(foreign_modules()).encode("utf-8", "replace")),
        *((f"log/{name}", data) for name, data in _logs(os.path.join(state, "log"))),
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
