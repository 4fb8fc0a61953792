"""What the documents' rules work on: rows, clock, options, and what running transactions hold; no HTTP, no pages."""

from __future__ import annotations

from typing import Any

from vcchk.sandbox.clock import Clock
from vcchk.sandbox.options import Options
from vcchk.sandbox.resource_locks import ResourceLocks
from vcchk.sandbox.store import Store
from vcchk.sandbox.voucher.reader import VoucherReader


class Context:
    """What belongs to one sandbox, whoever asks.

    ``base_url``: set by the server, no slash at its end. ``database``: path of the SQLite file, or ``:memory:``.
    ``options``: what holds instead of a default.
    """

    def __init__(self, database: str, **options: Any) -> None:
        self.base_url = "http://127.0.0.1"
        self.clock = Clock()
        self.options = Options(**options)
        self.locks = ResourceLocks()
        self.reader = VoucherReader()
        self.store = Store(database)
