"""What the console may do: mint the codes that a person's phone would show."""

from __future__ import annotations

from dataclasses import dataclass

from vcchk.sandbox.control import rules as control
from vcchk.sandbox.service import Sandbox

KINDS = {"static": "静态码", "dynamic": "动态码（60 秒）", "voucher": "医保电子凭证"}
DYNAMIC_SECONDS = 60


@dataclass(frozen=True)
class Minted:
    """A code, or why there is none."""

    kind: str
    code: str = ""
    error: str = ""


def mint(sandbox: Sandbox, person: int, kind: str) -> Minted:
    """Make a code of one of `KINDS` for a person (row number)."""
    try:
        if kind == "voucher":
            made = control.voucher(sandbox, {"person": person})
        elif kind in KINDS:
            seconds = DYNAMIC_SECONDS if kind == "dynamic" else None
            made = control.health_code(sandbox, {"person": person, "seconds": seconds})
        else:
            return Minted("", error="没有这种码")
    except control.Wrong:
        return Minted(KINDS[kind], error="没有此人，或此人没有有效的电子健康卡")
    return Minted(KINDS[kind], made["code"])
