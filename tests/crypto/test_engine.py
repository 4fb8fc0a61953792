"""Published examples of the algorithms, and OpenSSL against gmssl and pycryptodomex byte by byte."""

import importlib.util
import random
import threading
from pathlib import Path

import pytest
from gmssl import sm4

from vcchk.base.errors import LocalProtocolError
from vcchk.crypto import engine, pure
from vcchk.wire import ciphers
from vcchk.wire.profile import Profile

SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


@pytest.mark.parametrize("sm3", [lambda d: engine.digest("SM3", d), pure.sm3], ids=["engine", "gmssl"])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # GB/T 32905-2016 appendix A.1 and A.2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_published_examples(sm3, data: bytes, expected: str) -> None:
    assert sm3(data).hex() == expected


@pytest.mark.parametrize("make", [engine.openssl, engine.fallback], ids=["openssl", "gmssl"])
def test_sm4_published_example_1(make) -> None:
    # GB/T 32907-2016 appendix A.1
    run = make("SM4-ECB")
    sealed = run(SM4_KEY, b"", SM4_KEY, 1)
    assert sealed.hex() == "681edf34d206965e86b3e94f536e4246"
    assert run(SM4_KEY, b"", sealed, 0) == SM4_KEY


def test_sm4_published_example_2() -> None:
    # GB/T 32907-2016 appendix A.2: encrypted 1,000,000 times over. CBC over zero blocks is that very loop:
    # each block of ciphertext is the encryption of the one before it.
    sealed = engine.encrypt("SM4-CBC", SM4_KEY, SM4_KEY, bytes(16 * 1_000_000))
    assert sealed[-16:].hex() == "595298c7c6fd271f0402f804c33d3f66"


