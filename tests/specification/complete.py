"""Requests that keep every row of their document's table, and each way to break one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vcchk.specification import METHODS, Field, dictionary

TIME = "20260101080000"
VALUES = {
    "ehealth_card_id": "A" * 64,
    "ehealth_code": f"{'A' * 64}:0:{'B' * 32}::35020001001",
    "id_no": "350299198503120012",
    "mobile_phone": "13900000001",
    "birthday": "19850312",
    "time_expire": "300",
    "ip_addr": "192.0.2.7",
    "ECUrl": "http://127.0.0.1/ec",
    "card_list": [{"card_type": "01", "card_no": "D6351280"}],
    "treatment_code": "010101",
    "IsMultiCode": "1",
    "photo_info": "AAAA",
}


def tables() -> list[tuple[str, str]]:
    """Return (document, method) of each table of requests."""
    return [(letter, name) for name, method in METHODS.items() for letter in method.documents]


def request(document: str, method: str) -> dict[str, Any]:
    """Return business fields, every row of the table filled."""
    return {field.name: _value(field) for field in METHODS[method].request(document)}


def _value(field: Field) -> Any:
    if field.name.endswith("_time"):
        return TIME
    if field.name in VALUES:
        return VALUES[field.name]
    if isinstance(field.values, str):
        return next(iter(dictionary(field.values)))
    if field.values:
        return next(iter(field.values))
    return "9"


def broken(document: str, method: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return (field, how it is broken, business fields) for each row: left out, over-long, a wrong value."""
    whole = request(document, method)
    for field in METHODS[method].request(document):
        if field.required:
            yield field.name, "required", {name: value for name, value in whole.items() if name != field.name}
            yield field.name, "required", {**whole, field.name: ""}
            yield field.name, "required", {**whole, field.name: " "}
        if field.length:
            yield field.name, "length", {**whole, field.name: "9" * (field.length + 1)}
            yield field.name, "text", {**whole, field.name: {"a": "1"}}
        if field.name.endswith("_time"):
            yield field.name, "time", {**whole, field.name: "2026-01-01"}
        elif field.name == "card_list":
            yield field.name, "list", {**whole, field.name: "none"}
        elif field.values == "card_types":
            continue  # regions use card types that no document lists
        elif field.values:
            rule = "dictionary" if isinstance(field.values, str) else "values"
            yield field.name, rule, {**whole, field.name: "Z" * min(2, field.length or 2)}
