"""Profiles from the INI: every row of the variant table is a key, every wrong value a clear Chinese sentence."""

from pathlib import Path

import pytest

from vcchk.base.errors import LocalProtocolError
from vcchk.cli import ini_template
from vcchk.settings import parse_settings
from vcchk.wire import profile_help
from vcchk.wire.canonical import canonical, differences
from vcchk.wire.clock import stamp
from vcchk.wire.families import BUILTIN, FAMILIES
from vcchk.wire.inference.candidates import candidates
from vcchk.wire.profile import CHOICES, IV_BYTES, PAIRS, Profile
from vcchk.wire.site_profile import from_file_values, resolve_profile, to_file_values

FREE = {
    "name", "key_suffix", "order_list", "success", "path", "unsigned", "clear_name", "sign_type", "enc_type",
    "cipher_secret", "sm2_private_key", "sm2_public_key", *PAIRS, *IV_BYTES,
}  # fmt: skip


def test_every_field_is_either_closed_or_ruled() -> None:
    assert set(Profile._fields) == FREE | set(CHOICES)
    for made in BUILTIN.values():
        for key, values in CHOICES.items():
            assert getattr(made, key) in values


def test_builtin() -> None:
    assert set(BUILTIN) == {
        "xiamen", "vendor", "payment", "gateway", "ehui", "gotool", "sichuan", "mianyang", "fudan", "sm2"
    }  # fmt: skip
    assert all(family.title and family.evidence for family in FAMILIES)
    assert BUILTIN["xiamen"] == Profile()


@pytest.mark.parametrize("kind", ["", "AES", "DES", "SM4"])
def test_what_can_be_confirmed_is_read_from_its_file_again(kind: str) -> None:
    found = [one.profile for one in candidates("1DNUNUO9U05G3R3F0A0A00009CF96AFB", "k" * 32, kind, {})]
    for made in [*BUILTIN.values(), *found]:
        assert from_file_values({"confirmed": "1", **to_file_values(made)}, {}) == made


def test_section_over_a_base() -> None:
    made = resolve_profile("mine", {"mine": {"base": "ehui", "sm4_mode": "cbc", "key_suffix": "&secret=K"}})
    assert (made.name, made.order, made.sm4_mode, made.key_suffix) == ("mine", "caseless", "cbc", "&secret=K")


def test_a_section_may_redefine_a_builtin_name() -> None:
    assert resolve_profile("xiamen", {"xiamen": {"success": "200"}}).success == "200"


@pytest.mark.parametrize("key", sorted(CHOICES))
def test_unknown_values(key: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        resolve_profile("x", {"x": {key: "nonsense"}})
    assert caught.value.code == "9002"
    assert f"{key} = nonsense" in caught.value.message
    assert CHOICES[key][0] in caught.value.message


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"colour": "red"}, "[profile:x] colour 不是已知的设置项"),
        ({"base": "berlin"}, "base = berlin"),
        ({"aes_iv": "text:short"}, "aes_iv"),
        ({"des_iv": "hex:zz"}, "des_iv"),
        ({"sm4_iv": "0102030405060708"}, "sm4_iv"),
        ({"key_suffix": "&key="}, "key_suffix"),
        ({"success": ""}, "success"),
        ({"name": "y"}, "name"),
        ({"names": "method"}, "names = method"),
        ({"sm2_private_key": "xyz"}, "sm2_private_key = …"),
    ],
)
def test_wrong_sections(section: dict, sentence: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        resolve_profile("x", {"x": section})
    assert sentence in caught.value.message


def test_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(LocalProtocolError, match=r"auto、xiamen、vendor、.*、sm2、mine"):
        resolve_profile("paris", {"mine": {}})


def test_section_text_defines_the_profile() -> None:
    for made in BUILTIN.values():
        copy = made.replace(name="copy")
        loaded = parse_settings("\n".join(profile_help.lines(copy)))
        assert loaded.warnings == ()
        assert resolve_profile("copy", loaded.profiles) == copy


def test_a_short_section_defines_the_profile_too() -> None:
    for made in (*BUILTIN.values(), BUILTIN["payment"].replace(des_key="direct", names="method=call")):
        copy = made.replace(name="copy")
        short = profile_help.section(copy)
        assert resolve_profile("copy", parse_settings("\n".join(short)).profiles) == copy
        assert len(short) <= 6


def test_secrets_are_not_shown() -> None:
    own = BUILTIN["mianyang"].replace(cipher_secret="SECRET", sm2_private_key="11" * 32)
    printed = "\n".join(profile_help.section(own)) + profile_help.described(own) + repr(own)
    assert "SECRET" not in printed
    assert "1111" not in printed


def test_every_key_is_explained() -> None:
    assert {*profile_help.HELP, "name"} == set(Profile._fields)
    documented = (Path(__file__).parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")
    for key in profile_help.HELP:
        assert f"`{key}`" in documented or f"`…_{key.partition('_')[2]}`" in documented


def test_the_shipped_example_is_a_comment_that_can_be_used() -> None:
    printed = profile_help.example()
    assert all(line.startswith(";") for line in printed)
    assert parse_settings("\n".join(printed)) == parse_settings("")
    used = parse_settings("\n".join(line.removeprefix(";; ") for line in printed))
    assert used.warnings == ()
    assert resolve_profile("mysite", used.profiles) == Profile(name="mysite")
    assert "\n".join(printed) in ini_template.template()


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("20180516000058", "caller", "20180516000058"),
        ("20180516000058", "17", "20180516000058000"),
        ("20180516000058123", "14", "20180516000058"),
        ("19700101080000", "epoch_ms", "0000"),
        ("20000229120000", "epoch_ms", "951796800000"),
        ("20240102030405678", "epoch_ms", "1704135845678"),
        ("1704135845678", "14", "1704135845678"),
        ("", "17", ""),
        ("2018-05-16", "epoch_ms", "2018-05-16"),
    ],
)
def test_timestamps(text: str, form: str, expected: str) -> None:
    assert stamp(text, form) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":"1","b":{"c":"2"}}', ""),
        ('{"a":1.50}', "数字"),
        ('{"a":[{"b":0}]}', "数字"),
        ('{"a":true}', ""),
        ('{"a":null}', "空值"),
        ('{"a":{"b":""}}', "空值"),
        ('{"b":"1","a":"2"}', "未按名称排序的成员"),
        ('{"b":2,"a":""}', "数字、空值、未按名称排序的成员"),
        ("", ""),
        ("no JSON", ""),
    ],
)
def test_what_makes_the_canonical_form_another_text(text: str, found: str) -> None:
    assert differences(text) == found
    assert bool(found) == (canonical(text) != text)
