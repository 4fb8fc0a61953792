"""QR codes as SVG for the pages."""

from __future__ import annotations

import io

import segno

SCALE = 6


def svg(text: str) -> str:
    """Return a QR code of ``text`` as an ``<svg>`` element with a quiet zone of four modules."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, scale=SCALE, border=4, light="#fff", omitsize=True)
    return out.getvalue().decode()
