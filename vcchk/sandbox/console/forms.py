"""Forms whose fields are rows of the documents' tables: what to draw, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vcchk import specification
from vcchk.specification import Field
from vcchk.specification.checks import is_time

REGISTRATION = {f.name: f for f in specification.METHODS["ehc.ehealthcard.querywithreg"].request("A")}
PERSON = (
    "id_type", "id_no", "user_name", "user_sex", "mobile_phone", "birthday", "nation", "telephone", "address",
    "work_unit",
)  # fmt: skip
NEEDED = frozenset(("id_type", "id_no", "user_name"))
"""What the sandbox cannot do without; everything else may stay empty, as on the wire."""
CARD_TYPES = {code: name for code, name in specification.dictionary("card_types").items() if code != "A2"}
"""What can be linked (B 4.3.1); A2 is the insurance voucher."""


@dataclass(frozen=True)
class Drawn:
    """One field of a form. ``options``: (code, label) of a closed list, empty for free text."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    help: str = ""


def person_fields() -> list[Drawn]:
    """Return the fields of a person (document A 4.1), dictionaries as closed lists."""
    drawn = [_drawn(REGISTRATION[name]) for name in PERSON]
    regions = tuple((code, f"{code} {name}") for code, name in specification.dictionary("insurance_regions").items())
    return [*drawn, Drawn("insu_org", "参保地区划 insu_org", regions, "医保电子凭证用")]


def _drawn(field: Field) -> Drawn:
    label = f"{field.label} {field.name}" + ("（必填）" if field.name in NEEDED else "")
    values = specification.dictionary(field.values) if isinstance(field.values, str) else field.values or {}
    options = tuple((code, f"{code} {name}") for code, name in values.items())
    return Drawn(field.name, label, options, f"最多 {field.length} 个字符" if field.length and not options else "")


def wrong_person(typed: Mapping[str, str]) -> dict[str, str]:
    """Return field → what is wrong with it, by the documents' lengths and dictionaries; empty when all is well."""
    errors = {}
    for name in PERSON:
        field, value = REGISTRATION[name], typed.get(name, "")
        if not value:
            if name in NEEDED:
                errors[name] = f"请填写{field.label}"
        elif field.length and len(value) > field.length:
            errors[name] = f"最多 {field.length} 个字符，现在有 {len(value)} 个"
        elif isinstance(field.values, str) and value not in specification.dictionary(field.values):
            errors[name] = "请从列表中选择"
    birthday = typed.get("birthday", "")
    if birthday and "birthday" not in errors and not is_day(birthday):
        errors["birthday"] = "请写成 yyyyMMdd，例如 19850312"
    return errors


def is_day(text: str) -> bool:
    """Tell whether a text is a day as yyyyMMdd or yyyy-MM-dd (document A's length is 10, its sample has 8)."""
    digits = text.replace("-", "") if len(text) == 10 else text
    return len(digits) == 8 and is_time(digits + "000000")


def number(text: str, least: float, most: float) -> tuple[float, str]:
    """Return the number of a form field and what is wrong with it (empty when nothing)."""
    try:
        value = float(text)
    except ValueError:
        return 0.0, "请填写数字"
    if not least <= value <= most:
        return 0.0, f"请填写 {least:g} 到 {most:g} 之间的数"
    return value, ""


def choices(names: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a dictionary as (code, "code name") pairs for a closed list."""
    return [(code, f"{code} {name}") for code, name in names.items()]
