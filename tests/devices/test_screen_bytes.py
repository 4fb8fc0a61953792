"""The screens' bytes, compared with the makers' manuals; every answer a screen can give."""

from __future__ import annotations

import pytest

from tests.devices.lines import PtyDevice
from vcchk.base.errors import DeviceError
from vcchk.devices import options, port, step
from vcchk.devices.screen import dwin, qrbox, tjc
from vcchk.settings import ScreenSettings

END = b"\xff\xff\xff"
OK = b"\x01" + END
URL = "https://ehc.example/a?x=1"


def values(driver, **section):
    return options.read(driver.OPTIONS, ScreenSettings(options=section))[0]


def run(driver, steps, pairs, seconds=3.0):
    with PtyDevice(pairs) as device, port.Port(device.name, baud=driver.BAUD) as line:
        step.run(line, steps, seconds)


# --- TJC / Nextion: "Nextion Instruction Set", chapters 1 (instructions end with FF FF FF) and 7 (return codes) ---

HELLO = [
    (END + b"connect" + END, b"comok 1,30601-0,TJC4832T035,52,61488,D264B8204F0E1828,16777216" + END),
    (b"bkcmd=3" + END, OK),
]


def test_tjc_show():
    run(
        tjc,
        tjc.show(URL, values(tjc)),
        [
            *HELLO,
            (b"page qr" + END, OK),
            (b'qr0.txt="' + URL.encode() + b'"' + END, OK),
            (b"get qr0.txt" + END, b"p" + URL.encode() + END),
            (b"vis qr0,1" + END, OK),
        ],
    )


def test_tjc_clear_hides_and_empties():
    pairs = [*HELLO, (b"page qr" + END, OK), (b'qr0.txt=""' + END, OK), (b"vis qr0,0" + END, OK)]
    run(tjc, tjc.clear(values(tjc)), pairs)


def test_tjc_clear_by_idle_page():
    run(tjc, tjc.clear(values(tjc, idle_page="0")), [*HELLO, (b"page 0" + END, OK)])


def test_tjc_other_names_without_read_back():
    steps = tjc.show("A", values(tjc, page="main", component="q", verify="no"))
    pairs = [*HELLO, (b"page main" + END, OK), (b'q.txt="A"' + END, OK), (b"vis q,1" + END, OK)]
    run(tjc, steps, pairs)


def test_tjc_escapes():
    assert tjc.escape('a"b\\c') == 'a\\"b\\\\c'


@pytest.mark.parametrize(
    "code", [0x00, 0x02, 0x03, 0x04, 0x05, 0x11, 0x12, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x23, 0x24]
)
def test_tjc_every_error_code_is_a_refusal(code):
    with pytest.raises(DeviceError) as caught:
        run(tjc, tjc.show(URL, values(tjc)), [*HELLO, (b"page qr" + END, bytes([code]) + END)])
    assert caught.value.name == "refused"
    assert f"{code:02X}" in caught.value.cause


def test_tjc_touch_events_between_are_not_answers():
    touch = b"\x65\x00\x01\x01" + END + b"\x66\x02" + END + b"\x88" + END
    pairs = [*HELLO, (b"page qr" + END, touch + OK), (b'qr0.txt=""' + END, OK), (b"vis qr0,0" + END, OK)]
    run(tjc, tjc.clear(values(tjc)), pairs)


def test_tjc_silent_change_of_bkcmd_is_tolerated():
    pairs = [HELLO[0], (b"bkcmd=3" + END, b""), (b"page 0" + END, OK)]
    run(tjc, tjc.clear(values(tjc, idle_page="0")), pairs)


def test_tjc_a_broken_read_back_does_not_tell_the_code():
    pairs = [
        *HELLO,
        (b"page qr" + END, OK),
        (b'qr0.txt="' + URL.encode() + b'"' + END, OK),
        (b"get qr0.txt" + END, b"p" + URL.encode()[:20]),
    ]
    with pytest.raises(DeviceError) as caught:
        run(tjc, tjc.show(URL, values(tjc)), pairs, seconds=0.3)
    assert caught.value.name == "bad_reply"
    assert URL.encode()[:8].hex(" ") not in caught.value.cause
    assert caught.value.cause.endswith("answered 21 bytes")


def test_tjc_text_cut_by_txt_maxl_is_reported():
    steps = tjc.show(URL, values(tjc))
    pairs = [
        *HELLO,
        (b"page qr" + END, OK),
        (b'qr0.txt="' + URL.encode() + b'"' + END, OK),
        (b"get qr0.txt" + END, b"p" + URL.encode()[:10] + END),
    ]
    with pytest.raises(DeviceError) as caught:
        run(tjc, steps, pairs)
    assert caught.value.name == "too_large"


