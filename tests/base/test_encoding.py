"""Which encoding a HIS speaks, and what a reply looks like in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base import encoding as text


@pytest.mark.parametrize(
    ("words", "encoding", "shown"),
    [
        ("联通", "gbk", text.GB18030),  # the same bytes are valid UTF-8
        ("联通", "utf-8", text.UTF8),
        ("张三", "gbk", text.GB18030),
        ("𠮷㼆", "gb18030", text.GB18030),
        ("𠮷", "utf-8", text.UTF8),
        ("plain", "ascii", None),
        ("", "ascii", None),
    ],
)
def test_detection(words: str, encoding: str, shown: str | None) -> None:
    assert text.detect(words.encode(encoding)) == shown


@given(st.text(alphabet=st.characters(min_codepoint=0x800, blacklist_categories=["Cs"]), min_size=1))
def test_utf8_of_three_byte_characters_is_always_seen(words: str) -> None:
    assert text.detect(words.encode()) == text.UTF8


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
def test_gb18030_carries_every_character(words: str) -> None:
    assert text.encode(words, text.GB18030, "gb18030").decode("gb18030") == words


def test_rare_characters_can_be_escaped() -> None:
    assert text.encode("张㼆𠮷", text.GB18030, "escape") == "张".encode("gbk") + b"\\u3f06\\ud842\\udfb7"


def test_lone_surrogates_never_raise() -> None:
    for encoding in (text.GB18030, text.UTF8):
        assert text.encode("\ud800", encoding, "gb18030") == b"\\ud800"


@pytest.mark.parametrize(
    ("data", "encoding", "words", "place"),
    [
        ("张x".encode("gbk") + b"\xff", text.GB18030, "张x?", 4),
        (b'"' + "张三".encode("gbk")[:3] + b'","b"', text.GB18030, '"张?","b"', 4),  # half a character, then the quote
        (b'"\x80"', text.GB18030, '"?"', 2),
        ("张三".encode()[:4], text.UTF8, "张?", 4),
        ("好".encode("gbk"), text.GB18030, "好", 0),
    ],
)
def test_a_broken_character_becomes_a_question_mark(data: bytes, encoding: str, words: str, place: int) -> None:
    assert text.decode(data, encoding) == (words, place)


@given(st.binary(max_size=64))
def test_any_bytes_can_be_read(data: bytes) -> None:
    for encoding in (text.GB18030, text.UTF8):
        words, place = text.decode(data, encoding)
        assert (place == 0) == (words.encode(encoding, "replace") == data or "?" not in words)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])), st.integers(0, 64))
def test_a_cut_never_splits_a_character(words: str, limit: int) -> None:
    for encoding in (text.GB18030, text.UTF8):
        part = text.cut(words.encode(encoding), limit, encoding)
        assert len(part) <= limit
        assert words.startswith(part.decode(encoding))
