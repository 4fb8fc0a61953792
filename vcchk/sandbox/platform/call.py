"""One request as the documents' rules see it, and how they refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vcchk.base.errors import SENTENCES
from vcchk.sandbox.context import Context
from vcchk.specification import spelling

Reply = dict[str, Any]


class Refusal(Exception):
    """The platform refuses: ``code`` of appendix 1 or a city's own, ``message`` its sentence, for 9001 the field."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.message = SENTENCES.get(code, "平台自定义的返回码") + (f"：{detail}" if detail else "")
        super().__init__(f"{code} {self.message}")


@dataclass
class PlatformCall:
    """One request that passed signature and cipher. ``biz``: business fields as the JSON gave them, by the names that
    the documents mean (`vcchk.specification.spelling`)."""

    context: Context
    app_id: str
    term_id: str
    biz: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._sent = self.biz
        self.biz = spelling.mended(self.biz)

    def as_sent(self, name: str) -> str:
        """Return a field's name as the caller wrote it: who copied ``out.Alter_no`` from B 4.3 looks for that."""
        return next((sent for sent in self._sent if spelling.field_name(sent) == name), name)

    def text(self, name: str) -> str:
        """Return a field as text ("" when absent or null; numbers as written); 9001 for a list or an object."""
        value = self.biz.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal("9001", f"{name} 应为文本")
        return str(value)

    def need(self, name: str) -> str:
        """Return a field that the method cannot do without; 9001 when it is empty."""
        value = self.text(name)
        if not value:
            raise Refusal("9001", f"缺少 {name}")
        return value

    def first(self, *either: str) -> str:
        """Return the first of several names that has a value; 9001 when none has."""
        return next((v for n in either if (v := self.text(n))), "") or self.need(either[0])

    @property
    def now(self) -> float:
        """Seconds since 1970 by the platform's clock."""
        return self.context.clock.now()

    def scene(self) -> dict[str, str]:
        """Return who used a card where and for what; document B says officeId where A says office_code."""
        found = {n: self.text(n) for n in ("operator_id", "operator_name", "treatment_code", "ip_addr")}
        found["office_code"] = self.text("office_code") or self.text("officeId")
        return found | {"app_id": self.app_id, "term_id": self.term_id}
