"""Routes of the control namespace."""

from __future__ import annotations

from vcchk.sandbox.control import views

URLS = (("/_sandbox/<name>", views.order, ("GET", "POST")),)
