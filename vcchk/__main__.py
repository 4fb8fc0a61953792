"""``python -m vcchk``: the command line."""

import sys

from vcchk.cli.main import run

sys.exit(run())
