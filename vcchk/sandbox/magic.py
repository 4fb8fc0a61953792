"""Magic people: each stands for one return code or fault, which every request about that person is answered with.

The rule: an ID number whose region is ``99`` and the return code (no such region exists), then the birthday
``19900101``, ``001`` and the check digit of GB 11643: 99 + 2001 + 19900101001 + 3 stands for 2001. What is no return
code has a number from 0001 on. The people are registered from the start; whatever names one of them by id_no,
ehealth_card_id or ehealth_code, in the request or in the reply, is answered with that person's trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.records.masking.patterns import check_character
from vcchk.sandbox.platform import state
from vcchk.specification import codes

if TYPE_CHECKING:
    from vcchk.sandbox.options import Options

REGION = "99"
_REST = "19900101001"
_ID_TYPE = "01"

# number: (kind of fault, its value, what happens in Chinese); the value of delay is the option magic_delay_seconds
_FAULTS: dict[str, tuple[str, Any, str]] = {
    "0001": ("delay", None, "延迟 10 秒应答"),
    "0002": ("drop", "before", "不办理就断开连接"),
    "0003": ("drop", "after", "办理后断开连接，应答丢失"),
    "0004": ("truncate", True, "应答发到一半断开"),
    "0005": ("bad_sign", True, "应答签名错误"),
    "0006": ("empty", True, "应答为空"),
    "0007": ("unsigned", True, "应答没有签名"),
    "0008": ("wrong_cipher", True, "应答用了另一种加密算法"),
    "0009": ("status", 503, "HTTP 503"),
}


@dataclass(frozen=True)
class Magic:
    """A magic person. ``number``: the four digits of the trouble; ``kind``/``value`` as in `vcchk.sandbox.faults`."""

    number: str
    kind: str
    value: Any
    effect: str

    @property
    def id_no(self) -> str:
        """The ID number, with its check digit."""
        return id_no(self.number)

    @property
    def card_id(self) -> str:
        """The ehealth_card_id."""
        return state.card_id_of(_ID_TYPE, self.id_no)

    @property
    def user_name(self) -> str:
        """A name that tells what is wrong."""
        return f"错误{self.number}" if self.kind == "code" else f"故障{self.number}"

    def fields(self) -> dict[str, str]:
        """Return the person's fields, as a registration has them."""
        return {"id_type": _ID_TYPE, "id_no": self.id_no, "user_name": self.user_name, "user_sex": "1",
                "mobile_phone": f"1390001{self.number}", "birthday": _REST[:8], "nation": "01"}  # fmt: skip


def id_no(number: str) -> str:
    """Return the magic ID number of a return code or of a fault's number (four digits)."""
    digits = REGION + number + _REST
    return digits + check_character(digits)


PEOPLE: tuple[Magic, ...] = (
    *(Magic(code, "code", code, effect) for code, effect in sorted(SENTENCES.items()) if code != PLATFORM_SUCCESS),
    *(Magic(number, *fault) for number, fault in _FAULTS.items()),
)
"""All of them, in the order of their numbers: one for every return code of appendix 1, then the faults."""


@cache
def _by_id() -> dict[str, Magic]:
    return {one.id_no: one for one in PEOPLE}


@cache
def _by_card() -> dict[str, Magic]:
    return {one.card_id: one for one in PEOPLE}


def find(biz: Mapping[str, Any]) -> Magic | None:
    """Return the magic person whom business fields name, or None."""
    who = biz.get("id_no")
    if isinstance(who, str) and who.startswith(REGION):
        return _by_id().get(who.strip().upper())
    for name in ("ehealth_card_id", "ehealth_code"):
        text = biz.get(name)
        if isinstance(text, str) and text:
            return _by_card().get("".join(codes.read(text.upper()).fields[:1]))
    return None


def trouble(biz: Mapping[str, Any], options: Options) -> dict[str, Any] | None:
    """Return what goes wrong for the person whom ``biz`` names, as fault kind → value; None for everybody else."""
    found = find(biz)
    if found is None:
        return None
    return {found.kind: float(options.magic_delay_seconds) if found.kind == "delay" else found.value}
