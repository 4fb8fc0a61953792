"""url: URLs taken apart, networks told apart, the list of allowed hosts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.base.errors import RequestError
from vcchk.network.url import is_allowed, is_public, parse_url


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path", "netloc"),
    [
        ("http://10.1.2.3/a", "http", "10.1.2.3", 80, "/a", "10.1.2.3"),
        ("HTTP://Host.CN:8080", "http", "host.cn", 8080, "/", "host.cn:8080"),
        ("https://h", "https", "h", 443, "/", "h"),
        ("https://h:443/x?y=1#frag", "https", "h", 443, "/x?y=1", "h"),
        ("http://h?q=1", "http", "h", 80, "/?q=1", "h"),
        ("https://h.cn.:443/", "https", "h.cn", 443, "/", "h.cn"),
        ("http://10.1.2.3./", "http", "10.1.2.3", 80, "/", "10.1.2.3"),
        ("http://h:/p", "http", "h", 80, "/p", "h"),
        ("http://[::1]:8080/p", "http", "::1", 8080, "/p", "[::1]:8080"),
        ("  http://h/a b?n=张三&x=%20|  ", "http", "h", 80, "/a%20b?n=%E5%BC%A0%E4%B8%89&x=%20%7C", "h"),
        ("http://h/p@q:9", "http", "h", 80, "/p@q:9", "h"),
        ("http://例子.测试/", "http", "xn--fsqu00a.xn--0zwm56d", 80, "/", "xn--fsqu00a.xn--0zwm56d"),  # IANA test name
    ],
)
def test_parts(url: str, scheme: str, host: str, port: int, path: str, netloc: str) -> None:
    target = parse_url(url)
    assert (target.scheme, target.host, target.port, target.path, target.netloc) == (scheme, host, port, path, netloc)
    assert target.authorization == ""
    assert target.warnings == ()


@pytest.mark.parametrize(
    ("url", "netloc", "path", "tells"),
    [
        ("http://h.cn/gateway.do\u200b", "h.cn", "/gateway.do", "看不见的字符"),
        ("\ufeffhttp://h.cn\u200e:81/a", "h.cn:81", "/a", "看不见的字符"),
        ("10.1.2.3:8080/ehc/gateway.do", "10.1.2.3:8080", "/ehc/gateway.do", "没有写 http://"),
        ("platform:8080/x", "platform:8080", "/x", "没有写 http://"),
        ("h.cn/x?u=http://y", "h.cn", "/x?u=http://y", "没有写 http://"),
        ("“http://h.cn/x”", "h.cn", "/x", "引号"),
        ('"http://h.cn/x"', "h.cn", "/x", "引号"),
        ("http：//10．1．2．3：8080／x", "10.1.2.3:8080", "/x", "全角"),
        ("http://h.cn：８０８０/x", "h.cn:8080", "/x", "全角"),
        ("ｈｔｔｐ：／／１０.１.２.３/x", "10.1.2.3", "/x", "全角"),
        ("http://h。cn/路径。", "h.cn", "/%E8%B7%AF%E5%BE%84%E3%80%82", "全角"),
    ],
)
def test_what_is_understood_with_a_warning(url: str, netloc: str, path: str, tells: str) -> None:
    target = parse_url(url)
    assert (target.scheme, target.netloc, target.path) == ("http", netloc, path)
    assert any(tells in warning for warning in target.warnings)


@pytest.mark.parametrize(
    ("url", "tells"),
    [
        ("http://http://10.1.2.3/x", "重复了 http://"),
        ("http://http//10.1.2.3/x", "重复了 http://"),
        ("http:// https://10.1.2.3/x", "重复了 https://"),
        ("http://10.1.2.3:80:81/x", "端口只能写一个"),
        ("http://2001:db8::1/x", "方括号"),
        ("http://10.1.2/x", "四段"),
        ("http://10.1.2.3.4/x", "四段"),
        ("http://0x0a.1.2.3/x", "四段"),
        ("http://167838211/x", "四段"),
        ("http://010.1.2.3./x", "前导零"),
        ("http://HTTPS://10.1.2.3/x", "重复了 https://"),
        ("https://http:/10.1.2.3/x", "重复了 http://"),
        ("http://010.001.001.020/x", "去掉前导零"),
        ("010.1.1.20:8080/x", "去掉前导零"),
        ("http://10.1.1.00/x", "去掉前导零"),
        ("http://10.1.1.256/x", "0 到 255"),
    ],
)
def test_what_would_go_elsewhere_is_refused(url: str, tells: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_url(url)
    assert caught.value.code == "9001"
    assert tells in caught.value.message


def test_user_part_becomes_a_header_and_shows_nowhere() -> None:
    target = parse_url("http://hospital:p%40ss@h:81/x?token=secret")
    assert base64.b64decode(target.authorization.removeprefix("Basic ")) == b"hospital:p@ss"
    assert "p@ss" not in repr(target)
    assert "secret" not in repr(target) + target.host_port + target.netloc


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "h/x",
        "gateway.do",
        "ftp://h/x",
        "file:///etc/passwd",
        "http:///x",
        "http://",
        "http://h:0/",
        "http://h:65536/",
        "http://h:8o/",
        "http://a b/",
        "http://h/\r\nX: y",
        "http://[::1/",
        "http://[gg::1]/",
        "http://h/" + "x" * 2048,
        "http://h/" + "汉" * 700,
    ],
)
def test_refused_with_a_code_and_a_sentence(url: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_url(url)
    assert caught.value.code == "9001"
    assert caught.value.message.startswith("平台地址 strUrl 有误：")
    assert "passwd" not in caught.value.cause


@pytest.mark.parametrize(
    ("user", "pair"), [("u:50%", b"u:50%"), ("u:a%%b", b"u:a%%b"), ("u:%4a%4", b"u:J%4"), ("u:%zz", b"u:%zz")]
)
def test_a_percent_sign_in_a_password_stays(user: str, pair: bytes) -> None:
    target = parse_url(f"http://{user}@h/")
    assert base64.b64decode(target.authorization.removeprefix("Basic ")) == pair


def test_longest_url_passes() -> None:
    assert parse_url("http://h/" + "x" * (2048 - 9)).path == "/" + "x" * (2048 - 9)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://h/", "http://u:p@"]))
def test_any_text_parses_or_is_refused(text: str, start: str) -> None:
    try:
        target = parse_url(start + text)
    except RequestError:
        return
    line = f"POST {target.path} {target.netloc}"
    assert line.isascii()
    assert "\r" not in line
    assert "\n" not in line
    assert " " not in target.path


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.3.4", False),
        ("100.64.0.1", False),
        ("100.128.0.1", True),
        ("8.8.8.8", True),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("2400:3200::1", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("host.cn", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("allowed", "passes"),
    [
        ((), True),
        (("a.b.cn",), True),
        (("A.B.cn ",), True),
        (("a.b.cn:8080",), True),
        (("a.b.cn:80",), False),
        (("*.b.cn",), True),
        (("*.cn", "x"), True),
        (("b.cn",), False),
        (("*.a.b.cn",), False),
    ],
)
def test_allowed_hosts(allowed: tuple[str, ...], passes: bool) -> None:
    assert is_allowed(parse_url("http://a.b.cn:8080/x"), allowed) is passes
