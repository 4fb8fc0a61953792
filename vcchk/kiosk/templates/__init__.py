"""The terminal's pages, as text."""

from __future__ import annotations

from vcchk.kiosk.templates import menus, reading, records, result

TEMPLATES = {**menus.TEMPLATES, **reading.TEMPLATES, **result.TEMPLATES, **records.TEMPLATES}
