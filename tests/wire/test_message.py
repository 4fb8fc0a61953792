"""InData in, OutData out: what a parser would lose is kept, what is not JSON is refused with its place."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base.errors import LocalProtocolError, RequestError
from vcchk.wire import ciphers, jsontext, message
from vcchk.wire.families import BUILTIN


def test_document_as_sample() -> None:
    # A 3.2, with synthetic ids
    text = (
        '{"app_id":"TESTAPP","biz_content":{"ehealth_code":"206C:1:::00000001001","operator_id":"9527",'
        '"operator_name":"admin"},"enc_type":"AES","key":"SECRET","method":"ehc.ehealthcode.verify","sign":"",'
        '"sign_type":"MD5","term_id":"35020010001","timestamp":"20180516000058","version":"X.M.0.1"}'
    )
    parsed = message.parse(text)
    assert list(parsed.fields) == [
        "app_id",
        "enc_type",
        "method",
        "sign",
        "sign_type",
        "term_id",
        "timestamp",
        "version",
    ]
    assert parsed.key == "SECRET"
    assert parsed.method == "ehc.ehealthcode.verify"
    assert parsed.biz_text == '{"ehealth_code":"206C:1:::00000001001","operator_id":"9527","operator_name":"admin"}'
    assert parsed.biz["operator_id"] == "9527"
    assert "SECRET" not in repr(parsed)
    assert "9527" not in repr(parsed)


def outdata(reply: str) -> str:
    """Return a reply's business JSON as OutData shows it."""
    return jsontext.compact(jsontext.parse(reply)[0])


@pytest.mark.parametrize("literal", ["1.0", "1e3", "-0", "0.10", "123456789012345678901234567890", "1E+2", "1.50"])
def test_number_literals_are_kept(literal: str) -> None:
    def filled(text: str) -> str:
        return text.replace("N", literal)

    parsed = message.parse(filled('{"version": N, "biz_content": {"b": [ N ], "a":N}}'))
    assert parsed.biz_text == filled('{"b":[N],"a":N}')
    assert parsed.fields["version"] == literal
    assert jsontext.compact(dict(parsed.fields)) == filled('{"version":N}')
    assert outdata(filled('{"a": N}')) == filled('{"a":N}')


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ('{"a":"\\u4e2d"}', '{"a":"中"}'),
        ('{"a":"\\ud842\\udfb7"}', '{"a":"𠮷"}'),
        ('{"a":"𠮷"}', '{"a":"𠮷"}'),
        ('{"a":"\\/x"}', '{"a":"/x"}'),
        ('{"a":"q\\"b\\\\c\\n"}', '{"a":"q\\"b\\\\c\\n"}'),
        ('{"a":"\\u0001\\u007f"}', '{"a":"\\u0001\x7f"}'),
        ('{"a":"\\ud800"}', '{"a":"\\ud800"}'),
        ('{ "b" : true , "a" : null , "c":false}', '{"b":true,"a":null,"c":false}'),
        ('{"a":"tab\there"}', '{"a":"tab\\there"}'),
        ('{"a":[],"b":{}}', '{"a":[],"b":{}}'),
    ],
)
def test_compact_text(given_text: str, expected: str) -> None:
    assert message.parse('{"biz_content":' + given_text + "}").biz_text == expected
    assert outdata(given_text) == expected


def test_biz_content_as_string_is_sent_as_it_stands() -> None:
    inner = '{ "b": 1.0,  "a":"\\u4e2d" }'
    parsed = message.parse(json.dumps({"biz_content": inner}))
    assert parsed.biz_text == inner
    assert parsed.biz == {"b": "1.0", "a": "中"}


def test_biz_content_as_text_that_is_not_json_passes() -> None:
    # A caller that seals by itself (own sign, no key) gives ciphertext.
    parsed = message.parse('{"biz_content":"96224CA9"}')
    assert (parsed.biz_text, parsed.biz) == ("96224CA9", None)


@pytest.mark.parametrize("text", ['{"a":1}', '{"biz_content":null}', '{"biz_content":""}'])
def test_absent_biz_content(text: str) -> None:
    parsed = message.parse(text)
    assert (parsed.biz_text, parsed.biz) == ("", {})


def test_array_as_biz_content() -> None:
    parsed = message.parse('{"biz_content":[1, 2]}')
    assert (parsed.biz_text, parsed.biz) == ("[1,2]", None)


def test_duplicate_members() -> None:
    parsed = message.parse('{"method":"a","method":"b","biz_content":{"x":"1","x":"2"}}')
    assert parsed.method == "b"
    assert parsed.biz == {"x": "2"}
    assert sorted((f.field, f.rule) for f in parsed.deviations) == [("method", "duplicate"), ("x", "duplicate")]


