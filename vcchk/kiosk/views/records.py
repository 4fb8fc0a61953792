"""The archive's list, 监测分析统计, and the settings."""

from __future__ import annotations

from flask import Response, request

from vcchk.kiosk import sandbox_api, statistics
from vcchk.kiosk.choices import CARD_NAMES, CARD_NUMBERS, SOURCES, ChoiceError
from vcchk.kiosk.terminal import current
from vcchk.kiosk.views import go_to, masked, masked_card, render


def archive() -> Response:
    """``/archive``: the newest patients, masked."""
    rows = [
        {
            "number": patient.number,
            "name": masked("user_name", patient.user_name),
            "id_no": masked("id_no", patient.id_no),
            "card_id": masked("ehealth_card_id", patient.ehealth_card_id),
            "mindex_id": masked("mindex_id", patient.mindex_id),
            "cards": [masked_card(*card) for card in patient.cards],
        }
        for patient in current().archive.all()
    ]
    return render("archive", "/archive", rows=rows)


def usage() -> Response:
    """``/statistics``: uses of cards by operator, treatment and office, from the sandbox's records."""
    try:
        tables, missing = statistics.tables(sandbox_api.read(current().url, statistics.ORDER)), ""
    except sandbox_api.NoSandbox as error:
        tables, missing = {}, str(error)
    return render("statistics", "/statistics", tables=tables, missing=missing)


def settings(wrong: str = "") -> Response:
    """``/settings``."""
    terminal = current()
    return render(
        "settings",
        "/settings",
        choices=terminal.choices,
        names=CARD_NAMES,
        numbers=CARD_NUMBERS,
        sources=SOURCES,
        url=terminal.url,
        library=terminal.library.path,
        is_saved="saved" in request.args,
        wrong=wrong,
    )


def change() -> Response:
    """``POST /settings``."""
    try:
        current().choices.change(**request.form.to_dict())
    except ChoiceError as error:
        return settings(str(error))
    return go_to("/settings?saved=1")
