"""The zip that a hospital sends to support: findings, INI, logs, journal; without any key and any person."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import time
import zipfile
from collections.abc import Mapping
from typing import Any

from vcchk.base import columns
from vcchk.base.errors import DeviceError
from vcchk.devices import registry
from vcchk.doctor import moment
from vcchk.doctor.finding import Finding
from vcchk.doctor.machine import ini_text
from vcchk.records import log
from vcchk.records.journal.reading import Reader
from vcchk.records.masking import kind_of, mask_setting, mask_text
from vcchk.runtime.process import foreign_modules
from vcchk.settings import SECTIONS, Settings, places
from vcchk.settings.ini import parse
from vcchk.settings.ini_edit import write_whole
from vcchk.settings.option import Option
from vcchk.wire.profile import Profile

LOG_DAYS = 5
LOG_BYTES = 4 << 20
"""Of each log file the last so many bytes go into the report."""
ROWS = 500
_PROGRAM_FILES = (".dll", ".so", ".exe", ".ini", ".pyd", ".manifest", ".config")
CHECK_CELLS = 10
"""Width of the longest name of a check (five Chinese characters)."""


def as_json(findings: list[Finding]) -> str:
    """Return the findings as JSON text: a list of objects with check, level, text, advice."""
    return json.dumps([vars(finding) for finding in findings], ensure_ascii=False, indent=1)


def as_line(finding: Finding) -> str:
    """Return a finding as a line for a terminal: level, check, what was found, → what to do."""
    check = finding.check + " " * (CHECK_CELLS - columns.width(finding.check))
    return f"{finding.level:<4}  {check}  {finding.text}" + (f" → {finding.advice}" if finding.advice else "")


def masked_ini(settings: Settings) -> str:
    """Return the settings that the INI gives: known keys with values that they can have, everything else as stars.

    A key may stand in a remark (``; key = …``), under a misspelt name, or as the value of another setting.
    """
    entries, warnings = parse(ini_text(settings.path))
    lines = {number: f"; 第 {number} 行：{reason}" for number, reason in warnings}
    options: Mapping[str, Option] = {}
    secrets: tuple[str, ...] = ()
    for section, key, value, number in entries:
        if not key:
            options, secrets = _known_keys(section, settings)
            lines[number] = f"[{section}]" if options else f"; 第 {number} 行：不认识的节"
        elif key not in options:
            lines[number] = f"; 第 {number} 行：不认识的设置项"
        else:
            is_secret = key in secrets or kind_of(key) is not None
            lines[number] = f"{key} = {'***' if value and is_secret else _shown(options[key], value)}"
    return "\n".join(line for _, line in sorted(lines.items())) + "\n"


def _known_keys(section: str, settings: Settings) -> tuple[Mapping[str, Option], tuple[str, ...]]:
    """Return the keys of a section, those of its device's driver among them, and which of them are secrets."""
    if section.startswith("profile:"):
        text = Option(name="", default="", help="")
        return dict.fromkeys((*Profile._fields, "base"), text), Profile._secret
    kind = SECTIONS.get(section)
    if kind is None:
        return {}, ()
    options = dict(kind._options)
    if section in registry.KINDS and getattr(settings, section).driver:
        try:
            driver = registry.load(section, getattr(settings, section).driver)
            options.update((row.name, row) for row in driver.OPTIONS)
        except DeviceError:
            pass  # an unknown driver: its keys are unknown, too
    return options, kind._secret


def _shown(option: Option, value: str) -> str:
    """Return a value that the option can have."""
    if option.read_or_fallback(value)[1]:
        return "***（值无效）"
    return mask_setting(value)


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
    """Return size, time and name of our runtime's files and of what lies beside the DLL as a program might."""
    home, runtime = places.home(), places.runtime()
    if runtime is None:
        return ""  # an ordinary Python: the folder is whatever the person stands in
    # Beside the DLL lies a HIS, whose other files may be named after patients.
    paths = [os.path.join(home, name) for name in os.listdir(home) if name.lower().endswith(_PROGRAM_FILES)]
    paths += [os.path.join(folder, name) for folder, _, names in os.walk(runtime) for name in names]
    rows = []
    for path in sorted(paths):
        try:
            state = os.stat(path)
        except OSError:
            continue
        when = moment.local(state.st_mtime).isoformat(" ", "seconds")
        rows.append(f"{state.st_size:>10} {when} {os.path.relpath(path, home)}")
    return "\n".join(rows) + "\n"


def default_name() -> str:
    """Return the name of a report that nobody named: in the working folder, of this second."""
    return time.strftime("vcchk-report-%Y%m%d-%H%M%S.zip")


def write(path: str, settings: Settings, findings: list[Finding]) -> None:
    """Write the report, whole or not at all. Raises OSError."""
    state = places.state_folder(settings)
    parts: list[tuple[str, bytes]] = [
        ("doctor.json", mask_text(as_json(findings)).encode("utf-8", "replace")),
        ("doctor.txt", mask_text("\n".join(map(as_line, findings)) + "\n").encode("utf-8", "replace")),
        (places.INI_NAME, masked_ini(settings).encode("utf-8", "replace")),
        (
            "journal.json",
            json.dumps(_journal_rows(settings), ensure_ascii=False, indent=1).encode(),
        ),
        ("files.txt", _files().encode("utf-8", "replace")),
        ("modules.txt", "\n".join(foreign_modules()).encode("utf-8", "replace")),
        *((f"log/{name}", data) for name, data in _logs(os.path.join(state, "log"))),
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    write_whole(path, made.getvalue())
