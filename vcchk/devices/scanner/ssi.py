"""Scanners that speak SSI, Simple Serial Interface (Zebra/Symbol, Grow GM72).

After Zebra "Simple Serial Interface Programmer's Guide" (72E-40451): a packet is length, opcode, source (00 scanner,
04 host), status, data, and the two's complement of the 16-bit sum of all those bytes, big endian; length counts all
but the checksum. START_SESSION E4, STOP_SESSION E5, CMD_ACK D0, CMD_NAK D1; a byte 00 wakes a sleeping scanner, which
then takes 50 ms. Codes come raw, or as DECODE_DATA packets (F3, first data byte the symbology) that the host
acknowledges.
"""

from __future__ import annotations

from vcchk.devices.scanner.stream import Stream

HOST = 0x04
SCANNER = 0x00
START_SESSION, STOP_SESSION, CMD_ACK, CMD_NAK, DECODE_DATA = 0xE4, 0xE5, 0xD0, 0xD1, 0xF3
REQUEST_REVISION, REPLY_REVISION = 0xA3, 0xA4
_REPLY_LENGTHS = (4, 5)  # of CMD_ACK and CMD_NAK: a last byte like these may be the beginning of one
_REPLIES = {CMD_ACK: "ack", CMD_NAK: "nak", DECODE_DATA: "packet"}


def checksum(body: bytes) -> bytes:
    """Return the two bytes that follow ``body``."""
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")


def packet(opcode: int, source: int = HOST, status: int = 0, data: bytes = b"") -> bytes:
    """Return a whole packet."""
    body = bytes([4 + len(data), opcode, source, status]) + data
    return body + checksum(body)


def split(buffer: bytes) -> tuple[str, int]:
    """Tell what stands at the head of ``buffer`` (see `stream.Stream`)."""
    length = buffer[0]
    if length >= 4 and (len(buffer) == 1 or buffer[1] in _REPLIES):
        if len(buffer) < 3 or (buffer[2] == SCANNER and len(buffer) < length + 2):
            return "wait", 0
        if buffer[2] == SCANNER and checksum(buffer[:length]) == buffer[length : length + 2]:
            return _REPLIES[buffer[1]], length + 2
    # A code in ASCII has no opcode above 7Fh in its second place; go on to where a packet could begin.
    at = next((n for n in range(1, len(buffer) - 1) if buffer[n + 1] in _REPLIES and buffer[n] >= 4), len(buffer))
    if at == len(buffer) > 1 and buffer[-1] in _REPLY_LENGTHS:
        at -= 1
    return "data", at


class SsiStream(Stream):
    """Takes codes out of DECODE_DATA packets and acknowledges those."""

    def __init__(self) -> None:
        super().__init__(split)

    def packet(self, frame: bytes) -> bytes:
        """Return the code of a DECODE_DATA packet, with a line end so that it stands alone."""
        self.answer += packet(CMD_ACK)
        return frame[5:-2] + b"\r\n"
