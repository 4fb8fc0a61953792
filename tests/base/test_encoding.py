"""Which encoding bytes are in, what a broken character costs, and what a reply looks like in an encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base import encoding
from vcchk.base.encoding import GB18030, UTF8, declared_encoding, decode, decode_as

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂华建国文志红玉春梅海燕龙波辉小玲婷鑫子轩浩宇欣怡路市省福厦门"


@pytest.mark.parametrize(
    ("text", "written_in", "found"),
    [
        ("联通", "gbk", GB18030),
        ("郑伟", "gbk", GB18030),  # valid UTF-8 as well, like 2.7 % of two-character names
        ("郑", "gbk", GB18030),
        ("郑伟", "utf-8", UTF8),
        ("张三", "gbk", GB18030),
        ("张三", "utf-8", UTF8),  # valid GBK as well
        ("婷婷", "utf-8", UTF8),
        ("婷婷", "gbk", GB18030),
        ("𠮷㼆", "gb18030", GB18030),
        ("𠮷", "utf-8", UTF8),
        ("买买提·吐尔逊", "utf-8", UTF8),
        ("买买提·吐尔逊", "gbk", GB18030),
        ("中山路5号（南楼）", "gbk", GB18030),
        ("中山路5号（南楼）", "utf-8", UTF8),
        ("plain", "ascii", ""),
        ("", "ascii", ""),
    ],
)
@pytest.mark.parametrize("declared", ["", UTF8, GB18030])
@pytest.mark.parametrize("last", ["", UTF8, GB18030])
def test_detection(text: str, written_in: str, found: str, declared: str, last: str) -> None:
    decoded = decode(text.encode(written_in), declared=declared, last=last)
    assert (decoded.text, decoded.encoding, decoded.bad_byte) == (text, found, 0)


@pytest.mark.parametrize(
    ("content_type", "declared"),
    [
        ("application/json;charset=GBK", GB18030),
        ('text/html; Charset="gb2312"; x=y', GB18030),
        ("application/json; charset=UTF-8", UTF8),
        ("application/json;charset=ISO-8859-1", ""),
        ("text/plain; charset=us-ascii", ""),
        ("application/json", ""),
        ("", ""),
    ],
)
def test_what_a_content_type_declares(content_type: str, declared: str) -> None:
    assert declared_encoding(content_type) == declared


def test_what_is_declared_or_was_last_decides_between_equals() -> None:
    both = b"\xc3\xa9"  # é in UTF-8, 茅 in GBK
    assert decode(both).text == "茅"
    assert decode(both, declared=GB18030, last=UTF8).text == "茅"
    assert decode(both, declared=UTF8, last=UTF8).text == "é"


@pytest.mark.parametrize(
    ("data", "text", "found", "place"),
    [
        ("张x".encode("gbk") + b"\xff", "张x?", GB18030, 4),
        (b'"' + "张三".encode("gbk")[:3] + b'","b"', '"张?","b"', GB18030, 4),  # half a character, then the quote
        ("张三".encode()[:4], "张?", UTF8, 4),
        ("张三".encode()[:5], "张?", UTF8, 4),
        (b"\xef\xbb\xbf" + "张三".encode()[:5], "张?", UTF8, 7),
        (
            b'{"user_name":"\xe5\xbc\xa0\xe4\xb8\x89","address":"' + "福建省厦门市".encode() + b'\xe4\xb8"}',
            '{"user_name":"张三","address":"福建省厦门市?"}',
            UTF8,
            52,
        ),
        ("好".encode("gbk"), "好", GB18030, 0),
    ],
)
def test_a_broken_character_becomes_a_question_mark(data: bytes, text: str, found: str, place: int) -> None:
    decoded = decode(data)
    assert (decoded.text, decoded.encoding, decoded.bad_byte) == (text, found, place)
    assert decoded.bad_count == text.count("?")


def test_a_fixed_encoding() -> None:
    assert decode_as("张三".encode("gbk")[:3], GB18030).text == "张?"
    assert decode_as(b'"\x80"', GB18030).text == '"?"'
    assert decode_as("张三".encode()[:4], UTF8).warning.startswith("第 4 字节起不是有效的 UTF-8 字符")
    assert decode_as("郑伟".encode("gbk"), UTF8).text == "֣ΰ"


NAMES = st.builds(str.__add__, st.sampled_from(SURNAMES), st.text(st.sampled_from(GIVEN), min_size=1, max_size=2))


@given(
    st.lists(st.tuples(NAMES, st.none() | st.integers(1, 8)), min_size=1, max_size=6),
    st.sampled_from(["gbk", "utf-8"]),
    st.sampled_from(["", UTF8, GB18030]),
)
def test_at_most_the_cut_character_is_lost(
    fields: list[tuple[str, int | None]], written_in: str, declared: str
) -> None:
    """Names in either encoding, each perhaps cut at its end as fields of fixed length are."""
    cut = [name.encode(written_in)[:length] for name, length in fields]
    data = b"{" + b",".join(b'"f":"%b"' % value for value in cut) + b"}"
    whole = "{" + ",".join(f'"f":"{value.decode(written_in, "ignore")}"' for value in cut) + "}"
    declared = declared if sum(map(len, cut)) > 9 else ""  # a single cut character may be anything
    assert decode(data, declared=declared).text.replace("?", "") == whole


@given(st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), min_size=2))
def test_utf8_of_chinese_is_always_seen(text: str) -> None:
    assert decode(text.encode()).text == text


@given(st.binary(max_size=64), st.sampled_from(["", UTF8, GB18030]))
def test_any_bytes_can_be_read(data: bytes, known: str) -> None:
    for decoded in (decode(data, declared=known), decode_as(data, known or UTF8)):
        assert (decoded.bad_byte == 0) == (decoded.bad_count == 0)
        assert decoded.bad_byte <= len(data)
        assert not any("\ud800" <= char <= "\udfff" for char in decoded.text)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
def test_gb18030_carries_every_character(text: str) -> None:
    assert encoding.encode(text, GB18030, "gb18030").decode("gb18030") == text


def test_rare_characters_can_be_escaped() -> None:
    assert encoding.encode("张㼆𠮷", GB18030, "escape") == "张".encode("gbk") + b"\\u3f06\\ud842\\udfb7"


def test_lone_surrogates_never_raise() -> None:
    for name in (GB18030, UTF8):
        assert encoding.encode("\ud800", name, "gb18030") == b"\\ud800"


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])), st.integers(0, 64))
def test_a_cut_never_splits_a_character(text: str, limit: int) -> None:
    for name in (GB18030, UTF8):
        part = encoding.cut(text.encode(name), limit, name)
        assert len(part) <= limit
        assert text.startswith(part.decode(name))
