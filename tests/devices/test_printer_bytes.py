"""The label printers' bytes, compared with the makers' manuals; every status bit of every language."""

from __future__ import annotations

import struct

import pytest
from escpos.printer import Dummy

from tests.devices.printers import CODE, job
from vcchk.base.errors import DEVICE_CODES, DeviceError
from vcchk.devices import spool
from vcchk.devices.printer import Printer, cpcl, escpos, tspl, zpl
from vcchk.settings import PrinterSettings

FONT = {"text": "font"}


def test_tspl_by_the_printers_font():
    # TSPL/TSPL2 Programming Language: SIZE, GAP, DIRECTION, CLS, QRCODE, TEXT, PRINT
    assert job("tspl", **FONT) == (
        b"SIZE 50 mm,30 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\n"
        b"QRCODE 16,47,M,5,A,0,M2," + b'"' + CODE.encode() + b'"\r\n'
        b'TEXT 181,54,"TSS24.BF2",0,2,2,"\xd5\xc5\xc8\xfd"\r\n'
        b'TEXT 181,170,"TSS24.BF2",0,1,1,"M0012345678"\r\nPRINT 1,1\r\n'
    )


def test_tspl_options_and_quotes():
    data = job("tspl", person='a"b', copies=3, options={"density": "8", "speed": "4", "direction": "0"}, **FONT)
    assert b"DIRECTION 0\r\nDENSITY 8\r\nSPEED 4\r\nCLS\r\n" in data
    assert b'"a\\["]b"' in data
    assert data.endswith(b"PRINT 1,3\r\n")


@pytest.mark.parametrize("driver", ["tspl", "escpos", "cpcl"])
def test_a_name_outside_gbk_is_drawn_even_in_font_mode(driver):
    data = job(driver, person="𠮷", **FONT)
    assert {"tspl": b"BITMAP", "escpos": b"\x1dv0\0", "cpcl": b"EG "}[driver] in data
    assert b"M0012345678" in data  # the number still by the printer's font


def test_zpl_by_the_printers_font():
    # Programming Guide ZPL II: ^BQ needs the level and "A," before the data; Chinese has no font, so it is drawn
    data = job("zpl", **FONT).decode()
    assert data.startswith(f"^XA^CI28^PW400^LL240^FO16,37^BQN,2,5^FH_^FDMA,{CODE}^FS^FO181,16^GFA,")
    assert data.endswith("^FH_^FDM0012345678^FS^PQ1^XZ")


def test_zpl_escapes():
    assert zpl.escaped("a^b~c_d\x01") == "a_5Eb_7Ec_5Fd_01"
    assert b"^FDMA,a_5Eb_5F" in job("zpl", code="a^b_", **FONT)


def test_escpos_qr_is_the_manuals_example():
    # ESC/POS Command Reference, GS ( k, functions 165 167 169 180 181, "ABC"
    assert escpos.qr("ABC", 6, "L") == bytes.fromhex(
        "1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 06 1D 28 6B 03 00 31 45 30"
        "1D 28 6B 06 00 31 50 30 41 42 43 1D 28 6B 03 00 31 51 30"
    )


@pytest.mark.parametrize("text", ["ABC", CODE, "x" * 300])
@pytest.mark.parametrize(("level", "number"), [("L", 0), ("M", 1), ("Q", 2), ("H", 3)])
def test_escpos_qr_equals_python_escpos(text, level, number):
    other = Dummy()
    other.qr(text, ec=number, size=5, model=2, native=True)
    assert escpos.qr(text, 5, level) == other.output


def test_escpos_by_the_printers_font():
    assert (
        job("escpos", options={"cut": "yes", "feed": "4"}, copies=2, **FONT)
        == (
            b"\x1b@\x1ba\x01"
            + escpos.qr(CODE, 5, "M")
            + b"\n\x1d!\x11\x1c&\xd5\xc5\xc8\xfd\x1c.\n\x1d!\x00\x1c&M0012345678\x1c.\n\x1bd\x04\x1dVB\x00"
        )
        * 2
    )


def test_cpcl_by_the_printers_font():
    assert job("cpcl", **FONT) == (
        b"! 0 203 203 240 1\r\nPAGE-WIDTH 400\r\nB QR 16 47 M 2 U 5\r\nMA," + CODE.encode() + b"\r\nENDQR\r\n"
        b"SETMAG 2 2\r\nT 24 0 181 54 \xd5\xc5\xc8\xfd\r\nSETMAG 0 0\r\n"
        b"SETMAG 1 1\r\nT 24 0 181 170 M0012345678\r\nSETMAG 0 0\r\nFORM\r\nPRINT\r\n"
    )


# --- status: each bit alone, and all together in the order of what to mend first ---

TSPL_BITS = {
    0x00: (), 0x01: ("head_open",), 0x02: ("paper_jam",), 0x04: ("paper_out",), 0x08: ("ribbon_out",),
    0x10: ("paused",), 0x20: (), 0x40: ("head_open",), 0x80: ("overheated",),
    0x45: ("head_open", "paper_out"),
    0xFF: ("head_open", "paper_out", "paper_jam", "ribbon_out", "overheated", "paused"),
}  # fmt: skip


@pytest.mark.parametrize(("byte", "faults"), TSPL_BITS.items())
def test_tspl_status(byte, faults):
    assert [s.send for s in tspl.queries()] == [b"\x1b!?"]
    state = tspl.state([bytes([byte])])
    assert state.faults == faults
    assert state.busy is bool(byte & 0x20)


