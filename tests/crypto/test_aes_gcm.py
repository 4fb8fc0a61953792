"""AES-256-GCM: the vectors of its specification, both implementations, and every change of a sealed text noticed."""

from __future__ import annotations

import pytest

from vcchk.base.errors import LocalProtocolError
from vcchk.crypto import aes_gcm, engine

# D. McGrew, J. Viega, "The Galois/Counter Mode of Operation (GCM)", Appendix B, test cases 13, 14, 15
KEY_15 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
PLAIN_15 = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
    "ba637b391aafd255"
)
SEALED_15 = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
    "bcc9f662898015ad"
)
VECTORS = [
    ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    ("00" * 32, "00" * 12, "00" * 16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
    (KEY_15, "cafebabefacedbaddecaf888", PLAIN_15, SEALED_15, "b094dac5d93471bdec1a502270e3cc6c"),
]


@pytest.fixture(params=["openssl", "pycryptodomex"], autouse=True)
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "openssl":
        assert engine.binding() is not None
    else:
        monkeypatch.setattr(aes_gcm, "binding", lambda: None)


@pytest.mark.parametrize(("key", "nonce", "plain", "sealed", "tag"), VECTORS)
def test_the_specifications_vectors(
    monkeypatch: pytest.MonkeyPatch, key: str, nonce: str, plain: str, sealed: str, tag: str
) -> None:
    monkeypatch.setattr("os.urandom", lambda size: bytes.fromhex(nonce))
    whole = bytes.fromhex(nonce + tag + sealed)
    assert aes_gcm.seal(bytes.fromhex(key), bytes.fromhex(plain)) == whole
    assert aes_gcm.unseal(bytes.fromhex(key), whole) == bytes.fromhex(plain)


def test_each_changed_byte_is_noticed() -> None:
    key = bytes(range(32))
    sealed = aes_gcm.seal(key, "患者".encode())
    for at in range(len(sealed)):
        with pytest.raises(LocalProtocolError):
            aes_gcm.unseal(key, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
    for short in (b"", sealed[:27], sealed[:-1]):
        with pytest.raises(LocalProtocolError):
            aes_gcm.unseal(key, short)
    with pytest.raises(LocalProtocolError):
        aes_gcm.unseal(bytes(32), sealed)
