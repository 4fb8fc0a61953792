"""The order that tells how far the documents are covered."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vcchk.sandbox import coverage as table
from vcchk.sandbox.control.order import Body

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox


def coverage(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Tell for each method of the documents: ``method``, ``title``, ``sections``, ``served`` (the sandbox has a rule),
    ``checked`` (fields that each document's table checks) and ``tests`` (test functions that call it)."""
    return {"methods": [asdict(row) for row in table.rows()]}
