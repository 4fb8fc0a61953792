"""The INI: encodings, slips, defaults, and that every key is explained once."""

import pytest

from vcchk.cli import ini_template
from vcchk.settings import SECTIONS, AbiSettings, GatewaySettings, ini, load_settings, parse_settings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_an_editor_writes(tmp_path, encoding: str) -> None:
    path = tmp_path / "VirtualCardChk.ini"
    path.write_bytes("; 说明\r\n[autofill]\r\nwindow = 医保结算客户端\r\n".encode(encoding))
    loaded = load_settings(str(path))
    assert loaded.autofill.window == "医保结算客户端"
    assert loaded.warnings == ()


def test_percent_and_semicolon_are_themselves(tmp_path) -> None:
    loaded = parse_settings("[gateway]\nproxy = http://u:p%40x;y@proxy:8080\n")
    assert loaded.gateway.proxy == "http://u:p%40x;y@proxy:8080"
    assert "p%40x" not in repr(loaded.gateway)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[gateway]\ntimeuot = 3\n", "第 2 行：[gateway] timeuot 不是已知的设置项，是不是想写 timeout？"),
        ("[gatway]\n", "第 1 行：[gatway] 不是已知的节，是不是想写 [gateway]？"),
        ("[gateway]\ntimeout = soon\n", "第 2 行：[gateway] timeout 的值无效（应为数字），已按默认值处理"),
        ("[gateway]\ntimeout = 0\n", "第 2 行：[gateway] timeout 的值无效（应在 0.1 到 600 之间），已按默认值处理"),
        ("[gateway]\ntimeout = nan\n", "第 2 行：[gateway] timeout 的值无效（应在 0.1 到 600 之间），已按默认值处理"),
        (
            "[gateway]\nverify = maybe\n",
            "第 2 行：[gateway] verify 的值无效（只能是 yes 或 no），已按最严格的 yes 处理",
        ),
        ("[abi]\nrare = x\n", "第 2 行：[abi] rare 的值无效（只能是 gb18030、escape），已按默认值处理"),
        ("timeout = 3\n", "第 1 行：设置项不在任何 [节] 之内"),
        ("[gateway\n", "第 1 行：缺少 ]"),
        ("[gateway]\nhello\n", "第 2 行：既不是 [节]，也不是 键=值"),
    ],
)
def test_a_slip_is_a_warning_and_the_default_holds(text: str, warning: str) -> None:
    loaded = parse_settings(text)
    assert loaded.warnings == (warning,)
    assert loaded.gateway == GatewaySettings()
    assert loaded.abi == AbiSettings()


def test_a_missing_file_and_a_folder_in_its_place_give_the_defaults(tmp_path, monkeypatch) -> None:
    path = str(tmp_path / "none.ini")
    loaded = load_settings(path)
    assert loaded.gateway == GatewaySettings()
    assert loaded.warnings[0].startswith("没有找到 none.ini，")
    assert load_settings(str(tmp_path)).warnings[0].startswith(f"读不出 {tmp_path.name}（")
    monkeypatch.setenv("VCCHK_INI", path)
    assert load_settings(path).warnings[0].startswith(f"没有找到环境变量 VCCHK_INI 指定的 {path}，")


def test_values_of_every_type() -> None:
    loaded = parse_settings(
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


def test_every_key_of_a_section_is_a_row_with_an_explanation() -> None:
    for name, kind in SECTIONS.items():
        assert kind._title, name
        assert set(kind._options) == set(kind._fields) - {"options", "positions"}, name
        assert all(row.help for row in kind._options.values()), name


def uncommented(text: str) -> str:
    """Return the example with its sections' own keys in force: neither the drivers' nor the include."""
    lines, of_driver = [], False
    for line in text.splitlines():
        of_driver = "---- driver" in line or (of_driver and line[:1] != "[")
        is_key = line[:1] == ";" and line[1:2].isalpha()
        lines.append(line[1:] if is_key and not of_driver and not line.startswith(";file = \\\\server") else line)
    return "\n".join(lines)


def test_the_shipped_example_is_all_remarks_and_says_the_defaults() -> None:
    text = ini_template.template()
    assert parse_settings(text) == parse_settings("")
    loaded = parse_settings(uncommented(text))
    assert loaded.warnings == ()
    for name, kind in SECTIONS.items():
        assert getattr(loaded, name) == kind(), name
        for key in kind._options:
            assert f"\n;{key} =" in text


def test_a_quoted_value_keeps_its_spaces() -> None:
    assert ini.parse("[a]\nk = ' v '\n")[0] == [("a", "", "", 1), ("a", "k", " v ", 2)]
