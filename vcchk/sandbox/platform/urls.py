"""Routes of the platform: document A 3.2's address, and a folder for each wire profile."""

from __future__ import annotations

from vcchk.sandbox.platform import views

URLS = (
    ("/ehcService/<path:rest>", views.gateway, ("POST",)),
    ("/profiles/<profile>/<path:rest>", views.profile_gateway, ("POST",)),
)
