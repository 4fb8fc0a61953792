"""What a scanner sends besides codes: acknowledgements. A driver's `Stream` takes them out of the bytes."""

from __future__ import annotations

from collections.abc import Callable

from vcchk.base.errors import DeviceError


class Stream:
    """Takes a driver's reply frames out of what arrives.

    ``split(buffer)`` looks at the head of the buffer and returns (kind, length): ``ack`` or ``nak`` for a reply frame,
    ``wait`` for one that may still become whole, ``data`` for bytes of a code. ``acknowledged`` tells whether the last
    trigger was answered; ``answer`` is what must be sent back.
    """

    def __init__(self, split: Callable[[bytes], tuple[str, int]] | None = None) -> None:
        self._split = split
        self._held = b""
        self.acknowledged = split is None
        self.answer = b""

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the line and return those that belong to codes. Raises ``scanner_broken`` on a refusal."""
        if self._split is None:
            return data
        self._held += data
        codes = b""
        while self._held:
            kind, length = self._split(self._held)
            if kind == "wait":
                break
            frame, self._held = self._held[:length], self._held[length:]
            if kind == "ack":
                self.acknowledged = True
            elif kind == "nak":
                raise DeviceError(
                    "scanner_broken", "扫码枪拒绝了触发命令，请检查型号设置", cause=f"nak {frame.hex(' ')}"
                )
            elif kind == "data":
                codes += frame
            else:
                codes += self.packet(frame)
        return codes

    def packet(self, frame: bytes) -> bytes:
        """Return the code inside a protocol packet (drivers with such packets have their own)."""
        return frame

    def flush(self) -> bytes:
        """Return bytes held back as the beginning of a frame that did not come: they are part of a code."""
        held, self._held = self._held, b""
        return held


def exact(acks: tuple[bytes, ...], naks: tuple[bytes, ...] = ()) -> Callable[[bytes], tuple[str, int]]:
    """Return a ``split`` for reply frames that are always the same bytes."""
    frames = [(frame, "ack") for frame in acks] + [(frame, "nak") for frame in naks]
    heads = {frame[0] for frame, _ in frames}

    def split(buffer: bytes) -> tuple[str, int]:
        for frame, kind in frames:
            if buffer.startswith(frame):
                return kind, len(frame)
            if frame.startswith(buffer):
                return "wait", 0
        # As much as cannot be the beginning of a frame at once.
        length = next((n for n in range(1, len(buffer)) if buffer[n] in heads), len(buffer))
        return "data", length

    return split
