"""``python -m vcchk``: the command line."""

import sys

from vcchk.cli import main

sys.exit(main())
