"""Inference: 200 random dialects are found from one message each, and what does not fit is said plainly."""

import json
import random
import time

import pytest

from tests.wire.candidates import admits
from tests.wire.test_codec import SM2
from vcchk.settings import parse_settings
from vcchk.wire import codec, jsontext, message
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference import profile_ini
from vcchk.wire.inference.capture_file import CapturedExchange, exchanges
from vcchk.wire.inference.envelopes import FIELDS, envelopes
from vcchk.wire.inference.infer import infer
from vcchk.wire.inference.inferred import InferenceError
from vcchk.wire.inference.signature_search import SUFFIXES
from vcchk.wire.profile import CHOICES, IV_BYTES, Profile
from vcchk.wire.site_profile import resolve_profile

BASE = "http://127.0.0.1:9/ehcService/gateway.do"
REPLY = {"ret_code": "0000", "ret_msg": "操作成功", "version": "X.M.0.1", "timestamp": "20180516000059"}


def draw_profile(rng: random.Random) -> Profile:
    family = rng.choice(envelopes())
    values = {key: rng.choice([value for value in values if value != "SM2"]) for key, values in CHOICES.items()}
    values |= {key: getattr(family, key) for key in FIELDS}
    values["key_suffix"] = rng.choice(SUFFIXES)
    values["success"] = rng.choice(["0000", "10", "200", "0"])
    values["path"] = rng.choice(["", "business.do", "{method}"])
    for key, size in IV_BYTES.items():
        family = key.partition("_")[0]
        if rng.random() < 0.4 and not values[f"{family}_key"].startswith("derived"):
            values[key] = "hex:" + rng.randbytes(size).hex()
    return Profile(name="drawn", **values)


def draw_in_data(rng: random.Random, chinese: bool, enc_type: str, sign_type: str, key: str, app_id: str) -> str:
    word = "".join(rng.choice("测试张李王赵联通医院") for _ in range(6)) if chinese else f"name{rng.randrange(10**8)}"
    number = f"{rng.randrange(10**14):014}"
    return json.dumps(
        {
            "app_id": app_id,
            "biz_content": {
                "ehealth_code": f"{rng.randbytes(32).hex().upper()}:1:::{number[:11]}",
                "operator_id": number[:4],
                "operator_name": word,
                "amount": 1,
                "remark": "",
                "card_list": [{"card_type": "01", "card_no": number[:8]}],
                "out_verify_no": number,
                "Treatment": "010101",
            },
            "enc_type": enc_type,
            "key": key,
            "method": "ehc.ehealthcode.verify",
            "sign": "",
            "sign_type": sign_type,
            "term_id": "35020010001",
            "empty_one": "",
            "timestamp": f"2018{rng.randrange(1, 13):02}16{rng.randrange(24):02}0058",
            "version": "X.M.0.1",
        },
        ensure_ascii=False,
    )


def seal(chosen: Profile, in_data: str) -> codec.Encoded:
    parsed = message.parse(in_data)
    return codec.seal_request(chosen, parsed.fields, parsed.biz_text, parsed.key)


