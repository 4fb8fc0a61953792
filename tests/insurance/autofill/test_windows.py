"""The ways of Windows on a real window: Wine, a real X server, a 32-bit Windows Python, an edit control."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from native.buildkit import wine
from tests.deadlines import PATIENCE, until, within
from tests.insurance.autofill import desktop as desktops
from tests.insurance.autofill.desktop import BUTTON_ID, CLASS, EDIT_ID, PYTHON, TITLE, Desktop, Helper
from vcchk.base.errors import DEVICE_CODES

CODE = "3502ab" + "7" * 24
LOOK = f"window = {TITLE}\n"

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason="no Windows Python yet: python3 build_dll.py build --target win32"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def windows(desktop: Desktop, home: Path) -> Iterator[Helper]:
    with desktops.helper(desktop, PYTHON, home) as made:
        yield made


def fill(windows: Helper, ini: str, code: str = CODE, **more: object) -> str:
    """Return the name of the row that SetEcQrcode answered, "" for success."""
    answer = windows("fill", ini="[autofill]\n" + ini, code=code, **more)
    assert answer["warnings"] == []
    if answer["number"] == 0:
        assert (answer["message"], answer["left"]) == ("", "voucher_used")
        return ""
    names = [n for n, row in DEVICE_CODES.items() if (row[0], row[2]) == (answer["number"], answer["message"])]
    assert len(names) == 1, answer
    return names[0]


# --- keys


@pytest.mark.parametrize(
    "look",
    [
        LOOK,
        f"window = {TITLE[2:6]}\n",
        f"window_class = {CLASS}\n",
        f"window_class = {CLASS.lower()}\nwindow = {TITLE}\n",
    ],
)
def test_keys_type_the_code_and_enter(desktop: Desktop, windows: Helper, look: str) -> None:
    with desktop.edit_window() as window:
        assert fill(windows, f"way = keys\n{look}") == ""
        window.happened(f"enter {CODE}")
        typed = [event for event in window.events() if event.startswith("char ")]
        assert typed == [f"char {CODE[: n + 1]}" for n in range(len(CODE))]


def test_keys_without_enter(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window() as window:
        assert fill(windows, f"way = keys\nenter = no\n{LOOK}") == ""
        window.happened(f"char {CODE}")
        time.sleep(0.2)
        assert not any(event.startswith("enter") for event in window.events())


def test_keys_bring_a_covered_window_to_the_front(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("covered") as window:
        until(lambda: windows("front") == "another program", "the covering window in front")
        assert fill(windows, f"way = keys\n{LOOK}") == ""
        window.happened(f"enter {CODE}")
        assert not any(event.startswith("thief") for event in window.events())


def test_keys_restore_a_minimised_window(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("minimized") as window:
        assert fill(windows, f"way = keys\n{LOOK}") == ""
        window.happened(f"enter {CODE}")


def test_keys_stop_when_another_window_comes_to_the_front(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("steal=7") as window:
        assert fill(windows, f"way = keys\n{LOOK}", CODE * 20) == "window_left"
        time.sleep(0.3)
        assert not any(event.startswith("enter") for event in window.events())
        # What lay in the queue when the other window came cannot be taken back; the rest was never sent.
        typed = [event for event in window.events() if event.startswith(("char", "thief"))]
        assert len(typed) < len(CODE * 20), window.events()


def test_keys_never_type_into_the_window_that_is_in_front_instead(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("refuse") as window:
        until(lambda: windows("front") == "another program", "the covering window in front")
        assert fill(windows, f"way = keys\nwait = 0.3\n{LOOK}") == "window_behind"
        time.sleep(0.2)
        assert window.events() == ["ready"]


def test_keys_stop_when_a_new_verify_begins(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window() as window:
        keys = {"ini": f"[autofill]\nway = keys\n{LOOK}", "code": "A" * 2000}
        answer = windows("fill", **keys, forget_after=9, events=wine.windows_path(window.path))
        assert answer["number"] == DEVICE_CODES["fill_outdated"][0]
        assert answer["left"] == "voucher_none"
        time.sleep(0.2)
        assert 0 < len(window.text()) < 2000
        assert not any(event.startswith("enter") for event in window.events())


# --- finding the window


@pytest.mark.parametrize("way", ["keys", "window", "clipboard"])
def test_no_such_window(desktop: Desktop, windows: Helper, way: str) -> None:
    begin = time.monotonic()
    with within(1.5):
        assert fill(windows, f"way = {way}\nwindow = 没有这个窗口\nwait = 0.5\n") == "window_missing"
    assert time.monotonic() - begin > 0.4


@pytest.mark.parametrize("way", ["keys", "window"])
def test_no_window_set(windows: Helper, way: str) -> None:
    assert fill(windows, f"way = {way}\ncontrol = {EDIT_ID}\n") == "window_unset"


def test_the_window_may_appear_while_we_wait(desktop: Desktop, windows: Helper) -> None:
    import threading

    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(fill(windows, f"way = keys\nwait = 60\n{LOOK}")))
    thread.start()
    time.sleep(0.3)
    with desktop.edit_window() as window:
        thread.join(PATIENCE)
        assert answers == [""]
        window.happened(f"enter {CODE}")


def test_the_exact_title_goes_before_one_that_contains_it(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window() as exact, desktop.edit_window(title=TITLE + " - 2") as longer:
        assert fill(windows, f"way = keys\n{LOOK}") == ""
        exact.happened(f"enter {CODE}")
        assert longer.events() == ["ready"]


def test_the_hiss_own_window_only_by_setting(desktop: Desktop, windows: Helper) -> None:
    windows("own_window", title="HIS 自己的窗口")
    look = "window = HIS 自己的窗口\nwait = 0.2\nenter = no\n"
    assert fill(windows, f"way = keys\n{look}") == "window_own"
    assert fill(windows, f"way = keys\nown_windows = yes\n{look}") == ""


def test_a_hung_program(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("hang") as window:
        window.happened("ready")
        time.sleep(0.5)
        with within(2):
            assert fill(windows, f"way = window\ncontrol = {EDIT_ID}\nwait = 0.2\n{LOOK}") == "window_hung"


# --- window


@pytest.mark.parametrize("options", [(), ("nested",), ("covered",)])
def test_window_sets_the_text_and_presses_the_button(
    desktop: Desktop, windows: Helper, options: tuple[str, ...]
) -> None:
    with desktop.edit_window(*options) as window:
        assert fill(windows, f"way = window\ncontrol = {EDIT_ID}\nbutton = {BUTTON_ID}\n{LOOK}") == ""
        window.happened(f"click {CODE}")
        assert window.events()[:2] == ["ready", f"set {CODE}"]


def test_window_without_a_button(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window() as window:
        assert fill(windows, f"way = window\ncontrol = {EDIT_ID}\n{LOOK}") == ""
        window.happened(f"set {CODE}")
        time.sleep(0.2)
        assert window.events() == ["ready", f"set {CODE}"]


@pytest.mark.parametrize("ids", ["", "control = 7\n", f"control = {EDIT_ID}\nbutton = 7\n"])
def test_window_with_a_wrong_id_changes_nothing(desktop: Desktop, windows: Helper, ids: str) -> None:
    with desktop.edit_window() as window:
        assert fill(windows, f"way = window\n{ids}{LOOK}") == "control_missing"
        assert window.events() == ["ready"]


def test_window_with_a_disabled_button(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window("disabled") as window:
        ids = f"control = {EDIT_ID}\nbutton = {BUTTON_ID}\n"
        assert fill(windows, f"way = window\n{ids}{LOOK}") == "button_disabled"
        window.happened(f"set {CODE}")


def test_window_whose_control_does_not_keep_the_code(desktop: Desktop, windows: Helper) -> None:
    with desktop.edit_window() as window:
        # A button takes any text; a disabled look-alike is not needed: the edit of `upper` changes what it is given.
        window.happened("ready")
    with desktop.edit_window("upper"):
        assert fill(windows, f"way = window\ncontrol = {EDIT_ID}\n{LOOK}") == "control_refused"


# --- clipboard


def test_clipboard_pastes_and_puts_back(desktop: Desktop, windows: Helper) -> None:
    windows("copy", text="医生复制的内容")
    with desktop.edit_window() as window:
        assert fill(windows, f"way = clipboard\nclipboard_seconds = 1\n{LOOK}") == ""
        window.happened(f"paste {CODE}")
        window.happened(f"enter {CODE}")
        until(lambda: windows("clipboard") == "医生复制的内容", "the old content")


def test_clipboard_without_a_window_holds_the_code_for_its_seconds(windows: Helper) -> None:
    windows("copy", text="old")
    assert fill(windows, "way = clipboard\nclipboard_seconds = 3\n") == ""
    assert windows("clipboard") == CODE
    until(lambda: windows("clipboard") == "old", "the old content")


def test_clipboard_is_put_back_at_once_by_the_next_verify(windows: Helper) -> None:
    windows("copy", text="old")
    assert fill(windows, "way = clipboard\nclipboard_seconds = 60\n") == ""
    assert windows("clipboard") == CODE
    windows("forget")
    assert windows("clipboard") == "old"


def test_clipboard_that_somebody_used_since_is_left_alone(windows: Helper) -> None:
    windows("copy", text="old")
    assert fill(windows, "way = clipboard\nclipboard_seconds = 0.5\n") == ""
    windows("copy", text="newer")
    time.sleep(1)
    assert windows("clipboard") == "newer"


def test_clipboard_is_put_back_when_the_window_is_missing(windows: Helper) -> None:
    windows("copy", text="old")
    assert fill(windows, "way = clipboard\nwindow = 没有这个窗口\nwait = 0\n") == "window_missing"
    assert windows("clipboard") == "old"


# --- all of them


def test_file_on_windows(windows: Helper, home: Path) -> None:
    assert fill(windows, "way = file\n") == ""
    assert (home / "ecqrcode.txt").read_bytes() == CODE.encode()
    windows("forget")
    assert not (home / "ecqrcode.txt").exists()


def test_the_log_has_the_outcomes_and_no_code(windows: Helper, home: Path) -> None:
    said = "".join(path.read_text("utf-8") for path in home.rglob("*.log"))
    assert "SetEcQrcode filled the code" in said
    assert "window_left" in said
    assert CODE not in said
    assert CODE[:12] not in said
