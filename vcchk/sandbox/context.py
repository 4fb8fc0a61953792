"""What the documents' rules work on: rows, clock, options, and what is under way; nothing else of a sandbox."""

from __future__ import annotations

from vcchk.sandbox.clock import Clock
from vcchk.sandbox.options import Options
from vcchk.sandbox.running import Running
from vcchk.sandbox.store import Store
from vcchk.sandbox.voucher.reader import Reader


class Context:
    """``base_url``: set by the server, no slash at its end. ``database``: path of the SQLite file, or ``:memory:``."""

    def __init__(self, database: str) -> None:
        self.base_url = "http://127.0.0.1"
        self.clock = Clock()
        self.options = Options()
        self.running = Running()
        self.reader = Reader()
        self.store = Store(database)
