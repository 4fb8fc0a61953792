"""Routes of the control namespace."""

from __future__ import annotations

from vcchk.sandbox.control import views

URLS = (("/control/<name>", views.order, ("GET", "POST")),)
