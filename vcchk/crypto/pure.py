"""The engine without OpenSSL: SM2, SM3 and SM4 by gmssl, AES and DES by pycryptodomex.

Slow, and the reference in tests.
"""

from __future__ import annotations

import os

from vcchk.base.errors import LocalProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sm3(data: bytes) -> bytes:
    """Return the 32 bytes of SM3 (GB/T 32905-2016)."""
    from gmssl import sm3 as gm

    return bytes.fromhex(gm.sm3_hash(list(data)))


def sm2_sign(private_key: bytes, data: bytes) -> bytes:
    """Return r and s (GB/T 32918.2-2016), 64 bytes. Raises ValueError or TypeError for a key that is none."""
    from gmssl import sm2

    key = private_key.hex()
    signer = _sm2(sm2, key, "")
    signer.public_key = signer._kg(int(key, 16), signer.ecc_table["g"])
    # gmssl's own nonce comes from the `random` module, which can be foretold.
    return bytes.fromhex(signer.sign_with_sm3(data, os.urandom(32).hex()))


def sm2_verify(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` (r and s) is the key's, over the default user id."""
    from gmssl import sm2

    return bool(_sm2(sm2, "", public_key.hex()).verify_with_sm3(signature.hex(), data))


def _sm2(sm2: Any, private_key: str, public_key: str) -> Any:
    made = sm2.CryptSM2(private_key=private_key, public_key="")
    # Set afterwards: the constructor strips every leading 0 and 4 of a key that begins with 04.
    made.public_key = public_key
    return made


def cipher(name: str) -> Callable[[bytes, bytes, bytes, int], bytes]:
    """Return the cipher ``name`` of `engine.CIPHERS` as a function (key, iv, data, 1 encrypt or 0 decrypt) -> bytes."""
    family, _, mode = name.rpartition("-")
    if family == "SM4":
        return _sm4_cbc if mode == "CBC" else _sm4_ecb
    from Cryptodome.Cipher import AES, DES, DES3

    def run(key: bytes, iv: bytes, data: bytes, encrypting: int) -> bytes:
        module = AES
        if family == "DES-EDE3":
            # DES3 refuses three equal keys, which are single DES.
            single = key[:8] == key[8:16] == key[16:]
            module, key = (DES, key[:8]) if single else (DES3, key)
        made = module.new(key, module.MODE_CBC, iv) if mode == "CBC" else module.new(key, module.MODE_ECB)
        try:
            return bytes(made.encrypt(data) if encrypting else made.decrypt(data))
        except ValueError:
            raise LocalProtocolError(
                "9006" if encrypting else "9007", cause=f"{name}: {len(data)} bytes are not whole blocks"
            ) from None

    return run


def _sm4(key: bytes, encrypting: int, size: int) -> Callable[[bytes], bytes]:
    from gmssl import sm4

    if size % 16:
        raise LocalProtocolError("9006" if encrypting else "9007", cause=f"SM4: {size} bytes are not whole blocks")
    made = sm4.CryptSM4()
    made.set_key(key, sm4.SM4_ENCRYPT if encrypting else sm4.SM4_DECRYPT)
    return lambda block: bytes(made.one_round(made.sk, list(block)))


def _sm4_ecb(key: bytes, _iv: bytes, data: bytes, encrypting: int) -> bytes:
    run = _sm4(key, encrypting, len(data))
    return b"".join(run(data[i : i + 16]) for i in range(0, len(data), 16))


def _sm4_cbc(key: bytes, iv: bytes, data: bytes, encrypting: int) -> bytes:
    run = _sm4(key, encrypting, len(data))
    out = bytearray()
    before = iv
    for i in range(0, len(data), 16):
        block = data[i : i + 16]
        if encrypting:
            before = run(_xor(block, before))
            out += before
        else:
            out += _xor(run(block), before)
            before = block
    return bytes(out)


def _xor(one: bytes, two: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(two, "big")).to_bytes(16, "big")
