"""Both roles against each other over every built-in profile and random ones, and replies of every shape."""

import base64
import hashlib
import json

import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Util.Padding import pad
from gmssl import sm3, sm4
from hypothesis import assume, given
from hypothesis import strategies as st

from vcchk.base.errors import LocalProtocolError, RemoteProtocolError, VcchkError
from vcchk.wire import codec, jsontext, message
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import CHOICES, Profile
from vcchk.wire.site_profile import resolve_profile

KEY = "TESTKEY0123456789ABCDEF012345678"
APP = "TESTAPP0000000000000000000000001"
REQUEST = {
    "app_id": APP,
    "method": "ehc.ehealthcode.verify",
    "term_id": "35020010001",
    "version": "X.M.0.1",
    "timestamp": "20180516000058",
    "sign_type": "SM3",
    "enc_type": "SM4",
}
REPLY = REQUEST | {"ret_code": "0000", "ret_msg": "操作成功"}
BIZ = '{"user_name":"测试𠮷","amount":1.50,"card_list":[{"card_type":"01"}],"empty":""}'
XIAMEN = BUILTIN["xiamen"]

HEX_KEY = "00112233445566778899aabbccddeeff"
SM2 = {
    "sm2_private_key": "c095dc77f47645bf0339cc3ccb29743793710a0ff588f3c9ec3399d364f39ccb",
    "sm2_public_key": "bb446454073a9ef556aee7e7deec7ab648f79dadca79f5558f1c55bfcae82722"
    "0cad98667bea14af003e97068f61c742d2e7bf226c45c341a8fee10bf116e138",
}
"""The key pair of family_vectors.json."""

PROFILES = st.builds(
    lambda choices, suffix: Profile(name="drawn", key_suffix=suffix, **choices, **SM2),
    st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CHOICES.items()}),
    st.sampled_from(["key=K", "&key=K", "K", "&app_secret=K"]),
)


@pytest.mark.parametrize("name", list(BUILTIN))
@pytest.mark.parametrize("enc_type", ["Plain", "", "AES", "DES", "SM4", "sm4"])
@pytest.mark.parametrize("sign_type", ["MD5", "SM3", "SHA-256"])
def test_both_roles(name: str, enc_type: str, sign_type: str) -> None:
    chosen = BUILTIN[name]
    # gotool's SM4 wants a key of hex digits, gateway's encrypts in GBK, which lacks 𠮷.
    key = HEX_KEY if name == "gotool" else KEY
    biz = BIZ.replace("𠮷", "喆") if name == "gateway" else BIZ
    types = {"enc_type": enc_type, "sign_type": sign_type}
    body = codec.seal_request(chosen, REQUEST | types, biz, key).body
    asked = codec.open(chosen, body, key, reply=False)
    assert (asked.signature, asked.biz_text, asked.fields["app_id"]) == ("held", biz, APP)
    assert asked.fields["method"] == REQUEST["method"]
    body = codec.seal_reply(chosen, REPLY | types, biz, key, request=asked.fields).body
    answer = codec.open(chosen, body, key)
    assert (answer.signature, answer.biz_text, answer.ret_code) == ("held", biz, "0000")
    assert answer.ret_msg == "操作成功"