@pytest.mark.parametrize("make", [engine.openssl, engine.fallback], ids=["openssl", "pycryptodomex"])
@pytest.mark.parametrize(
    ("name", "key", "iv", "clear", "sealed"),
    [
        # FIPS 197 appendix C.1 and C.3
        (
            "AES-128-ECB",
            "000102030405060708090a0b0c0d0e0f",
            "",
            "00112233445566778899aabbccddeeff",
            "69c4e0d86a7b0430d8cdb78070b4c55a",
        ),
        (
            "AES-256-ECB",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "",
            "00112233445566778899aabbccddeeff",
            "8ea2b7ca516745bfeafc49904b496089",
        ),
        # NIST SP 800-38A F.2.1
        (
            "AES-128-CBC",
            "2b7e151628aed2a6abf7158809cf4f3c",
            "000102030405060708090a0b0c0d0e0f",
            "6bc1bee22e409f96e93d7e117393172a",
            "7649abac8119b246cee98e9b12e9197d",
        ),
        # FIPS 81 table B1 (ECB) and C1 (CBC), single DES as EDE3 with one key
        ("DES-EDE3-ECB", "0123456789abcdef" * 3, "", b"Now is t".hex(), "3fa40e8a984d4815"),
        (
            "DES-EDE3-CBC",
            "0123456789abcdef" * 3,
            "1234567890abcdef",
            b"Now is the time for all ".hex(),
            "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
        ),
    ],
)
def test_published_block_ciphers(make, name: str, key: str, iv: str, clear: str, sealed: str) -> None:
    run = make(name)
    arguments = bytes.fromhex(key), bytes.fromhex(iv)
    assert run(*arguments, bytes.fromhex(clear), 1).hex() == sealed
    assert run(*arguments, bytes.fromhex(sealed), 0).hex() == clear


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        # RFC 1321 A.5; FIPS 180-2 B.1
        ("MD5", b"abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA-256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_other_digests(name: str, data: bytes, expected: str) -> None:
    assert engine.digest(name, data).hex() == expected


def test_this_python_has_openssl_with_every_cipher() -> None:
    assert all(engine.openssl(name) is not None for name in engine.CIPHERS)


@pytest.mark.parametrize("name", list(engine.CIPHERS))
def test_openssl_equals_the_reference(name: str) -> None:
    draw = random.Random(name)
    key_size, iv_size = engine.CIPHERS[name]
    native, reference = engine.openssl(name), engine.fallback(name)
    block = 8 if name.startswith("DES") else 16
    # gmssl takes 5 ms a KB: the large sizes once, the small ones often
    sizes = [0, block, 4096] + [
        draw.randrange(0, (512 if name.startswith("SM4") else 4096) // block) * block for _ in range(12)
    ]
    for size in sizes:
        key, iv, data = draw.randbytes(key_size), draw.randbytes(iv_size), draw.randbytes(size)
        sealed = native(key, iv, data, 1)
        assert sealed == reference(key, iv, data, 1)
        assert native(key, iv, sealed, 0) == data == reference(key, iv, sealed, 0)


@pytest.mark.parametrize("mode", ["ecb", "cbc"])
def test_sm4_with_padding_equals_gmssls_own(mode: str) -> None:
    draw = random.Random(mode)
    for size in [0, 1, 15, 16, 17, 4096, *(draw.randrange(1, 400) for _ in range(10))]:
        key, iv = draw.randbytes(16), draw.randbytes(16)
        text = "".join(draw.choice("ab{}测") for _ in range(size)).encode()[:size].decode("utf-8", "ignore")
        cipher = ciphers.choose(Profile(name="x", sm4_mode=mode, sm4_iv="hex:" + iv.hex()), "SM4")
        made = sm4.CryptSM4()
        made.set_key(key, sm4.SM4_ENCRYPT)
        theirs = made.crypt_ecb(text.encode()) if mode == "ecb" else made.crypt_cbc(iv, text.encode())
        ours = ciphers.encrypt(cipher, key, text)
        assert ours == theirs.hex().upper()
        assert ciphers.decrypt(cipher, key, ours).text == text


def test_sm3_equals_the_reference() -> None:
    draw = random.Random(3)
    for size in [0, 55, 56, 63, 64, 4096] + [draw.randrange(0, 1024) for _ in range(12)]:
        data = draw.randbytes(size)
        assert engine.digest("SM3", data) == pure.sm3(data)


@pytest.mark.parametrize("make", [engine.openssl, engine.fallback])
@pytest.mark.parametrize("name", ["AES-128-CBC", "SM4-ECB", "SM4-CBC", "DES-EDE3-ECB"])
def test_half_blocks_are_refused(make, name: str) -> None:
    key_size, iv_size = engine.CIPHERS[name]
    with pytest.raises(LocalProtocolError) as caught:
        make(name)(bytes(range(key_size)), bytes(iv_size), b"12345", 1)
    assert caught.value.code == "9006"


def test_wrong_key_size_is_refused_before_openssl_reads_it() -> None:
    with pytest.raises(LocalProtocolError):
        engine.encrypt("AES-128-ECB", b"short", b"", bytes(16))


def test_threads() -> None:
    key = bytes(16)
    expected = {n: engine.encrypt("SM4-ECB", key, b"", bytes([n]) * 1024) for n in range(8)}
    wrong: list[int] = []

    def work(n: int) -> None:
        for _ in range(200):
            if engine.encrypt("SM4-ECB", key, b"", bytes([n]) * 1024) != expected[n]:
                wrong.append(n)
            if engine.decrypt("SM4-ECB", key, b"", expected[n]) != bytes([n]) * 1024:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert wrong == []


def test_fallback_when_hashlib_lacks_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("unsupported hash type sm3")

    monkeypatch.setattr(engine, "_new", refuse)
    monkeypatch.setattr(engine, "_empty", {})
    monkeypatch.setattr("hashlib.new", refuse)
    assert engine.digest("SM3", b"abc") == pure.sm3(b"abc")
    with pytest.raises(LocalProtocolError):
        engine.digest("MD5", b"abc")


def test_fallback_when_there_is_no_libcrypto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_bound", [])
    monkeypatch.setattr(engine, "_candidates", lambda: ["/nonexistent/libcrypto.so.3"])
    monkeypatch.setattr(engine, "_ciphers", {})
    assert engine.openssl("SM4-ECB") is None
    assert engine.encrypt("SM4-ECB", SM4_KEY, b"", SM4_KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_generated_binding_is_current() -> None:
    path = Path(__file__).parents[2] / "tools" / "make_evp.py"
    spec = importlib.util.spec_from_file_location("make_evp", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert Path(module.PATH).read_text(encoding="utf-8") == module.source()
