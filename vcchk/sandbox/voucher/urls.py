"""Routes of the voucher service; whatever stands before ``localcfc`` is a hospital's own prefix."""

from __future__ import annotations

from vcchk.sandbox.voucher import views

_BASE = "localcfc/api/hsecfc"
URLS = (
    (f"/{_BASE}/localQrCodeQuery", views.query, ("POST",)),
    (f"/{_BASE}/localEcTokenCheck", views.check_token, ("POST",)),
    (f"/<path:prefix>/{_BASE}/localQrCodeQuery", views.query, ("POST",)),
    (f"/<path:prefix>/{_BASE}/localEcTokenCheck", views.check_token, ("POST",)),
)
