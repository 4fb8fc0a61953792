"""Application files and choices: what is wrong with them is told, and a key never."""

from __future__ import annotations

import json

import pytest

from vcchk.kiosk.choices import Application, ChoiceError, Choices, local_base

GOOD = {"app_id": "A" * 32, "key": "K" * 32, "term_id": "T1"}


def test_an_application_file(tmp_path):
    path = tmp_path / "app.json"
    path.write_text("\ufeff" + json.dumps(GOOD), "utf-8")
    app = Application.read(str(path))
    assert (app.term_id, app.kiosk_term_id, app.sign_type) == ("T1", "T1", "SM3")
    path.write_text(json.dumps({**GOOD, "kiosk_term_id": "T2", "enc_type": "AES"}))
    assert (Application.read(str(path)).kiosk_term_id, Application.read(str(path)).enc_type) == ("T2", "AES")
    assert "K" * 8 not in repr(app)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "不是 UTF-8 的 JSON"),
        ("[]", "应为 JSON 对象"),
        (json.dumps({**GOOD, "key": 5}), "各值为文本"),
        (json.dumps({**GOOD, "key": ""}), "缺少 key"),
        (json.dumps({**GOOD, "secret": "x"}), "多了 secret"),
    ],
)
def test_a_bad_application_file(tmp_path, text, sentence):
    path = tmp_path / "app.json"
    path.write_text(text)
    with pytest.raises(ChoiceError, match=sentence) as raised:
        Application.read(str(path))
    assert "K" * 8 not in str(raised.value)


def test_a_missing_application_file(tmp_path):
    with pytest.raises(ChoiceError, match="打不开应用文件"):
        Application.read(str(tmp_path / "none.json"))


def test_choices_change_all_or_none():
    choices = Choices()
    with pytest.raises(ChoiceError, match="http"):
        choices.change(ec_url="http://[", self="x")
    with pytest.raises(ChoiceError, match="没有这种选择"):
        choices.change(name="多码融合码", source="camera")
    with pytest.raises(ChoiceError, match="http://"):
        choices.change(name="多码融合码", ec_url="file:///etc")
    assert choices == Choices()
    choices.change(name="多码融合码", unknown="x", org_id=" 1 ")
    assert (choices.document, choices.org_id) == ("B", "1")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:1811/ehcService/gateway.do", "http://127.0.0.1:1811"),
        ("http://localhost/x", "http://localhost"),
        ("http://127.0.0.1.evil.example/x", ""),
        ("http://user@127.0.0.1/x", ""),
        ("https://127.0.0.1/x", ""),
        ("http://192.0.2.1/x", ""),
        ("", ""),
    ],
)
def test_only_this_machine_may_be_a_sandbox(url, base):
    assert local_base(url) == base
