"""RC2 (RFC 2268), decryption in CBC alone: older Windows packs the certificates of a .pfx with it, under 40 bits.

Weak, and read for that purpose only. OpenSSL 3 has it in a module that the runtime does not carry.
"""

from __future__ import annotations

import struct

# RFC 2268 section 2, a permutation made of the digits of pi.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32"
    "bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a"
    "961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e"
    "c5f3db47e5a59c770aa62068fe7fc1ad"
)
_SHIFTS = (1, 2, 3, 5)
BLOCK = 8


def decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Return ``data`` (whole blocks of 8 bytes) decrypted, padding left; all bits of ``key`` are effective."""
    words = _expand(key)
    out = bytearray()
    for at in range(0, len(data), BLOCK):
        block = data[at : at + BLOCK]
        out += bytes(a ^ b for a, b in zip(_block(words, block), iv, strict=True))
        iv = block
    return bytes(out)


def _expand(key: bytes) -> tuple[int, ...]:
    """Return the 64 words of the expanded key (section 2)."""
    size = len(key)
    table = bytearray(key)
    for i in range(size, 128):
        table.append(_PI[(table[i - 1] + table[i - size]) & 255])
    table[128 - size] = _PI[table[128 - size]]
    for i in range(127 - size, -1, -1):
        table[i] = _PI[table[i + 1] ^ table[i + size]]
    return struct.unpack("<64H", table)


def _block(words: tuple[int, ...], block: bytes) -> bytes:
    """Decrypt one block (section 4): 5, 6 and 5 rounds of mixing with a round of mashing between them."""
    r = list(struct.unpack("<4H", block))
    j = 63
    for rounds in (5, 6, 5):
        for _ in range(rounds):
            for i in (3, 2, 1, 0):
                turned = (r[i] >> _SHIFTS[i] | r[i] << 16 - _SHIFTS[i]) & 0xFFFF
                mixed = words[j] + (r[i - 1] & r[i - 2]) + (~r[i - 1] & r[i - 3])
                r[i] = (turned - mixed) & 0xFFFF
                j -= 1
        if j >= 0:
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return struct.pack("<4H", *r)
