"""Build, try and test vcchk: `python3 build_dll.py demo|test|build|prepare|bench` (README.md).

Runs on a plain Python 3.11 without pip or venv: what is missing is set up first. The steps are in native/buildkit/.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

if __name__ == "__main__":
    from native.buildkit.commands import main

    sys.exit(main(sys.argv[1:]))
