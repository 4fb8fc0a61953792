"""What the extension screen does, in time: modes, the 60 seconds, a dead screen, an emulated Nextion display."""

from __future__ import annotations

import time
from ctypes import wintypes

import pytest
import zxingcpp
from nextion_tools.emu import Display, Pty
from PIL import Image

from tests.deadlines import PATIENCE, until, within
from tests.devices.lines import Lines, PtyDevice
from vcchk.base.errors import DEVICE_CODES
from vcchk.cli.commands import screen as command
from vcchk.devices.screen import Screen, controller, qrbox, window, window_process
from vcchk.settings import ScreenSettings

pytestmark = pytest.mark.slow

URL = "https://ehc.example/auth?no=20260101"
OTHER = "https://ehc.example/auth?no=20260102"


def number(name: str) -> int:
    return DEVICE_CODES[name][0]


class FileScreen:
    """A screen of driver ``file`` and what stands on it."""

    def __init__(self, folder, **keys) -> None:
        self.path = folder / "qr.png"
        self.log = Lines()
        section = ScreenSettings(driver="file", options={"file": str(self.path)}, **keys)
        self.screen = Screen(section, self.log, folder=str(folder))

    def displayed(self) -> str | None:
        """Return the text on the screen, "" when it is white, None when it was never touched."""
        if not self.path.exists():
            return None
        with Image.open(self.path) as image:
            found = zxingcpp.read_barcodes(image.convert("L"))
            if not found:
                assert image.convert("L").getextrema() == (255, 255)
                return ""
            return found[0].text

    def becomes(self, text: str | None) -> bool:
        until(lambda: self.displayed() == text, f"{text!r} on the screen")
        return True


def test_dark_at_start_then_mode_1_shows_the_code_that_is_still_valid(tmp_path):
    it = FileScreen(tmp_path)
    it.screen.show_authorisation(URL)
    assert it.becomes("")  # mode is 0 at start: dark, whatever an earlier program left there
    time.sleep(0.1)
    assert it.displayed() == ""
    assert it.screen.set_mode(1) == 0
    assert it.displayed() == URL  # at once: mode() waits for it
    assert it.screen.set_mode(0) == 0
    assert it.displayed() == ""
    it.screen.show_authorisation(OTHER)
    time.sleep(0.1)
    assert it.displayed() == ""  # stays dark
    assert it.screen.set_mode(1) == 0
    assert it.displayed() == OTHER


def test_what_a_killed_program_left_goes_dark(tmp_path):
    earlier = FileScreen(tmp_path, mode=1)
    earlier.screen.show_authorisation(URL)
    assert earlier.becomes(URL)
    it = FileScreen(tmp_path)
    it.screen.clear()  # what Desk.start does
    assert it.becomes("")


def test_mode_1_at_start_by_setting(tmp_path):
    it = FileScreen(tmp_path, mode=1)
    it.screen.show_authorisation(URL)
    assert it.becomes(URL)


def test_the_next_authurl_replaces_and_the_end_clears(tmp_path):
    it = FileScreen(tmp_path, mode=1)
    it.screen.show_authorisation(URL)
    assert it.becomes(URL)
    it.screen.show_authorisation(OTHER)
    assert it.becomes(OTHER)
    it.screen.clear()
    assert it.becomes("")
    assert it.screen.set_mode(1) == 0
    assert it.displayed() == ""  # an ended one is not valid any more


def test_it_clears_itself_when_the_time_is_over(tmp_path):
    with PtyDevice(free=True) as device:
        section = ScreenSettings(driver="qrbox", port=device.name, mode=1, seconds=2, timeout=PATIENCE)
        screen = Screen(section, Lines(), folder=str(tmp_path))
        screen.show_authorisation(URL)
        device.wait_for(lambda data: qrbox.clear({})[0].send in data)
        (shown,) = qrbox.show(URL, {"amount": "", "label": "请扫码授权"})
        assert device.received == shown.send + qrbox.clear({})[0].send
        assert screen.set_mode(1) == 0
        screen.close()
        assert device.received.count(URL.encode()) == 1