def capture(chosen: Profile, in_data: str, with_reply: bool = True) -> CapturedExchange:
    parsed = message.parse(in_data)
    sealed = seal(chosen, in_data)
    types = {name: parsed.fields[name] for name in ("app_id", "enc_type", "sign_type")}
    reply = codec.seal_reply(chosen, REPLY | types, '{"user_name":"测试"}', parsed.key)
    return CapturedExchange(
        request=sealed.body,
        url=codec.address(BASE, sealed.path),
        base=BASE,
        content_type=sealed.content_type,
        reply=reply.body if with_reply else b"",
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_a_random_dialect_is_found(seed: int) -> None:
    rng = random.Random(seed)
    drawn = draw_profile(rng)
    chinese = rng.random() < 0.7
    enc_type = rng.choice(["Plain", "", "AES", "DES", "SM4"])
    sign_type = rng.choice(["MD5", "SM3", "SHA-256"])
    key = rng.randbytes(16).hex().upper()
    app_id = rng.randbytes(16).hex().upper()
    first, second = (draw_in_data(rng, chinese, enc_type, sign_type, key, app_id) for _ in range(2))

    begin = time.process_time()
    found = infer(capture(drawn, first), first)
    assert time.process_time() - begin < 0.3

    assert admits(found, drawn)
    assert admits(found, found.chosen)
    again, expected = seal(found.chosen, second), seal(drawn, second)
    assert (again.body, again.content_type, again.path) == (expected.body, expected.content_type, expected.path)

    # what is printed is an INI that the settings read without a warning, and it selects that very profile
    loaded = parse_settings(profile_ini.ini(found))
    assert loaded.warnings == ()
    assert resolve_profile(loaded.wire.profile, loaded.profiles) == found.chosen


KEYS_OF = {"sm2": SM2, "mianyang": {"cipher_secret": "SECRET0123456789"}}


@pytest.mark.parametrize("name", list(BUILTIN))
def test_builtin_profiles_from_a_bare_body(name: str) -> None:
    rng = random.Random(name)
    chosen = BUILTIN[name].replace(**KEYS_OF.get(name, {}))
    first = draw_in_data(rng, True, "Plain" if name == "fudan" else "SM4", "SM3", "A1" * 16, "A" * 32)
    found = infer(CapturedExchange(request=seal(chosen, first).body), first, site=chosen)
    assert admits(found, chosen.replace(path=""))
    assert found.undetermined()["content_type"] == ["application/json", "text/xml"]
    assert "success" not in found.groups
    assert "; " in profile_ini.ini(found)


def test_what_stays_undetermined_is_said() -> None:
    rng = random.Random(1)
    first = draw_in_data(rng, False, "Plain", "MD5", "K" * 32, "A" * 32)
    found = infer(CapturedExchange(request=seal(Profile(), first).body), first)
    open_ones = found.undetermined()
    assert open_ones["charset"] == ["utf-8", "gbk"]
    assert open_ones["signed"] == ["clear", "cipher"]
    assert open_ones["hash"] == ["auto", "MD5"]
    assert set(open_ones["sm4_mode"]) == {"cbc", "ecb"}
    assert "key_suffix" not in open_ones
    printed = profile_ini.ini(found)
    assert ";   charset: utf-8、gbk（所填 utf-8）" in printed
    assert found.chosen == Profile(name="site")


def test_the_old_dll_may_write_biz_content_in_its_own_way() -> None:
    rng = random.Random(2)
    first = draw_in_data(rng, True, "SM4", "SM3", "K" * 32, "A" * 32)
    parsed = message.parse(first)
    own = json.dumps(json.loads(parsed.biz_text), sort_keys=True)  # sorted, spaced, \uXXXX
    body = codec.seal_request(BUILTIN["ehui"], parsed.fields, own, parsed.key).body
    found = infer(CapturedExchange(request=body), first)
    assert admits(found, BUILTIN["ehui"])
    assert any("书写 biz_content 的方式" in remark for remark in found.remarks)


def test_an_iv_of_the_sites_own_is_worked_out_for_another_writing_too() -> None:
    chosen = Profile(name="x", sm4_mode="cbc", sm4_iv="hex:" + "a7" * 16)
    first = draw_in_data(random.Random(3), True, "SM4", "SM3", "K" * 32, "A" * 32)
    parsed = message.parse(first)
    own = jsontext.compact(dict(sorted(parsed.biz.items())))
    found = infer(CapturedExchange(request=codec.seal_request(chosen, parsed.fields, own, parsed.key).body), first)
    assert found.chosen.sm4_iv == "hex:" + "a7" * 16


def test_key_from_the_command_line() -> None:
    first = draw_in_data(random.Random(4), True, "AES", "MD5", "K" * 32, "A" * 32)
    body = seal(Profile(), first).body
    without = json.loads(first)
    del without["key"]
    assert infer(CapturedExchange(request=body), json.dumps(without), key="K" * 32).chosen == Profile(name="site")
    with pytest.raises(InferenceError, match="--key"):
        infer(CapturedExchange(request=body), json.dumps(without))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda w: w | {"sign": "0" * 32}, "签名规则不符"),
        (lambda w: w | {"sign": ""}, "没有签名"),
        (lambda w: w | {"sign": "Zm9v" * 8}, "不是 MD5、SM3、SHA-256"),
        (lambda w: w | {"biz_content": "AB" * 32}, "加密方式不符"),
        (lambda w: w | {"enc_type": "RC4"}, "enc_type 不是"),
        (lambda w: {k: v for k, v in w.items() if k != "sign"}, "字段名不符合"),
    ],
)
def test_nothing_fits_is_said_plainly(change, sentence: str) -> None:
    first = draw_in_data(random.Random(5), True, "SM4", "MD5", "K" * 32, "A" * 32)
    wire = change(json.loads(seal(Profile(), first).body))
    with pytest.raises(InferenceError, match=sentence) as caught:
        infer(CapturedExchange(request=json.dumps(wire).encode()), first)
    assert "K" * 32 not in str(caught.value)


def test_wrong_key() -> None:
    first = draw_in_data(random.Random(6), True, "Plain", "MD5", "K" * 32, "A" * 32)
    with pytest.raises(InferenceError, match="签名规则不符"):
        infer(CapturedExchange(request=seal(Profile(), first).body), first, key="L" * 32)


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"[1]", b"\xff\xfe"])
def test_not_a_message(body: bytes) -> None:
    with pytest.raises(InferenceError, match="既不是 JSON"):
        infer(CapturedExchange(request=body), '{"key":"K"}')


def test_masked_captures_are_refused() -> None:
    with pytest.raises(InferenceError, match="--raw"):
        infer(CapturedExchange(request=b"{}", masked=True), '{"key":"K"}')


def test_another_transactions_capture_is_remarked() -> None:
    rng = random.Random(7)
    one, other = (draw_in_data(rng, True, "SM4", "SM3", "K" * 32, "A" * 32) for _ in range(2))
    found = infer(CapturedExchange(request=seal(Profile(), one).body), other)
    assert any("不是同一笔交易" in remark for remark in found.remarks)
    assert found.chosen == Profile(name="site")


def test_capture_file_lines() -> None:
    one = CapturedExchange(
        request=b'{"a":1}', url=BASE, base=BASE, content_type="application/json", reply="中".encode("gbk")
    )
    two = one.replace(request=b"\xff\x00", status=200)
    assert exchanges((one.line() + "\n" + two.line() + "\n").encode()) == [one, two]
    assert exchanges(b'{"sign":"X"}') == [CapturedExchange(request=b'{"sign":"X"}')]
