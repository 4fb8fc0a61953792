"""Routes of the terminal."""

from __future__ import annotations

from vcchk.kiosk.views import home, patient, reading, records, register

_VISIT = "/visits/<key>"
URLS = (
    ("/", home.home, ("GET",)),
    ("/at/<key>", home.place, ("GET",)),
    ("/at/<key>", home.begin, ("POST",)),
    (f"{_VISIT}/card", reading.card, ("GET",)),
    (f"{_VISIT}/ways", reading.ways, ("GET",)),
    (f"{_VISIT}/authorise", reading.begin_authorise, ("POST",)),
    (f"{_VISIT}/authorise", reading.show_authorise, ("GET",)),
    (f"{_VISIT}/authorise/status", reading.authorise_status, ("GET",)),
    (f"{_VISIT}/authorise/leave", reading.leave_authorise, ("POST",)),
    (f"{_VISIT}/scan", reading.begin_scan, ("POST",)),
    (f"{_VISIT}/scan", reading.show_scan, ("GET",)),
    (f"{_VISIT}/scan/code", reading.take_code, ("POST",)),
    (f"{_VISIT}/scan/cancel", reading.cancel_scan, ("POST",)),
    (f"{_VISIT}/chip", reading.show_chip, ("GET",)),
    (f"{_VISIT}/chip", reading.take_chip, ("POST",)),
    (f"{_VISIT}/busy", reading.busy, ("GET",)),
    (f"{_VISIT}/status", reading.status, ("GET",)),
    (f"{_VISIT}/failed", reading.failed, ("GET",)),
    (f"{_VISIT}/none", reading.no_archive_page, ("GET",)),
    (f"{_VISIT}/refused", reading.refused, ("GET",)),
    (f"{_VISIT}/register", register.readers, ("GET",)),
    (f"{_VISIT}/register", register.read, ("POST",)),
    (f"{_VISIT}/register/form", register.form, ("GET",)),
    (f"{_VISIT}/register/form", register.send, ("POST",)),
    (f"{_VISIT}/patient", patient.show, ("GET",)),
    (f"{_VISIT}/patient", patient.choose, ("POST",)),
    (f"{_VISIT}/print", patient.print_label, ("POST",)),
    (f"{_VISIT}/fill", patient.fill, ("POST",)),
    (f"{_VISIT}/diagram", patient.show_diagram, ("GET",)),
    ("/archive", records.archive, ("GET",)),
    ("/statistics", records.usage, ("GET",)),
    ("/settings", records.settings, ("GET",)),
    ("/settings", records.change, ("POST",)),
)