@pytest.mark.slow
def test_tjc_silence_and_garbage():
    with pytest.raises(DeviceError) as silent:
        run(tjc, tjc.HELLO, [(END + b"connect" + END, b"")], 0.3)
    assert silent.value.name == "no_answer"
    with pytest.raises(DeviceError) as garbage:
        run(tjc, tjc.HELLO, [(END + b"connect" + END, b"\x80\x81\x82")], 0.3)
    assert garbage.value.name == "bad_reply"


def test_tjc_too_long_for_the_receive_buffer():
    with pytest.raises(DeviceError) as caught:
        tjc.show("A" * 1000, values(tjc))
    assert caught.value.name == "too_large"


# --- DWIN: "DGUS II 应用开发指南" 4 串口通信, its own examples ---

ACK = bytes.fromhex("5A A5 03 82 4F 4B")
ACK_CRC = bytes.fromhex("5A A5 05 82 4F 4B A5 EF")


def test_dwin_example_frames():
    assert dwin.frame(0x1000, b"HI\xff\xff", False) == bytes.fromhex("5A A5 07 82 10 00 48 49 FF FF")
    assert dwin.frame(0x1000, b"\xff\xff", False) == bytes.fromhex("5A A5 05 82 10 00 FF FF")
    assert dwin.acknowledgement(False) == ACK
    assert dwin.acknowledgement(True) == ACK_CRC


def test_dwin_show_and_clear():
    run(dwin, dwin.show("HI", values(dwin)), [(bytes.fromhex("5A A5 07 82 10 00 48 49 FF FF"), ACK)])
    run(dwin, dwin.clear(values(dwin)), [(bytes.fromhex("5A A5 05 82 10 00 FF FF"), ACK)])


def test_dwin_page_switch_and_address():
    steps = dwin.show("HI", values(dwin, vp="0x2000", show_page="3"))
    sent = [bytes.fromhex("5A A5 07 82 20 00 48 49 FF FF"), bytes.fromhex("5A A5 07 82 00 84 5A 01 00 03")]
    run(dwin, steps, [(data, ACK) for data in sent])


def test_dwin_long_text_is_split_at_whole_addresses():
    text = "0123456789" * 45
    steps = dwin.show(text, values(dwin))
    data = text.encode() + b"\xff\xff"
    assert steps[0].send == b"\x5a\xa5" + bytes([3 + 248]) + b"\x82\x10\x00" + data[:248]
    assert steps[1].send == b"\x5a\xa5" + bytes([3 + 204]) + b"\x82\x10\x7c" + data[248:]
    assert len(steps) == 2


def test_dwin_odd_text_is_padded_to_a_word():
    assert dwin.show("ABC", values(dwin))[0].send == bytes.fromhex("5A A5 09 82 10 00 41 42 43 FF FF FF")


def test_dwin_with_crc():
    sent = dwin.show("HI", values(dwin, crc="yes"))
    body = bytes.fromhex("82 10 00 48 49 FF FF")
    assert sent[0].send == b"\x5a\xa5\x09" + body + dwin.crc16(body).to_bytes(2, "little")
    run(dwin, sent, [(sent[0].send, ACK_CRC)])
    # The manual's own frame: CRC of 82 4F 4B is A5 EF on the wire.
    assert dwin.crc16(bytes.fromhex("82 4F 4B")) == 0xEFA5


def test_dwin_touch_report_between_is_not_an_answer():
    touch = bytes.fromhex("5A A5 06 83 00 10 01 00 05")
    run(dwin, dwin.clear(values(dwin)), [(bytes.fromhex("5A A5 05 82 10 00 FF FF"), touch + ACK)])


def test_dwin_458_bytes_and_no_more():
    assert dwin.show("A" * 458, values(dwin))
    with pytest.raises(DeviceError) as caught:
        dwin.show("A" * 459, values(dwin))
    assert caught.value.name == "too_large"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "name"), [(b"", "no_answer"), (b"\x5a\xa5\x03\x82NG", "bad_reply"), (b"??", "bad_reply")]
)
def test_dwin_silence_and_garbage(reply, name):
    with pytest.raises(DeviceError) as caught:
        run(dwin, dwin.clear(values(dwin)), [(bytes.fromhex("5A A5 05 82 10 00 FF FF"), reply)], 0.3)
    assert caught.value.name == name


# --- Bonrix: "QR Code Display — Integration Guide" ---


def test_qrbox():
    steps = qrbox.show(URL, values(qrbox, label="扫码", amount="1"))
    run(qrbox, steps, [(f"DisplayQRCodeScreen**{URL}**1**扫码\n".encode(), b"")])
    run(qrbox, qrbox.clear(values(qrbox)), [(b"WelcomeScreen**\n", b"")])


@pytest.mark.parametrize("text", ["a**b", "a\nb"])
def test_qrbox_separator_in_the_payload(text):
    with pytest.raises(DeviceError) as caught:
        qrbox.show(text, values(qrbox))
    assert caught.value.name == "bad_argument"
