"""Trigger, stop and reply bytes of every scanner family, as their manuals print them; framing as a pure function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base.errors import DeviceError
from vcchk.devices.scanner import families, framing, ssi

# family: trigger, stop, acknowledgement. Sources: the manual named in each driver's docstring.
COMMANDS = {
    "continuous": ("", "", ""),
    "newland": ("01 54 04", "01 50 04", "06"),
    "newland-ucs": (
        "7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03",
        "7E 01 30 30 30 30 23 53 43 4E 54 52 47 30 3B 03",
        "02 01 30 30 30 30 23 53 43 4E 54 52 47 31 06 3B 03",
    ),
    "honeywell": ("16 54 0D", "16 55 0D", ""),
    "gm65": ("7E 00 08 01 00 02 01 AB CD", "7E 00 08 01 00 02 00 AB CD", "02 00 00 01 00 33 31"),
    "ssi": ("04 E4 04 00 FF 14", "04 E5 04 00 FF 13", "04 D0 00 00 FF 2C"),
    "datalogic": ("54", "58", ""),
    "zkteco": ("54", "50", ""),
}
CODE = b"253C62B5978E905C5EF59A063386F655:1:0"


@pytest.mark.parametrize("family", families.FAMILIES)
def test_commands(family):
    driver = families.load(family)
    trigger, stop, _ = COMMANDS[family]
    assert bytes.fromhex(trigger) == driver.trigger
    assert bytes.fromhex(stop) == driver.stop
    assert (b"\0" if family == "ssi" else b"") == driver.wake


def through(family: str, pieces: list[bytes]) -> bytes:
    stream = families.load(family).stream()
    return b"".join(stream.feed(piece) for piece in pieces) + stream.flush()


@pytest.mark.parametrize("family", families.FAMILIES)
def test_acknowledgements_are_no_codes_however_they_are_cut(family):
    ack = bytes.fromhex(COMMANDS[family][2])
    data = ack + CODE + b"\r\n" + ack
    for cut in range(len(data) + 1):
        assert through(family, [data[:cut], data[cut:]]) == CODE + b"\r\n"
    assert through(family, [data[n : n + 1] for n in range(len(data))]) == CODE + b"\r\n"


@pytest.mark.parametrize("family", families.FAMILIES)
def test_an_acknowledgement_is_noticed(family):
    stream = families.load(family).stream()
    has_one = COMMANDS[family][2] != ""
    assert stream.acknowledged is not has_one
    stream.feed(bytes.fromhex(COMMANDS[family][2]))
    assert stream.acknowledged


@pytest.mark.parametrize(
    ("family", "nak"),
    [
        ("newland", "15"),
        ("newland-ucs", "02 01 30 30 30 30 23 53 43 4E 54 52 47 31 15 3B 03"),
        ("newland-ucs", "02 01 30 30 30 30 23 53 43 4E 54 52 47 31 05 3B 03"),
        ("ssi", "05 D1 00 00 06 FF 24"),
    ],
)
def test_refusals(family, nak):
    with pytest.raises(DeviceError) as caught:
        through(family, [bytes.fromhex(nak)])
    assert caught.value.name == "scanner_broken"


def test_ssi_packets():
    # Simple Serial Interface Programmer's Guide: CMD_ACK from the scanner, CMD_NAK (06: denied)
    assert ssi.packet(ssi.CMD_ACK, source=0) == bytes.fromhex("04 D0 00 00 FF 2C")
    assert ssi.packet(ssi.CMD_NAK, source=0, data=b"\x06") == bytes.fromhex("05 D1 00 00 06 FF 24")


def test_ssi_decode_data_is_taken_out_and_acknowledged():
    frame = ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE)  # F1: QR code
    for cut in range(len(frame) + 1):
        stream = ssi.SsiStream()
        assert stream.feed(frame[:cut]) + stream.feed(frame[cut:]) == CODE + b"\r\n"
        assert stream.answer == bytes.fromhex("04 D0 04 00 FF 28")


def test_ssi_damaged_packet_is_not_a_code():
    frame = bytearray(ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE))
    frame[-1] ^= 1
    stream = ssi.SsiStream()
    data = stream.feed(bytes(frame)) + stream.flush()
    assert stream.answer == b""
    framer = framing.Framer("auto", 0.08, False)
    codes = [*framer.feed(data, 0.0)]
    last = framer.pause(1.0)
    for code in [*codes, *([last] if last else [])]:
        with pytest.raises(DeviceError):
            framing.text(code, "auto")


@pytest.mark.parametrize(
    ("end", "data", "codes"),
    [
        ("auto", b"A\rB\nC\r\nD", [b"A", b"B", b"C"]),
        ("cr", b"A\rB\nC\r", [b"A", b"B\nC"]),
        ("lf", b"A\nB\r\nC", [b"A", b"B"]),
        ("crlf", b"A\rB\r\nC\r\n", [b"A\rB", b"C"]),
        ("gap", b"A\rB", []),
        ("auto", b"\r\n\r\n%%NoRead\r\n\r\nA\r\n", [b"A"]),
        ("auto", b"\x02A\x03\r\n \0\r\n", [b"A"]),
    ],
)
def test_ends(end, data, codes):
    assert framing.Framer(end, 0.08, False).feed(data, 0.0) == codes
    bytewise = framing.Framer(end, 0.08, False)
    assert [c for n in range(len(data)) for c in bytewise.feed(data[n : n + 1], 0.0)] == codes


@pytest.mark.parametrize(("end", "code"), [("auto", CODE), ("gap", CODE), ("cr", None), ("crlf", None)])
def test_a_pause_ends_a_code_without_a_suffix(end, code):
    framer = framing.Framer(end, 0.08, False)
    assert framer.feed(CODE[:-1], 1.00) == []
    assert framer.pause(1.05) is None
    assert framer.feed(CODE[-1:], 1.06) == []
    assert framer.pause(1.10) is None
    assert framer.pause(1.15) == code
    assert framer.pause(9.0) is None


@pytest.mark.parametrize("cut", range(1, len(CODE) - 4))
def test_a_pause_within_a_code_is_no_end(cut):
    framer = framing.Framer("auto", 0.08, False)
    framer.feed(CODE[:cut], 1.0)
    assert framer.pause(9.0) is None
    framer.feed(CODE[cut:], 9.1)
    assert framer.pause(9.5) == CODE


def test_once_a_line_end_was_seen_no_pause_is_an_end():
    framer = framing.Framer("auto", 0.08, False, framing.never)
    framer.feed(CODE, 1.0)
    assert framer.pause(9.0) is None
    assert framer.holds_code
    assert not framer.ended
    assert framer.feed(b"\r", 9.1) == [CODE]
    assert framer.ended
    assert not framer.holds_code


PREFIXES = [
    b"\\000026", b"\\000003", b"\\000029", b"]Q1\\000026", b"]Q2\\000026", b"]d5\\000026", b"\xef\xbb\xbf",
    b"\\000026\xef\xbb\xbf", b"\xef\xbb\xbf\\000026", b"\xef\xbb\xbf]Q2\\000026", b"\x02\\000026", b"\\000020\\000026",
]  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("code", [CODE, "张三|A".encode(), b"2" * 28])
def test_marks_of_the_scanner_are_taken_off(prefix, code):
    framer = framing.Framer("auto", 0.08, False)
    assert framer.feed(prefix + code + b"\r\n", 0.0) == [code]
    assert framer.cleaned
    without = framing.Framer("auto", 0.08, False)
    without.feed(code + b"\r\n", 0.0)
    assert not without.cleaned


@pytest.mark.parametrize("before", [b"\x02", b"\x1d", b"\x01\x1b", b"\x7f", b"]Q1"])
@pytest.mark.parametrize("behind", [b"\r", b"\x03\r", b"\x1e\x04\r\n", b"\x0b\r", b"\x0c\r\n"])
def test_control_characters_frame_a_code_and_are_no_part_of_it(before, behind):
    framer = framing.Framer("auto", 0.08, False)
    framer.feed(before + CODE[:20], 0.0)
    assert framer.pause(9.0) is None
    assert framer.feed(CODE[20:] + behind, 9.0) == [CODE]


@pytest.mark.parametrize("code", [b"\\00002", b"\\00002x123", b"A\\000026", b"]Q1ABC"])
def test_what_is_no_mark_stays(code):
    assert framing.Framer("auto", 0.08, False).feed(code + b"\r", 0.0) == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"]Q0ABC\r", b"ABC"), (b"]Q6]C0\r", b"]C0"), (b"]d2ABC\r", b"ABC"), (b"]C1ABC\r", b"ABC"), (b"]L0ABC\r", b"ABC"),
     (b"ABC]Q0\r", b"ABC]Q0"), (b"]A\r", b"]A")],
)  # fmt: skip
def test_aim_prefixes(data, code):
    assert framing.Framer("auto", 0.08, True).feed(data, 0.0) == [code]
    assert framing.Framer("auto", 0.08, False).feed(data, 0.0) == [data[:-1]]


def test_more_than_any_code_holds():
    framer = framing.Framer("auto", 0.08, False)
    with pytest.raises(DeviceError) as caught:
        framer.feed(b"x" * 5000, 0.0)
    assert caught.value.name == "bad_reply"
    assert framer.feed(b"A\r", 0.0) == [b"A"]


@pytest.mark.parametrize(
    ("code", "encoding", "text"),
    [
        ("张三|A".encode(), "auto", "张三|A"),
        ("张三|A".encode("gbk"), "auto", "张三|A"),
        ("张三|A".encode("gbk"), "gb18030", "张三|A"),
        (b"ABC", "utf-8", "ABC"),
    ],
)
def test_texts(code, encoding, text):
    assert framing.text(code, encoding) == text


@pytest.mark.parametrize(("code", "encoding"), [(b"\xff\xfe\x80", "auto"), (b"A\x01B", "auto"), (b"\xc5", "utf-8")])
def test_texts_that_are_none(code, encoding):
    with pytest.raises(DeviceError) as caught:
        framing.text(code, encoding)
    assert caught.value.name == "bad_reply"


@given(st.lists(st.binary(max_size=40), max_size=8), st.sampled_from(sorted(families.FAMILIES)))
def test_no_bytes_break_a_stream(pieces, family):
    stream = families.load(family).stream()
    framer = framing.Framer("auto", 0.08, True)
    refused = None
    try:
        for piece in pieces:
            framer.feed(stream.feed(piece), 0.0)
        framer.feed(stream.flush(), 0.0)
    except DeviceError as error:
        refused = error.name
    assert refused in (None, "scanner_broken")  # the latter: a NAK by chance
