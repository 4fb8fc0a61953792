"""The package as a process that takes calls as `library` does: ``python -m tests.faults.package_host INI``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.faults.callers import PackageCaller
from tests.faults.library import serve

if __name__ == "__main__":
    with PackageCaller(Path(sys.argv[1])).turn() as ask:
        serve(ask)