def test_envelope_values_of_every_kind() -> None:
    parsed = message.parse('{"a":1.50,"b":true,"c":null,"d":{"x":[1]},"e":"s"}')
    assert dict(parsed.fields) == {"a": "1.50", "b": "true", "c": "null", "d": '{"x":[1]}', "e": "s"}
    assert jsontext.compact(dict(parsed.fields)) == '{"a":1.50,"b":true,"c":null,"d":{"x":[1]},"e":"s"}'


def test_with_biz() -> None:
    parsed = message.parse('{"biz_content":{"a":"1","b":2.0,"c":"3"}}')
    changed = parsed.with_biz({"ehealth_code": "X:0", "b": "new"})
    assert changed.biz_text == '{"a":"1","b":"new","c":"3","ehealth_code":"X:0"}'
    assert parsed.biz_text == '{"a":"1","b":2.0,"c":"3"}'


@pytest.mark.parametrize("behind", [";", "}", "};", "]", ",", " ;\r\n", "\0;", 'x"}', "。"])
def test_text_behind_the_object_is_a_finding(behind: str) -> None:
    parsed = message.parse('{"method":"m","biz_content":{"a":"1"}}' + behind)
    assert (parsed.method, parsed.biz) == ("m", {"a": "1"})
    (found,) = parsed.deviations
    assert (found.field, found.rule) == ("InData", "behind")
    assert "之后还有" in found.sentence


def test_text_behind_biz_contents_object_is_sent_as_it_stands() -> None:
    parsed = message.parse(json.dumps({"biz_content": '{"a":"1"};'}))
    assert (parsed.biz_text, parsed.biz) == ('{"a":"1"};', {"a": "1"})
    assert [(found.field, found.rule) for found in parsed.deviations] == [("biz_content", "behind")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "InData 为空"),
        (" \r\n\0", "InData 为空"),
        ("[1]", "应为 JSON 对象"),
        ('"x"', "应为 JSON 对象"),
        ("123", "应为 JSON 对象"),
        ('{"a":1', "缺少逗号，或括号没有配对"),
        ('{"a" 1}', "第 6 个字符处字段名后缺少冒号"),
        ('{"a":}', "第 6 个字符处缺少值"),
        ("{a:1}", "第 2 个字符处缺少用双引号括起的字段名"),
        ('{"a":"x}', "第 6 个字符处字符串缺少结尾的双引号"),
        ('{"a":"\\x"}', "反斜杠转义不正确"),
        ('{"a":"\\u12"}', "四位十六进制"),
        ('{"a":1}{"b":2}', "两个 JSON 对象"),
        ("{“a”:1}", "第 2 个字符处，请把中文引号改成英文引号"),
        ('{"a":“1”}', "第 6 个字符处，请把中文引号改成英文引号"),
        ('{"a":"1”,"b":"2"}', "第 8 个字符处，请把中文引号改成英文引号"),
        ('{"a”:"1"}', "第 4 个字符处，请把中文引号改成英文引号"),
        ('{"card_list":[{“card_type”:”01”,“card_no”:”D635128”}]}', "第 16 个字符处，请把中文引号改成英文引号"),
        ("{'a':1}", "第 2 个字符处，请把单引号改成双引号"),
        ('{"a"："1"}', "第 5 个字符处，请把中文冒号改成英文冒号"),
        ('{"a":"1"，"b":"2"}', "第 9 个字符处，请把中文逗号改成英文逗号"),
        ('{"名":"“王”","b" 1}', "第 16 个字符处字段名后缺少冒号"),
        ('{"a":NaN}', "NaN 不是 JSON 的值"),
        ('{"a":"1",\n}', "第 9 个字符处多了逗号"),
        ('{"a":[1,2,]}', "第 10 个字符处多了逗号"),
        ('{"a":1,,"b":2}', "第 7 个字符处多了逗号"),
        ('{"a":"1", // 姓名\n"b":2}', "第 11 个字符处，请删去注释"),
        ('/* v1 */{"a":1}', "第 1 个字符处，请删去注释"),
        ('InData={"a":1}', "{ 前面多了文字"),
        ('callback({"a":1})', "{ 前面多了文字"),
        ("'{\"a\":1}'", "请去掉最外层的引号"),
        ('{\\"a\\":\\"1\\"}', "多转义了一次"),
        ('{\ufeff"a":1}', "第 2 个字符处有看不见的字符"),
        ('{\u3000"a":1}', "第 2 个字符处有看不见的字符"),
        ('{"a":\xa01}', "第 6 个字符处有看不见的字符"),
        ('{"a":True}', "请写作 true、false 或 null"),
        ('{"a":35010019800101001X}', "第 23 个字符处这个值不是数字"),
        ('{"a":007}', "数字不能以 0 开头"),
        ('{"a":"1";"b":"2"}', "请把分号改成逗号"),
        ('{"a":"1"；"b":"2"}', "请把中文逗号改成英文逗号"),
        ('{"a"="1"}', "请把等号改成冒号"),
        ('{"a":"福建"省"立"}', "第 10 个字符处字符串里的双引号没有转义"),
        ("{&quot;a&quot;:1}", "还原成双引号"),
        ("%7B%22a%22%3A1%7D", "没有经过 URL 编码"),
        ("a=1&b=2", "键=值"),
        ("<xml><a>1</a></xml>", "XML"),
        ("eyJhIjoxfQ" * 5 + "==", "Base64"),
        ('{"a":"1","b":"', "被截断"),
        ('{"a":"1",', "被截断"),
        ('{"biz_content":"{bad"}', "biz_content 不是合法的 JSON"),
    ],
)
def test_refusals_say_where_and_why(text: str, part: str) -> None:
    with pytest.raises(RequestError) as caught:
        message.parse(text)
    assert caught.value.code == "9001"
    assert part in caught.value.message