# Chinese and ASCII: an accented letter alone may be half of a GBK character as well.
TEXT = st.text(st.characters(max_codepoint=0x7F) | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes beyond ASCII are valid UTF-8."""
    try:
        return not data.isascii() and bool(data.decode())
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("name", ["峒丮", "郑伟", "張偉"])
def test_a_cipher_in_gbk_is_read_as_gbk_where_its_bytes_are_utf8_too(name: str) -> None:
    """Of 峒丮 the four bytes are valid UTF-8, a Greek letter with accents and an M."""
    chosen = XIAMEN.replace(aes_charset="gbk")
    biz = jsontext.compact({"user_name": name})
    sealed = codec.seal_request(chosen, REQUEST | {"enc_type": "AES"}, biz, KEY).body
    asked = codec.open(chosen, sealed, KEY, reply=False)
    assert (asked.biz_text, asked.signature) == (biz, "held")


def test_a_reply_in_utf8_is_read_where_the_cipher_was_set_to_gbk() -> None:
    biz = jsontext.compact({"user_name": "张伟"})
    sealed = codec.seal_reply(XIAMEN, REPLY | {"enc_type": "AES"}, biz, KEY).body
    assert codec.open(XIAMEN.replace(aes_charset="gbk"), sealed, KEY).biz_text == biz


@given(PROFILES, st.sampled_from(["Plain", "AES", "DES", "SM4"]), TEXT, st.text())
def test_any_profile_opens_what_it_sealed(chosen: Profile, enc_type: str, name: str, key: str) -> None:
    if "gbk" in (chosen.aes_charset, chosen.des_charset, chosen.sm4_charset):
        name = name.encode("gbk", "replace").decode("gbk")
        assume(not is_utf8(name.encode("gbk")))  # bytes that are two texts: the likelier one is read
    biz = jsontext.compact({"user_name": name, "n": jsontext.Literal("1.0")})
    key = hashlib.md5(key.encode("utf-8", "surrogatepass")).hexdigest()
    types = {"enc_type": enc_type}
    body = codec.seal_request(chosen, REQUEST | types, biz, key).body
    asked = codec.open(chosen, body, key, reply=False)
    assert (asked.biz_text, asked.signature) == (biz, "held")
    answer = codec.open(chosen, codec.seal_reply(chosen, REPLY | types, biz, key).body, key)
    assert (answer.ret_code, answer.signature) == ("0000", "held")
    assert json.loads(answer.biz_text) == json.loads(biz)


def test_sichuan_by_hand() -> None:
    sealed = codec.seal_request(BUILTIN["sichuan"], REQUEST | {"timestamp": "20240102030405"}, '{"a":"中"}', KEY)
    wire = json.loads(sealed.body)
    engine = sm4.CryptSM4()
    engine.set_key(KEY[:16].encode(), sm4.SM4_ENCRYPT)
    assert wire["biz_content"] == engine.crypt_ecb('{"a":"中"}'.encode()).hex().upper()
    # 2024-01-02 03:04:05 in Beijing
    assert wire["timestamp"] == "1704135845000"
    canonical = (
        f'app_id={APP}&biz_content={{"a":"中"}}&digest_type=SM3&enc_type=SM4&method=ehc.ehealthcode.verify'
        f"&term_id=35020010001&timestamp=1704135845000&version=X.M.0.1&app_secret={KEY}"
    )
    assert wire["digest"] == sm3.sm3_hash(list(canonical.encode())).upper()
    assert "sign" not in wire
    assert "sign_type" not in wire
    assert sealed.path == "business.do"


def test_gotool_by_hand() -> None:
    fields = REQUEST | {"sign_type": "SHA256", "enc_type": "AES", "extra": "", "timestamp": "20240102030405"}
    wire = json.loads(codec.seal_request(BUILTIN["gotool"], fields, '{"a":1}', KEY).body)
    cipher = AES.new(KEY.encode(), AES.MODE_ECB).encrypt(pad(b'{"a":1}', 16))
    assert wire["biz_content"] == base64.b64encode(cipher).decode()
    canonical = (
        f"app_id={APP}&biz_content={wire['biz_content']}&digest_type=SHA256&enc_type=AES&extra="
        f"&method=ehc.ehealthcode.verify&term_id=35020010001&timestamp=1704135845000&version=X.M.0.1{KEY}"
    )
    assert wire["digest"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_key_that_is_no_hex_is_refused_where_hex_is_wanted() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        codec.seal_request(BUILTIN["gotool"], REQUEST, "{}", KEY)
    assert (caught.value.code, "十六进制" in caught.value.message) == ("9006", True)


def test_ehui_by_hand() -> None:
    fields = REQUEST | {"sign_type": "MD5", "enc_type": "", "Zeta": "1", "beta": "2"}
    wire = json.loads(codec.seal_request(BUILTIN["ehui"], fields, '{"a":1}', KEY).body)
    canonical = (
        f'appId={APP}&beta=2&deviceId=35020010001&isEncrypt=0&param={{"a":1}}&serviceId=ehc.ehealthcode.verify'
        f"&signType=MD5&timestamp=20180516000058&version=X.M.0.1&Zeta=1&key={KEY}"
    )
    assert wire["sign"] == hashlib.md5(canonical.encode()).hexdigest().upper()
    assert wire["isEncrypt"] == 0


def test_business_data_in_clear_is_an_object_where_the_platform_has_it_so() -> None:
    fields = REQUEST | {"sign_type": "MD5", "enc_type": "Plain"}
    body = codec.seal_request(BUILTIN["payment"], fields, '{"b":1.50,"a":""}', KEY).body
    assert b'"param":{"b":1.50,"a":""}' in body
    canonical = (
        f'appId={APP}&encryptType=Plain&param={{"b":"1.50"}}&signType=MD5&termId=35020010001'
        f"&timestamp=20180516000058&transType=ehc.ehealthcode.verify&version=X.M.0.1&key={KEY}"
    )
    assert json.loads(body)["sign"] == hashlib.md5(canonical.encode()).hexdigest().upper()


def test_gbk_writes_a_question_mark_for_what_it_lacks() -> None:
    chosen = Profile(name="x", charset="gbk")
    fields = {"sign_type": "MD5", "enc_type": "Plain"}
    wire = json.loads(codec.seal_request(chosen, fields, '{"a":"㐂𠮷"}', KEY).body)
    canonical = f'biz_content={{"a":"??"}}&enc_type=Plain&sign_type=MD5key={KEY}'
    assert wire["sign"] == hashlib.md5(canonical.encode()).hexdigest().upper()
    assert wire["biz_content"] == '{"a":"㐂𠮷"}'


def test_a_plus_that_became_a_space_is_read_as_a_plus() -> None:
    chosen = Profile(name="x", aes_encoding="base64/76")
    wire = json.loads(codec.seal_request(chosen, REQUEST | {"enc_type": "AES"}, f"[{BIZ},{BIZ}]", KEY).body)
    assert "+" in wire["biz_content"]
    assert "\n" in wire["biz_content"]
    wire["biz_content"] = wire["biz_content"].replace("+", " ")
    assert codec.open(chosen, json.dumps(wire).encode(), KEY, reply=False).biz_text == f"[{BIZ},{BIZ}]"


def test_null_is_kept_as_null_where_the_platform_signs_it() -> None:
    chosen = BUILTIN["sichuan"]
    wire = json.loads(codec.seal_request(chosen, REQUEST | {"term_id": jsontext.Literal("null")}, "{}", KEY).body)
    text = "&".join(f"{n}={'null' if v is None else v}" for n, v in sorted(wire.items()) if n != "digest")
    text = text.replace(wire["biz_content"], "{}")
    assert wire["digest"] == sm3.sm3_hash(list(f"{text}&app_secret={KEY}".encode())).upper()


def test_a_path_for_each_method() -> None:
    chosen = Profile(name="x", path="ehc.ehealthcode.verify=virtual/verify, other=b")
    assert codec.seal_request(chosen, REQUEST, "{}", KEY).path == "virtual/verify"
    assert codec.seal_request(chosen, REQUEST | {"method": "third"}, "{}", KEY).path == ""


def test_business_fields_alone_in_gbk() -> None:
    chosen = Profile(name="x", signed="business", charset="gbk", hash="SHA-256", hash_case="lower", key_suffix="&key=K")
    wire = json.loads(codec.seal_request(chosen, REQUEST, '{"b":"联通","a":1.0,"c":"","d":[ 1 ]}', KEY).body)
    assert wire["sign"] == hashlib.sha256(f"a=1.0&b=联通&d=[1]&key={KEY}".encode("gbk")).hexdigest()


def test_whole_json_text() -> None:
    chosen = Profile(name="x", signed="text", key_suffix="K")
    sealed = codec.seal_request(
        chosen, {"app_id": APP, "sign_type": "MD5", "n": jsontext.Literal("1.0")}, '{"a":1}', KEY
    )
    head, _, _ = sealed.body.decode().rpartition(',"sign"')
    assert head == f'{{"app_id":"{APP}","sign_type":"MD5","n":1.0,"biz_content":"{{\\"a\\":1}}"'
    assert json.loads(sealed.body)["sign"] == hashlib.md5((head + "}" + KEY).encode()).hexdigest().upper()


def test_derived_keys_by_hand() -> None:
    outer = AES.new(APP[:16].encode(), AES.MODE_ECB).encrypt(pad(KEY.encode(), 16))
    for how, inner in (
        ("derived", outer.hex().upper()[:16].encode()),
        ("derived_bytes", outer[:16]),
        ("app_id", APP[:16].encode()),
    ):
        chosen = Profile(name="x", aes_mode="ecb", aes_key=how)
        wire = json.loads(codec.seal_request(chosen, REQUEST | {"enc_type": "AES"}, "{}", KEY).body)
        assert wire["biz_content"] == AES.new(inner, AES.MODE_ECB).encrypt(pad(b"{}", 16)).hex().upper()


def test_camel_names_and_form() -> None:
    chosen = Profile(name="x", naming="camel", content_type="form", path="{method}")
    sealed = codec.seal_request(chosen, REQUEST | {"enc_type": "Plain"}, '{"a":"中 文&+%"}', KEY)
    assert sealed.content_type == "application/x-www-form-urlencoded; charset=UTF-8"
    assert sealed.path == "ehc.ehealthcode.verify"
    assert b"appId=TESTAPP" in sealed.body
    assert b"bizContent=%7B%22a%22%3A%22%E4%B8%AD+%E6%96%87%26%2B%25%22%7D" in sealed.body
    assert codec.open(chosen, sealed.body, KEY, reply=False).biz_text == '{"a":"中 文&+%"}'


def test_the_key_never_travels() -> None:
    parsed = message.parse(json.dumps(REQUEST | {"key": KEY, "sign": "", "biz_content": {"a": 1}}))
    body = codec.seal_request(XIAMEN, parsed.fields, parsed.biz_text, parsed.key).body
    assert KEY.encode() not in body
    assert "key" not in json.loads(body)


def test_key_wins_over_the_callers_sign_and_a_sign_alone_passes() -> None:
    fields = REQUEST | {"sign": "CALLERS", "enc_type": "Plain"}
    assert json.loads(codec.seal_request(XIAMEN, fields, "{}", KEY).body)["sign"] != "CALLERS"
    assert json.loads(codec.seal_request(XIAMEN, fields, "{}", "").body)["sign"] == "CALLERS"
    # what the caller encrypted passes too; what it did not must not go out in clear under the cipher's name
    sealed = codec.seal_request(XIAMEN, fields | {"enc_type": "SM4"}, "96224CA9", "")
    assert json.loads(sealed.body)["biz_content"] == "96224CA9"
    with pytest.raises(LocalProtocolError) as caught:
        codec.seal_request(XIAMEN, fields | {"enc_type": "SM4"}, '{"a":1}', "")
    assert caught.value.code == "9006"


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"enc_type": "MD5"}, KEY, "1006"),
        ({"enc_type": "RSA"}, KEY, "1006"),
        ({"sign_type": "RSA"}, KEY, "1007"),
        ({"sign_type": ""}, KEY, "1007"),
        ({}, "", "9002"),
    ],
)
def test_local_refusals(changes: dict, key: str, code: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        codec.seal_request(XIAMEN, REQUEST | changes, "{}", key)
    assert caught.value.code == code


def test_missing_key_names_the_setting() -> None:
    with pytest.raises(LocalProtocolError, match=r"\[wire\] key"):
        codec.seal_request(XIAMEN, REQUEST, "{}", "")


@pytest.mark.parametrize(
    ("changes", "code"), [({"enc_type": "MD5"}, "1006"), ({"sign_type": "X"}, "1007"), ({"biz_content": "ZZ"}, "9007")]
)
def test_sandbox_refusals(changes: dict, code: str) -> None:
    wire = json.loads(codec.seal_request(XIAMEN, REQUEST, "{}", KEY).body) | changes
    with pytest.raises(RemoteProtocolError) as caught:
        codec.open(XIAMEN, json.dumps(wire).encode(), KEY, reply=False)
    assert caught.value.code == code


def test_requests_must_use_the_profiles_names() -> None:
    body = codec.seal_request(BUILTIN["sichuan"], REQUEST, BIZ, KEY).body
    with pytest.raises(RemoteProtocolError) as caught:
        codec.open(XIAMEN, body, KEY, reply=False)
    assert caught.value.code == "1007"


# Replies


def reply(changes: dict | None = None, drop: tuple = (), chosen: Profile = XIAMEN) -> dict:
    wire = json.loads(codec.seal_reply(chosen, REPLY | {"enc_type": "Plain"}, BIZ, KEY).body)
    return {k: v for k, v in (wire | (changes or {})).items() if k not in drop}


def opened(wire: object, chosen: Profile = XIAMEN, **more: dict) -> codec.Opened:
    return codec.open(chosen, json.dumps(wire, ensure_ascii=False).encode(), KEY, **more)


def test_signature_states() -> None:
    assert opened(reply()).signature == "held"
    assert opened(reply({"sign": reply()["sign"].lower()})).signature == "held"
    assert opened(reply(drop=("sign",))).signature == "missing"
    assert opened(reply({"sign": ""})).signature == "missing"
    assert opened(reply({"sign": None})).signature == "missing"
    assert opened(reply({"ret_msg": "改过"})).signature == "wrong"
    assert codec.open(XIAMEN, json.dumps(reply()).encode(), "").signature == "unchecked"


def test_requests_signature_is_exact() -> None:
    wire = json.loads(codec.seal_request(XIAMEN, REQUEST, BIZ, KEY).body)
    wire["sign"] = wire["sign"].lower()
    assert codec.open(XIAMEN, json.dumps(wire).encode(), KEY, reply=False).signature == "wrong"


def test_reply_without_sign_type_is_judged_by_length() -> None:
    for sign_type in ("MD5", "SM3"):
        fields = {k: v for k, v in REPLY.items() if k not in ("sign_type", "enc_type")} | {"sign_type": sign_type}
        wire = json.loads(codec.seal_request(XIAMEN, fields, BIZ, KEY).body)
        canonical = {k: v for k, v in wire.items() if k not in ("sign", "sign_type")}
        text = "&".join(f"{k}={v}" for k, v in sorted(canonical.items())) + "key=" + KEY
        data = text.encode()
        wire = canonical | {"sign": hashlib.md5(data).hexdigest() if sign_type == "MD5" else sm3.sm3_hash(list(data))}
        assert opened(wire).signature == "held"


@pytest.mark.parametrize(
    "shape",
    [
        lambda w: w,
        lambda w: w | {"biz_content": json.loads(w["biz_content"])},
        lambda w: json.dumps(w),
        lambda w: {"data": w},
        lambda w: {"data": json.dumps(w)},
        lambda w: {("data" if k == "biz_content" else k): v for k, v in w.items()},
        lambda w: {
            ("data" if k == "biz_content" else k): json.loads(v) if k == "biz_content" else v for k, v in w.items()
        },
        lambda w: {k: v for k, v in w.items() if k != "biz_content"} | json.loads(w["biz_content"]),
        lambda w: {"code": "0000", "msg": "操作成功", "data": w["biz_content"]},
        lambda w: {"retCode": "0000", "retMsg": "操作成功", "bizContent": w["biz_content"]},
        lambda w: {"returnCode": "0000", "message": "操作成功", "biz_content": w["biz_content"]},
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_shapes_of_replies(shape, charset: str) -> None:
    body = json.dumps(shape(reply()), ensure_ascii=False).encode(charset)
    answer = codec.open(XIAMEN, body, KEY)
    assert (answer.ret_code, answer.ret_msg) == ("0000", "操作成功")
    assert json.loads(answer.biz_text) == json.loads(BIZ)
    assert answer.biz["user_name"] == "测试𠮷"


def test_number_literals_of_a_reply_object() -> None:
    body = b'{"ret_code":"0000","biz_content":{ "b" : 1.50, "a":1e3, "c": "\\u4e2d"}}'
    assert codec.open(XIAMEN, body, KEY).biz_text == '{"b":1.50,"a":1e3,"c":"中"}'


@pytest.mark.parametrize(("code", "profile_code"), [("10", "10"), (200, "200"), (0, "0"), ("0", "0")])
def test_success_codes(code: object, profile_code: str) -> None:
    chosen = Profile(name="x", success=profile_code)
    assert opened({"ret_code": code}, chosen).ret_code == "0000"
    assert opened({"ret_code": code}).ret_code == str(code)
    sealed = codec.seal_reply(chosen, REPLY, BIZ, KEY)
    assert json.loads(sealed.body)["ret_code"] == profile_code


def test_reply_layouts_of_the_sandbox() -> None:
    for layout, key in (("data", "data"), ("biz_content", "biz_content")):
        chosen = Profile(name="x", reply=layout)
        assert key in json.loads(codec.seal_reply(chosen, REPLY, BIZ, KEY).body)
    flat = json.loads(codec.seal_reply(Profile(name="x", reply="flat"), REPLY | {"enc_type": "Plain"}, BIZ, KEY).body)
    assert flat["user_name"] == "测试𠮷"
    assert "biz_content" not in flat


def test_reply_without_biz_content() -> None:
    answer = opened({"ret_code": "2001", "ret_msg": "已过期"})
    assert (answer.ret_code, answer.ret_msg, answer.biz_text, answer.biz) == ("2001", "已过期", "", None)
    answer = opened({"ret_code": "0000", "ret_msg": None, "biz_content": None})
    assert (answer.ret_msg, answer.biz_text) == ("", "")


def test_unsigned_error_reply_of_the_sandbox() -> None:
    # 1008: no application, so no key
    sealed = codec.seal_reply(XIAMEN, REPLY | {"ret_code": "1008", "ret_msg": "应用不存在"}, "", "")
    answer = codec.open(XIAMEN, sealed.body, KEY)
    assert (answer.ret_code, answer.signature) == ("1008", "missing")


def test_reply_cipher_of_the_request_when_it_names_none() -> None:
    wire = json.loads(codec.seal_reply(XIAMEN, REPLY, BIZ, KEY).body)
    del wire["enc_type"]
    assert opened(wire, request={"enc_type": "SM4"}).biz_text == BIZ


def test_encrypted_in_name_only() -> None:
    assert opened(reply({"enc_type": "AES"})).biz_text == BIZ


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "9004"),
        (b" \r\n\0", "9004"),
        (b"<html><body>login</body></html>", "9008"),
        (b'{"ret_code":"0000"', "9008"),
        (b"[]", "9008"),
        (b'"text"', "9008"),
        (b"{}", "9008"),
        (b'{"message":"hello"}', "9008"),
        (b"\xff\xfe\x00\x00", "9008"),
        (b'{"ret_code":{"a":1}}', "9008"),
        (b'{"ret_code":"0000","biz_content":"not json"}', "9008"),
        (b'{"ret_code":"0000","enc_type":"SM4","biz_content":"00"}', "9007"),
        (b'{"ret_code":"0000","enc_type":"SM4","biz_content":"zz"}', "9007"),
        (b'{"ret_code":"0000","enc_type":"SM4","biz_content":"' + b"00" * 16 + b'"}', "9007"),
        (b'{"ret_code":"0000","enc_type":"RC4","biz_content":"00"}', "1006"),
        (b"[" * 100_000, "9008"),
    ],
)
def test_unreadable_replies(body: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        codec.open(XIAMEN, body, KEY, reply=True)
    assert caught.value.code == code
    assert KEY not in str(caught.value)


def test_a_failures_code_stands_though_its_content_is_broken() -> None:
    answer = opened({"ret_code": "9003", "ret_msg": "验签失败", "enc_type": "SM4", "biz_content": "00"})
    assert (answer.ret_code, answer.biz_text) == ("9003", "")


def test_wrong_key_reads_as_a_failed_decryption() -> None:
    body = codec.seal_reply(XIAMEN, REPLY, BIZ, KEY).body
    for n in range(40):
        with pytest.raises(RemoteProtocolError) as caught:
            codec.open(XIAMEN, body, f"WRONG{n}")
        assert caught.value.code == "9007"


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_reply_or_a_vcchk_error(body: bytes) -> None:
    for reply_side in (True, False):
        try:
            codec.open(XIAMEN, body, KEY, reply=reply_side)
        except VcchkError as error:
            assert error.code in ("9004", "9008", "9007", "1006", "1007")  # noqa: PT017


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_flipped_byte_never_reads_as_held(place: int, change: int) -> None:
    body = bytearray(codec.seal_reply(XIAMEN, REPLY, BIZ, KEY).body)
    place %= len(body)
    before = json.loads(bytes(body))
    body[place] ^= change
    try:
        answer = codec.open(XIAMEN, bytes(body), KEY)
    except VcchkError:
        return
    if answer.signature == "held":
        # only the case of hexadecimal digits may differ
        after = json.loads(bytes(body))
        assert {k: str(v).upper() for k, v in after.items()} == {k: str(v).upper() for k, v in before.items()}


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("http://127.0.0.1:1/ehcService/gateway.do", "", "http://127.0.0.1:1/ehcService/gateway.do"),
        ("http://127.0.0.1:1/ehcService/gateway.do", "business.do", "http://127.0.0.1:1/ehcService/business.do"),
        ("http://127.0.0.1:1/ehc/business.do?x=1", "business.do", "http://127.0.0.1:1/ehc/business.do?x=1"),
        ("http://127.0.0.1:1/api", "ehc.a.b", "http://127.0.0.1:1/api/ehc.a.b"),
        ("http://127.0.0.1:1/api/", "ehc.a.b", "http://127.0.0.1:1/api/ehc.a.b"),
        ("http://127.0.0.1:1", "m", "http://127.0.0.1:1/m"),
        ("http://127.0.0.1:1/", "m", "http://127.0.0.1:1/m"),
    ],
)
def test_address(url: str, path: str, expected: str) -> None:
    assert codec.address(url, path) == expected


def test_records_hide_what_is_personal() -> None:
    answer = opened(reply())
    assert "测试" not in repr(answer)
    assert APP not in repr(codec.read(XIAMEN, json.dumps(reply()).encode(), reply=True))


def test_profile_is_resolved_once() -> None:
    assert resolve_profile("xiamen", {}) is XIAMEN