def test_the_registered_code_only_when_wanted(tmp_path):
    it = FileScreen(tmp_path, mode=1)
    it.screen.show_ehealth_code("DYNAMIC1")
    time.sleep(0.1)
    assert it.displayed() is None
    both = FileScreen(tmp_path, mode=1, show=("authurl", "ehealth_code"))
    both.screen.show_ehealth_code("DYNAMIC1")
    assert both.becomes("DYNAMIC1")
    none = FileScreen(tmp_path, mode=1, show=("ehealth_code",))
    none.screen.show_authorisation(URL)
    time.sleep(0.1)
    assert none.displayed() == "DYNAMIC1"


@pytest.mark.parametrize("mode", [-1, 2, 99])
def test_other_modes(tmp_path, mode):
    it = FileScreen(tmp_path)
    assert it.screen.set_mode(mode) == number("bad_argument")
    assert it.displayed() is None


def test_no_screen_set_up():
    log = Lines()
    screen = Screen(ScreenSettings(), log)
    assert screen.set_mode(1) == screen.set_mode(0) == number("absent")
    assert "driver" in log.text()
    screen.show_authorisation(URL)
    screen.clear()
    assert screen._thread is None


def test_unknown_driver_and_unwritable_file(tmp_path):
    assert Screen(ScreenSettings(driver="crt")).set_mode(0) == number("bad_argument")
    (tmp_path / "file").touch()
    section = ScreenSettings(driver="file", options={"file": str(tmp_path / "file" / "qr.png")})
    assert Screen(section).set_mode(0) == number("write_failed")


def test_the_file_can_be_deleted_instead(tmp_path):
    path = tmp_path / "s.png"
    section = ScreenSettings(driver="file", mode=1, options={"file": str(path), "idle": "delete", "size": "300"})
    screen = Screen(section)
    screen.show_authorisation(URL)
    assert screen.set_mode(1) == 0
    with Image.open(path) as image:
        assert image.size == (300, 300)
    assert screen.set_mode(0) == 0
    assert not path.exists()
    assert screen.set_mode(0) == 0


def test_a_dead_screen_delays_nothing_and_is_reported_by_the_next_mode(tmp_path):
    log = Lines()
    with PtyDevice(free=True) as device:  # takes bytes, never answers
        section = ScreenSettings(driver="tjc", port=device.name, mode=1, timeout=0.5)
        screen = Screen(section, log, folder=str(tmp_path))
        began = time.monotonic()
        screen.show_authorisation(URL)
        screen.clear()
        screen.show_authorisation(OTHER)
        assert time.monotonic() - began < section.timeout, "none of the three waits"
        device.wait_for(lambda data: b"connect" in data)
        with within(2 * section.timeout):
            assert screen.set_mode(1) == number("no_answer")
    assert "没有应答" in log.text()
    assert "ehc.example" not in log.text()


def test_a_failed_showing_is_reported_even_if_the_screen_has_come_back(tmp_path):
    link = tmp_path / "tty"
    section = ScreenSettings(driver="qrbox", port=str(link), mode=1, timeout=0.3)
    log = Lines()
    screen = Screen(section, log, folder=str(tmp_path))
    screen.show_authorisation(URL)  # there is no such port yet
    until(lambda: log.lines, "the report of the showing that failed")
    with PtyDevice(free=True) as device:
        link.symlink_to(device.name)
        assert screen.set_mode(1) == number("open_failed")  # tells of the showing that failed …
        device.wait_for(lambda data: URL.encode() in data)  # … and shows the code, which is still valid
        assert screen.set_mode(1) == 0
        screen.close()


def test_unplugged_and_plugged_in_again_without_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr(controller, "RETRY_SECONDS", 0.3)
    link = tmp_path / "tty"
    section = ScreenSettings(driver="qrbox", port=str(link), mode=1, timeout=0.3)
    screen = Screen(section, Lines(), folder=str(tmp_path))
    first = PtyDevice(free=True)
    link.symlink_to(first.name)
    screen.show_authorisation(URL)
    first.wait_for(lambda data: URL.encode() in data)
    first.unplug()
    link.unlink()
    assert screen.set_mode(1) != 0
    with PtyDevice(free=True) as second:
        link.symlink_to(second.name)
        second.wait_for(lambda data: URL.encode() in data)  # tried again by itself
        screen.close()