CPCL_BITS = {
    0x00: (), 0x01: (), 0x02: ("paper_out",), 0x04: ("head_open",), 0x08: (), 0x10: (),
    0x07: ("head_open", "paper_out"),
}  # fmt: skip


@pytest.mark.parametrize(("byte", "faults"), CPCL_BITS.items())
def test_cpcl_status(byte, faults):
    assert [s.send for s in cpcl.queries()] == [b"\x1bh"]
    state = cpcl.state([bytes([byte])])
    assert state.faults == faults
    assert state.busy is bool(byte & 1)
    assert ("电量不足" in state.notes) is bool(byte & 8)
    assert ("打印机重新启动过" in state.notes) is bool(byte & 16)


def hs(one: str = "030,0,0,1245,000,0,0,0,000,0,0,0", two: str = "000,0,0,0,0,2,4,0,00000000,1,000") -> list[bytes]:
    """A ~HS reply as the guide prints it, three strings."""
    return [f"\x02{one}\x03\r\n\x02{two}\x03\r\n\x021234,0\x03\r\n".encode()]


ZPL_FIELDS = [
    (hs(), (), False),
    (hs(one="030,1,0,1245,000,0,0,0,000,0,0,0"), ("paper_out",), False),
    (hs(one="030,0,1,1245,000,0,0,0,000,0,0,0"), ("paused",), False),
    (hs(one="030,0,0,1245,000,1,0,0,000,0,0,0"), ("busy",), False),
    (hs(one="030,0,0,1245,000,0,0,0,000,0,0,1"), ("overheated",), False),
    (hs(one="030,0,0,1245,002,0,0,0,000,0,0,0"), (), True),
    (hs(two="000,0,1,0,0,2,4,0,00000000,1,000"), ("head_open",), False),
    (hs(two="000,0,0,1,0,2,4,0,00000000,1,000"), ("ribbon_out",), False),
    (hs(two="000,0,0,0,0,2,4,0,00000003,1,000"), (), True),
    (hs("030,1,1,1245,000,0,0,0,000,0,0,0", "000,0,1,1,0,2,4,0,00000000,1,000"),
     ("head_open", "paper_out", "ribbon_out", "paused"), False),
]  # fmt: skip


@pytest.mark.parametrize(("replies", "faults", "busy"), ZPL_FIELDS)
def test_zpl_status(replies, faults, busy):
    (query,) = zpl.queries()
    assert query.send == b"~HS"
    assert query.complete(replies[0])
    assert not query.complete(replies[0][:60])
    state = zpl.state(replies)
    assert state.faults == faults
    assert state.busy is busy


def test_zpl_status_of_another_language():
    with pytest.raises(DeviceError) as caught:
        zpl.state([b"\x02a,b\x03\r\n\x02c\x03\r\n\x02d\x03\r\n"])
    assert caught.value.name == "bad_reply"


ESCPOS_BITS = [
    (b"\x12\x12\x12", (), ()),
    (b"\x1a\x12\x12", ("offline",), ()),
    (b"\x1a\x16\x12", ("head_open", "offline"), ()),
    (b"\x12\x32\x12", ("paper_out",), ()),
    (b"\x12\x52\x12", ("device_fault",), ()),
    (b"\x1a\x72\x72", ("paper_out", "device_fault", "offline"), ()),
    (b"\x12\x12\x72", ("paper_out",), ()),
    (b"\x12\x12\x1e", (), ("纸将用完",)),
]


@pytest.mark.parametrize(("answers", "faults", "notes"), ESCPOS_BITS)
def test_escpos_status(answers, faults, notes):
    assert [s.send for s in escpos.queries()] == [b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"]
    state = escpos.state([bytes([b]) for b in answers])
    assert state.faults == faults
    assert state.notes == notes


@pytest.mark.parametrize("byte", [0x00, 0x10, 0x02, 0x92, 0x13, 0xFF])
def test_escpos_status_without_its_fixed_bits(byte):
    with pytest.raises(DeviceError) as caught:
        escpos.state([bytes([byte]), b"\x12", b"\x12"])
    assert caught.value.name == "bad_reply"


QUEUE_BITS = {
    0: None, 0x1: "paused", 0x2: "device_fault", 0x8: "paper_jam", 0x10: "paper_out", 0x40: "paper_out",
    0x80: "offline",
    0x1000: "offline", 0x40000: "ribbon_out", 0x100000: "device_fault", 0x400000: "head_open", 0x400010: "head_open",
    0x400: None, 0x100: None,
}  # fmt: skip


@pytest.mark.parametrize(("status", "name"), QUEUE_BITS.items())
def test_windows_queue_status(status, name):
    # winspool.h, PRINTER_STATUS_*; 0x400 is PRINTING, 0x100 IO_ACTIVE
    assert spool.fault(status) == name


@pytest.mark.parametrize("pointer", ["I", "Q"])
def test_where_the_status_stands_in_printer_info_2(pointer):
    info = struct.pack(f"<13{pointer}8I", *range(100, 113), 0x40, 1, 2, 3, 4, 0x10, 6, 7)
    assert spool.status(info, struct.calcsize(pointer)) == 0x10


def test_states_of_a_printer_have_numbers_of_their_own():
    names = ("paper_out", "head_open", "ribbon_out", "paper_jam", "no_answer", "paused", "overheated", "offline")
    numbers = {DEVICE_CODES[name][0] for name in names}
    assert len(numbers) == len(names)
    assert 0 not in numbers


def test_a_driver_that_does_not_exist():
    section = PrinterSettings(driver="laser", port="COM1")
    assert Printer(section).print_label(CODE, "1", "张三") == DEVICE_CODES["bad_argument"][0]
