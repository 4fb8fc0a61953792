"""What the table of return codes leaves out: who is at fault, why, what to do. For people, so in Chinese.

advice.tsv has a row a code of `vcchk.base.errors.SENTENCES`, in its order. A test holds the origins against vcchk's
sources and the sandbox's.
"""

from __future__ import annotations

from typing import NamedTuple

from vcchk.base.resource import read_table


class Advice(NamedTuple):
    """``origin``: 库 where the DLL gives the code by itself, 平台 where only the platform does, 都有 where both do.

    ``fault``: whose it is; ``cause``: why; ``remedy``: what to do.
    """

    origin: str
    fault: str
    cause: str
    remedy: str


ADVICE = {code: Advice(*columns) for code, *columns in read_table(__name__, "advice.tsv")[1]}
