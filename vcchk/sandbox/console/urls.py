"""Routes of the console."""

from __future__ import annotations

from vcchk.sandbox.console import views

URLS = (
    ("/", views.home, ("GET",)),
    ("/console", views.calls, ("GET",)),
    ("/console/calls/<int:number>", views.call, ("GET",)),
    ("/console/people", views.people, ("GET",)),
    ("/console/people/<int:person>/code", views.mint, ("POST",)),
    ("/console/authorisations", views.authorisations, ("GET",)),
    ("/console/statistics", views.statistics, ("GET",)),
)
