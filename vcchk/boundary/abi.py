"""The bytes of the exported functions' arguments to text, and their answers to bytes.

Whatever happens, each method returns a return code and a text. `vcchk.entry.callbacks` connects them to C.
"""

from __future__ import annotations

from vcchk.base import encoding as text
from vcchk.base.errors import SENTENCES, RequestError, VcchkError
from vcchk.transaction.call import Answer, Caller
from vcchk.transaction.sequence import Transactions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ERRMSG_SIZE = 256
"""Bytes of SetEcQrcode's pErrmsg with the NUL (document B 3.5)."""


class Boundary:
    """Arguments as bytes in, return values as bytes out; holds the encoding this process last showed."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions
        self.settings = transactions.settings
        self._shown = text.GB18030

    def _encoding(self, *arguments: bytes) -> str:
        fixed = self.settings.abi.encoding
        if fixed != "auto":
            return fixed
        for data in arguments:
            shown = text.detect(data)
            if shown is not None:
                self._shown = shown
                return shown
        return self._shown

    def _decode(self, data: bytes, encoding: str, what: str) -> str:
        """Decode an argument; ``what`` names it. A bad byte is logged, with ``[abi] strict`` refused (9001)."""
        words, place = text.decode(data, encoding)
        if place:
            name = "UTF-8" if encoding == text.UTF8 else "GBK"
            told = f"{what} 第 {place} 字节起不是有效的 {name} 字符（多为定长字段截断了半个汉字），请检查 HIS"
            if self.settings.abi.strict:
                raise RequestError("9001", told)
            self.transactions.log.warn(told + "；已按 ? 处理，照常发送")
        return words

    def encode(self, words: str, encoding: str, limit: int) -> bytes:
        """Return ``words`` for the HIS, at most ``limit`` bytes, cut between characters; a NUL would end them early."""
        data = text.encode(words.replace("\0", ""), encoding, self.settings.abi.rare)
        return text.cut(data, limit, encoding)

    def _message(self, code: str, words: str, encoding: str, room: int) -> bytes:
        tail = f"[{code}]".encode()
        words = words.removesuffix(f"[{code}]")  # some platforms write it behind their sentences themselves
        return self.encode(words, encoding, room - len(tail)) + tail

    def transact(
        self,
        url: bytes | None,
        in_data: bytes | None,
        capacity: int,
        run: Callable[[str, str, Caller], Answer],
    ) -> tuple[str, bytes]:
        """Run one transaction; returns (return code, OutData without the NUL, shorter than ``capacity``)."""
        room = capacity - 1
        encoding = self._encoding(in_data or b"", url or b"")

        encoded: dict[str, bytes] = {}

        def fits(words: str) -> int | None:
            data = text.encode(words, encoding, self.settings.abi.rare)
            if len(data) > room:
                return len(data)
            encoded[words] = data
            return None

        try:
            if url is None or in_data is None:
                raise RequestError("9001", ("strUrl" if url is None else "InData") + " 是空指针")
            answer = run(
                self._decode(url, encoding, "strUrl").strip(),
                self._decode(in_data, encoding, "InData"),
                Caller(fits=fits, capacity=capacity),
            )
        except VcchkError as error:
            self.transactions.refused(error)
            answer = Answer(code=error.code, text=error.message, verbatim=False)
        except Exception as error:
            self.transactions.broken(error)
            answer = Answer(code="8009", text=SENTENCES["8009"] + "，请查看日志", verbatim=False)
        if answer.verbatim:
            known = encoded.get(answer.text)
            return answer.code, known if known is not None else self.encode(answer.text, encoding, room)
        return answer.code, self._message(answer.code, answer.text, encoding, room)

    def label(self, ehealthid: bytes | None, card_no: bytes | None, name: bytes | None) -> int:
        """EhealthID_Print (document A 3.4): 0, or a number of `errors.DEVICE_CODES`."""
        try:
            given = (("ehealthid", ehealthid), ("cardNo", card_no), ("name", name))
            for word, data in given:
                if data is None:
                    raise RequestError("9001", f"EhealthID_Print 的 {word} 是空指针")
            arguments = [data or b"" for _, data in given]
            encoding = self._encoding(*reversed(arguments))
            words = [self._decode(data, encoding, word) for (word, _), data in zip(given, arguments, strict=True)]
            return self.transactions.print_label(*words)
        except VcchkError as error:
            self.transactions.refused(error, "EhealthID_Print")
            return int(error.code)
        except Exception as error:
            self.transactions.broken(error)
            return 8009

    def screen(self, mode: int) -> int:
        """Set_QRflow_Mode (document A 3.3): 0, or a number of `errors.DEVICE_CODES`."""
        try:
            return self.transactions.screen_mode(mode)
        except Exception as error:
            self.transactions.broken(error)
            return 8009

    def autofill(self) -> tuple[int, bytes]:
        """SetEcQrcode (document B 3.5): (0 or a number, message of at most 255 bytes, empty on success)."""
        room = ERRMSG_SIZE - 1
        try:
            number, words = self.transactions.autofill()
        except Exception as error:
            self.transactions.broken(error)
            number, words = 8009, SENTENCES["8009"]
        return number, self.encode(words, self._encoding(), room) if number else b""