def test_refusals_hold_no_values() -> None:
    with pytest.raises(RequestError) as caught:
        message.parse('{"id_no":"350200199001010000","user_name":"测试" "x"}')
    assert "3502" not in str(caught.value)
    assert "测试" not in str(caught.value)


@pytest.mark.parametrize("tail", ["\0", "\0\0\r\n", "  \n"])
def test_what_old_programs_leave_behind(tail: str) -> None:
    assert message.parse("\ufeff" + '{"method":"m"}' + tail).method == "m"


def test_depth_64_passes_and_65_is_refused() -> None:
    def nested(levels: int) -> str:
        # the envelope is one level
        return '{"biz_content":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"

    assert message.parse(nested(64)).biz_text == "[" * 63 + "]" * 63
    with pytest.raises(RequestError, match="嵌套超过 64 层"):
        message.parse(nested(65))


def test_brackets_inside_strings_are_not_depth() -> None:
    text = '{"a":"' + "[{" * 500 + '\\"[[[","biz_content":{"b":"]"}}'
    assert message.parse(text).biz == {"b": "]"}


def test_wide_is_not_deep() -> None:
    text = '{"biz_content":{"card_list":[' + ",".join(['{"card_type":"01"}'] * 300) + "]}}"
    assert len(message.parse(text).biz["card_list"]) == 300


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '"' + '\\"' * 500_000,
        "[" * 70 + '"' + "\\\\" * 400_000,
        '{"a":"' + "x" * 1_000_000,
    ],
)
def test_hostile_megabytes_end_quickly(text: str) -> None:
    with pytest.raises(RequestError):
        message.parse(text)


def test_deep_string_biz_content_is_refused() -> None:
    inner = '{"a":' + "[" * 70 + "]" * 70 + "}"
    with pytest.raises(RequestError, match="嵌套超过 64 层"):
        message.parse(json.dumps({"biz_content": inner}))


def test_a_reply_shows_what_old_programs_search_for() -> None:
    assert '"user_name":"李' in outdata('{"x": 1, "user_name" : "\\u674e\\u5f3a"}')
    assert outdata('{"card_list": [ {"card_type": "01"} ]}') == '{"card_list":[{"card_type":"01"}]}'


def test_read_biz() -> None:
    assert message.read_biz('{"a": 1.0}') == {"a": "1.0"}
    assert message.read_biz("") == message.read_biz("[1]") == message.read_biz("{broken") == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_values_survive(biz: dict) -> None:
    text = json.dumps({"biz_content": biz})
    parsed = message.parse(text)
    assert json.loads(parsed.biz_text) == biz
    # compact text of the same value with characters as themselves, by an independent writer
    assert parsed.biz_text == json.dumps(biz, ensure_ascii=False, separators=(",", ":")) or any(
        "\ud800" <= c <= "\udfff" for c in json.dumps(biz, ensure_ascii=False)
    )
    parsed.biz_text.encode()


@given(st.text())
def test_parse_ends_in_a_message_or_a_request_error(text: str) -> None:
    with contextlib.suppress(RequestError):
        message.parse(text)


@pytest.mark.parametrize("enc_type", ["MD5", "md5", "MD5/DES"])  # the cell of B 4.6, 4.7 and 4.8
def test_the_documents_slip_of_enc_type_is_named(enc_type: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        ciphers.choose(BUILTIN["xiamen"], enc_type)
    assert refused.value.code == "1006"
    assert "笔误" in refused.value.message
    assert "应为 Plain、AES、DES 或 SM4" in refused.value.message
