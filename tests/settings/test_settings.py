"""The INI: encodings, slips, defaults, and that every key is explained once."""

import pytest

from vcchk import settings
from vcchk.cli import ini_template as settings_help
from vcchk.settings import ini


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_an_editor_writes(tmp_path, encoding: str) -> None:
    path = tmp_path / "VirtualCardChk.ini"
    path.write_bytes("; 说明\r\n[autofill]\r\nwindow = 医保结算客户端\r\n".encode(encoding))
    loaded = settings.load(str(path))
    assert loaded.autofill.window == "医保结算客户端"
    assert loaded.warnings == ()


def test_percent_and_semicolon_are_themselves(tmp_path) -> None:
    loaded = settings.from_text("[gateway]\nproxy = http://u:p%40x;y@proxy:8080\n")
    assert loaded.gateway.proxy == "http://u:p%40x;y@proxy:8080"
    assert "p%40x" not in repr(loaded.gateway)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[gateway]\ntimeuot = 3\n", "[gateway] timeuot 不是已知的设置项"),
        ("[gatway]\n", "[gatway] 不是已知的节"),
        ("[gateway]\ntimeout = soon\n", "[gateway] timeout 的值无效（应为数字），已按默认值处理"),
        ("[gateway]\ntimeout = 0\n", "[gateway] timeout 的值无效（应在 0.1 到 600 之间），已按默认值处理"),
        ("[gateway]\ntimeout = nan\n", "[gateway] timeout 的值无效（应在 0.1 到 600 之间），已按默认值处理"),
        ("[gateway]\nverify = maybe\n", "[gateway] verify 的值无效（只能是 yes 或 no），已按默认值处理"),
        ("[abi]\nrare = x\n", "[abi] rare 的值无效（只能是 gb18030、escape），已按默认值处理"),
        ("timeout = 3\n", "第 1 行：设置项不在任何 [节] 之内"),
        ("[gateway\n", "第 1 行：缺少 ]"),
        ("[gateway]\nhello\n", "第 2 行：既不是 [节]，也不是 键=值"),
    ],
)
def test_a_slip_is_a_warning_and_the_default_holds(text: str, warning: str) -> None:
    loaded = settings.from_text(text)
    assert loaded.warnings == (warning,)
    assert loaded.gateway == settings.Gateway()
    assert loaded.abi == settings.Abi()


def test_a_missing_file_and_a_folder_in_its_place_give_the_defaults(tmp_path) -> None:
    assert settings.load(str(tmp_path / "none.ini")).gateway == settings.Gateway()
    assert settings.load(str(tmp_path)).warnings


def test_values_of_every_type() -> None:
    loaded = settings.from_text(
        "[ABI]\nOut_Capacity=4096\nstrict=是\n[gateway]\nallow_hosts = a.example，b.example\n"
        '[screen]\ndriver=tjc\nQR_page = "qr "\nseconds=30\n[profile:我市]\nbase = xiamen\n'
    )
    assert loaded.warnings == ()
    assert loaded.abi.out_capacity == 4096
    assert loaded.abi.strict is True
    assert loaded.gateway.allow_hosts == ("a.example", "b.example")
    assert loaded.screen.options == {"qr_page": "qr "}
    assert loaded.screen.seconds == 30.0
    assert loaded.profiles == {"我市": {"base": "xiamen"}}


def test_every_key_is_explained_and_no_explanation_is_stale() -> None:
    for name, kind in settings.SECTIONS.items():
        keys = [key for key in kind._fields if key != "options"]
        assert set(settings_help.HELP[name]) == set(keys), name
        assert all(settings_help.HELP[name].values()), name
    for section, key in [*settings.CHOICES, *settings.LIMITS]:
        assert key in settings.SECTIONS[section]._fields


def test_the_shipped_ini_says_the_defaults() -> None:
    loaded = settings.from_text(settings_help.template())
    assert loaded.warnings == ()
    for name, kind in settings.SECTIONS.items():
        assert getattr(loaded, name) == kind(), name


def test_a_quoted_value_keeps_its_spaces() -> None:
    assert ini.parse("[a]\nk = ' v '\n")[0] == {"a": {"k": " v "}}