def test_a_port_in_use_is_busy(tmp_path):
    import serial

    with PtyDevice(free=True) as device:
        section = ScreenSettings(driver="dwin", port=device.name, timeout=0.2)
        screen = Screen(section, folder=str(tmp_path))
        with serial.Serial(device.name, exclusive=True):
            assert screen.set_mode(1) == number("busy")
        assert screen.set_mode(0) == number("no_answer")


def test_an_emulated_nextion_display_shows_the_text(tmp_path):
    display = Display(Pty())
    try:
        section = ScreenSettings(driver="tjc", port=display.transport.path, timeout=PATIENCE)
        screen = Screen(section, Lines(), folder=str(tmp_path))
        quoted = URL + '&q="x"'
        screen.show_authorisation(quoted)
        assert screen.set_mode(1) == 0
        assert "connect" in display.commands
        assert display.page == "qr"
        assert display.components["qr.qr0.txt"] in (quoted, quoted.encode())
        screen.clear()
        assert screen.set_mode(1) == 0
        assert display.components["qr.qr0.txt"] in ("", b"")
        # The empty instruction in front of connect is meant to end a half one, and is the only thing refused.
        assert [instruction for instruction, _ in display.errors if instruction] == []
        screen.close()
    finally:
        display.close()


def test_a_display_without_the_component_refuses(tmp_path):
    display = Display(Pty(), resolver=lambda key: not key.endswith("qr0.txt"))
    try:
        log = Lines()
        screen = Screen(
            ScreenSettings(driver="tjc", port=display.transport.path, timeout=PATIENCE), log, folder=str(tmp_path)
        )
        assert screen.set_mode(0) == number("refused")
        assert "1A" in log.text()
        screen.close()
    finally:
        display.close()


def test_a_pole_display_setting_that_cannot_be(tmp_path):
    log = Lines()
    screen = Screen(ScreenSettings(driver="dwin", port="spool:x"), log, folder=str(tmp_path))
    assert screen.set_mode(0) == number("bad_argument")


def test_wrong_options_are_warnings(tmp_path):
    log = Lines()
    section = ScreenSettings(driver="file", options={"file": str(tmp_path / "a.png"), "size": "big", "colour": "red"})
    assert Screen(section, log).set_mode(0) == 0
    assert "size" in log.text()
    assert "colour" in log.text()


@pytest.mark.skipif(__import__("sys").platform == "win32", reason="says what Linux does")
def test_the_second_monitor_is_windows_only(tmp_path):
    log = Lines()
    assert Screen(ScreenSettings(driver="window"), log, folder=str(tmp_path)).set_mode(0) == number("open_failed")
    assert "Windows" in log.text()


def test_the_code_is_not_on_the_windows_command_line():
    values = {"monitor": 2, "caption": "--请扫码--", "idle": "hide"}
    assert window.command(values)[-5:] == ["screen", "--window", "--monitor=2", "--caption=--请扫码--", "--idle=hide"]
    options = command.make_parser().parse_args(window.command(values)[-4:])
    assert (options.window, options.monitor, options.caption, options.idle) == (True, 2, "--请扫码--", "hide")


@pytest.mark.parametrize(
    ("found", "number", "chosen"),
    [
        ([(0, True), (1, False), (2, False)], 0, 1),
        ([(0, False), (1, True)], 0, 0),
        ([(0, True)], 0, None),
        ([(0, True)], 1, 0),
        ([(0, True), (1, False)], 2, 1),
        ([(0, True)], 2, None),
        ([], 0, None),
    ],
)
def test_which_monitor(found: list[tuple[int, bool]], number: int, chosen: int | None) -> None:
    areas = [(wintypes.RECT(left=n), primary) for n, primary in found]
    area = window_process.choose(areas, number)
    assert (area.left if area else None) == chosen


def test_the_command(tmp_path, monkeypatch, capsys):
    ini = tmp_path / "v.ini"
    ini.write_text(f"[screen]\ndriver = file\nfile = {tmp_path}/c.png\n[log]\nfolder = {tmp_path}\n", encoding="utf-8")
    monkeypatch.setenv("VCCHK_INI", str(ini))
    assert command.main(["--text", URL, "--seconds", "0.3"]) == 0
    assert "已显示" in capsys.readouterr().out
    assert command.main(["--clear"]) == 0
    ini.write_text("[screen]\n", encoding="utf-8")
    assert command.main(["--clear"]) == 1
    assert "[9005]" in capsys.readouterr().err
