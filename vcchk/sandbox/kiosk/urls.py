"""Routes of the kiosk page."""

from __future__ import annotations

from vcchk.sandbox.kiosk import views

URLS = (
    ("/kiosk", views.menu, ("GET",)),
    ("/kiosk/ways", views.ways, ("GET",)),
    ("/kiosk/show", views.begin, ("POST",)),
    ("/kiosk/show/<serial>", views.show, ("GET",)),
    ("/kiosk/show/<serial>/status", views.status, ("GET",)),
    ("/kiosk/show/<serial>/done", views.done, ("GET",)),
    ("/kiosk/scan", views.scan, ("GET",)),
    ("/kiosk/scan", views.scanned, ("POST",)),
)
