"""Routes of the authorisation page."""

from __future__ import annotations

from vcchk.sandbox.person import views

URLS = (
    ("/auth/<token>", views.page, ("GET",)),
    ("/auth/<token>/now", views.now, ("GET",)),
    ("/auth/<token>/approve", views.approve, ("POST",)),
    ("/auth/<token>/cancel", views.cancel, ("POST",)),
)
