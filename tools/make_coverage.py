"""Make the record behind the sandbox's coverage page anew: which methods the tests of tests/sandbox call.

    python tools/make_coverage.py

Runs tests/sandbox once and writes tests/sandbox/tested.json (test → methods, heard from the sandbox itself) and
vcchk/sandbox/tested.py (method → number of tests). tests/sandbox/test_coverage.py holds the second against the first,
and every test of tests/sandbox holds itself against its own row.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.sandbox import recording  # noqa: E402

MADE = ROOT / "vcchk" / "sandbox" / "tested.py"


def module() -> str:
    """Return the text of vcchk/sandbox/tested.py."""
    rows = "".join(f'    "{method}": {tests},\n' for method, tests in recording.counts().items())
    return (
        '"""How many tests of tests/sandbox call each method of the documents; made by tools/make_coverage.py."""\n\n'
        f"TESTS: dict[str, int] = {{\n{rows}}}\n"
    )


def main() -> int:
    """Run the tests and write both files; returns pytest's exit code, and writes nothing when a test failed."""
    new = recording.RECORD.with_suffix(".new")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sandbox",
               "--ignore", "tests/sandbox/test_coverage.py", *sys.argv[1:]]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, recording.NEW: str(new)}, check=False).returncode
    if done == 0:
        new.replace(recording.RECORD)
        MADE.write_text(module(), "utf-8")
    new.unlink(missing_ok=True)
    return done


if __name__ == "__main__":
    sys.exit(main())
