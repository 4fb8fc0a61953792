"""``python -m vcchk``: the command line."""

import sys

from vcchk.cli.main import main

sys.exit(main())
