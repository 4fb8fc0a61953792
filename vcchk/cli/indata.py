"""A file with an InData of the HIS: where commands take application, terminal and key from."""

from __future__ import annotations

from vcchk.base.encoding import decode
from vcchk.records.masking import guard
from vcchk.wire import message
from vcchk.wire.message import Message

MAX_BYTES = 1 << 24
"""Of a file: an InData has some kilobytes; a device that never ends would fill the memory."""


def read_indata(path: str) -> Message:
    """Return the request in a file; its key never shows from then on. Raises OSError, RequestError."""
    with open(path, "rb") as file:
        request = message.parse(decode(file.read(MAX_BYTES)).text)
    guard(request.key)
    return request
