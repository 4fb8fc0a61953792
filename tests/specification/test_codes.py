"""What a scanned text is: the forms that public clients use, document A's own sample, and everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base import encoding
from vcchk.specification import codes

CARD = "9F" * 32
TOKEN = "0a" * 16
# Document A 3.2's sample request: 48 characters, one of them X.
SAMPLE_A = "206CB2B57E8E905C5EF59A063515F655D8A17XCD312DD76A:1:::00000001001"


@pytest.mark.parametrize(
    ("text", "kind", "flag", "fields"),
    [
        (f"{CARD}:0:{TOKEN}::35020001001", "health", "dynamic", (CARD, "0", TOKEN, "", "35020001001")),
        (f"{CARD}:1::5100A0013", "health", "static", (CARD, "1", "", "5100A0013")),
        (f"{CARD}:1", "health", "static", (CARD, "1")),
        (f"85:{CARD}:1", "health", "static", (CARD, "1")),
        (f"86:{CARD}:0:{TOKEN}", "health", "dynamic", (CARD, "0", TOKEN)),
        (f"850:{CARD}:1", "other", "", ("850", CARD, "1")),
        (f"８５:{CARD}:1", "other", "", ("８５", CARD, "1")),
        (SAMPLE_A, "health", "static", (SAMPLE_A.split(":")[0], "1", "", "", "00000001001")),
        (f"{CARD}:2:x", "health", "unknown", (CARD, "2", "x")),
        (f"{CARD}:", "health", "unknown", (CARD, "")),
        (f"85:{CARD}", "health", "static", (CARD,)),
        ("https://example.com/pay", "other", "", ("https", "//example.com/pay")),
        (":", "other", "", ("", "")),
        ("85:", "other", "", ("",)),
        ("6" * 28, "voucher", "", ("6" * 28,)),
        ("a1B2" * 8, "voucher", "", ("a1B2" * 8,)),
        ("6" * 27, "other", "", ("6" * 27,)),
        ("6" * 33, "other", "", ("6" * 33,)),
        ("6" * 27 + "-", "other", "", ("6" * 27 + "-",)),
        ("６" * 28, "other", "", ("６" * 28,)),
        ("D635128", "other", "", ("D635128",)),
        ("", "empty", "", ()),
        (" \r\n", "empty", "", ()),
    ],
)
def test_kinds(text: str, kind: str, flag: str, fields: tuple[str, ...]) -> None:
    scanned = codes.read(text)
    assert (scanned.kind, scanned.flag, scanned.fields) == (kind, flag, fields)


def test_line_ends_and_byte_order_mark_of_a_scanner_do_not_count() -> None:
    assert codes.read("\ufeff" + "6" * 28 + "\r\n").text == "6" * 28


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (CARD, False),
        (CARD[:30], False),  # as long as a voucher's code
        (f"{CARD}:", False),
        (f"85:{CARD}", False),
        (f"85:{CARD}:1", True),
        (f"{CARD}:1", True),
        (f"{CARD}:1::5100A0013", True),
        (f"{CARD}:0", False),
        (f"{CARD}:0:", False),
        (f"{CARD}:0:{TOKEN[:-1]}", False),
        (f"{CARD}:0:{TOKEN}", True),
        (f"{CARD}:0::5100A0013", True),  # a region whose flags are the other way round
        (f"{CARD}:0:{TOKEN}::35020001001", True),
        ("6" * 28, True),
        ("6" * 27, False),
        ("a1Zx" * 7, True),
        ("M0012345678", False),
        ("85", False),
        ("85:", False),
        ("https://example.com/pay", True),
        ("", False),
    ],
)
def test_what_may_be_a_whole_code(text: str, whole: bool) -> None:
    assert codes.is_whole(text) is whole


@pytest.mark.parametrize("cut", range(len(f"85:{CARD}:0:{TOKEN}")))
def test_the_head_of_a_dynamic_code_is_not_whole(cut: int) -> None:
    assert not codes.is_whole(f"85:{CARD}:0:{TOKEN}"[:cut])


@pytest.mark.parametrize("prefix", ["]Q1", "]d2", "]Q1\\000026", "\ufeff"])
@pytest.mark.parametrize("cut", range(len(f"85:{CARD}:0:{TOKEN}")))
def test_a_scanners_mark_makes_no_head_of_a_code_whole(prefix: str, cut: int) -> None:
    assert not codes.is_whole(prefix + f"85:{CARD}:0:{TOKEN}"[:cut])


@pytest.mark.parametrize("prefix", ["]Q1", "]C1", "\ufeff]Q1", "]Q1\ufeff"])
@pytest.mark.parametrize("code", [f"{CARD}:1", f"85:{CARD}:0:{TOKEN}", "2" * 28])
def test_an_aim_identifier_before_what_is_a_code_is_no_part_of_it(prefix: str, code: str) -> None:
    assert codes.without_reader_prefix(prefix + code) == code


@pytest.mark.parametrize(
    "prefix", ["\\000026", "]Q1\\000026", "\ufeff", "ï»¿", "\ufeff\\000026", "\ufeff]Q2\\000026", " \\000026"]
)
def test_a_scanners_marks_are_no_part_of_a_code(prefix: str) -> None:
    for code in (f"{CARD}:1", "张三", "2" * 28):
        assert codes.without_reader_prefix(prefix + code) == code
    assert codes.without_reader_prefix(f"{prefix}{CARD}:1") == f"{CARD}:1"
    assert codes.read(f"{prefix}{CARD}:1").kind == "health"


@pytest.mark.parametrize("code", ["253C62B5:1", "A53C62B5:1", "f53c62b5:1"])
def test_a_byte_order_mark_that_was_read_as_gbk_gives_the_first_letter_back(code: str) -> None:
    text = encoding.decode_as(b"x\xef\xbb\xbf" + code.encode(), encoding.GB18030).text[1:]
    assert text[0] == "锘"
    assert codes.without_reader_prefix(text) == code


@pytest.mark.parametrize(
    "text", [f"{CARD}:1", "]Q1ABC", "锘", "锘业", "\\00002", "\\000０２６x", " ABC ", "", "]", "\\"]
)
def test_what_is_no_mark_of_a_scanner_stays(text: str) -> None:
    assert codes.without_reader_prefix(text) == text


def test_prefix_is_reported_and_text_kept() -> None:
    scanned = codes.read(f"85:{CARD}:0:{TOKEN}")
    assert scanned.prefix == "85"
    assert scanned.text == f"85:{CARD}:0:{TOKEN}"


@given(st.text())
def test_never_refuses_and_keeps_every_field(text: str) -> None:
    scanned = codes.read(text)
    assert scanned.kind in ("health", "voucher", "other", "empty")
    parts = ([scanned.prefix] if scanned.prefix else []) + list(scanned.fields)
    assert ":".join(parts) == scanned.text
    assert (scanned.kind == "empty") == (scanned.text == "")


def test_repr_shows_no_code() -> None:
    assert "666" not in repr(codes.read("6" * 30))


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        (f"{'A' * 64}:0:{'B' * 32}::35020001001", f"{'A' * 64}:1:::35020001001"),
        (f"85:{'A' * 64}:0:{'B' * 32}", f"85:{'A' * 64}:1:"),
        (f"86:{'A' * 64}:0:{'B' * 32}::35020001001", f"86:{'A' * 64}:1:::35020001001"),
        (f"{'A' * 64}:0", f"{'A' * 64}:1"),
        (f"{'A' * 64}:1:::35020001001", f"{'A' * 64}:1:::35020001001"),
        ("350200ABCDEFGHIJKLMNOPQRSTUVWX", "350200ABCDEFGHIJKLMNOPQRSTUVWX"),
        ("", ""),
    ],
)
def test_a_code_for_paper_lasts(text: str, paper: str) -> None:
    assert codes.lasting(text) == paper
