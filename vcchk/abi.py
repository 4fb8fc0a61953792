"""The C boundary: the only module that knows ``char *``.

The core (native/core) imports `vcchk.abi` once and calls `install`; from then on each exported function lands here.
Whatever happens, a callback writes a return code and a text and comes back; the C side has values of its own for the
case that even this fails.
"""

from __future__ import annotations

from vcchk import host, places, text
from vcchk.call import Answer, Caller
from vcchk.errors import SENTENCES, RequestError, VcchkError
from vcchk.transaction import Transactions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

RET_SIZE = 16
"""Bytes of the ``ret`` buffer that the core hands in."""
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


def install(ffi: Any, lib: Any) -> None:
    """Connect the exported functions to Python. Called once by the core's embedding init code."""
    places.set_home(ffi.string(lib.vcchk_home()).decode("utf-8"))
    host.attach(lib)
    boundary = Boundary(Transactions.from_ini())
    lib.vcchk_set_qrflow_stdcall(boundary.settings.abi.qrflow_convention == "stdcall")

    def given(pointer: Any) -> bytes | None:
        return None if pointer == ffi.NULL else ffi.string(pointer)

    def put(pointer: Any, data: bytes) -> None:
        ffi.memmove(pointer, data + b"\0", len(data) + 1)

    def transact(url: Any, in_data: Any, out: Any, ret: Any, capacity: int, run: Any) -> int:
        if out == ffi.NULL:
            # Nothing is sent whose answer could not be handed back.
            boundary.transactions.refused(RequestError("9001", "OutData 是空指针"))
            put(ret, b"9001")
            return 0
        code, data = boundary.transact(given(url), given(in_data), capacity, run)
        put(out, data)
        put(ret, code.encode("ascii", "replace")[: RET_SIZE - 1])
        return 0

    def trans(url: Any, in_data: Any, out: Any, ret: Any) -> int:
        tx = boundary.transactions
        return transact(url, in_data, out, ret, boundary.settings.abi.out_capacity, tx.virtual_card_trans)

    def nation(url: Any, in_data: Any, out: Any, ret: Any) -> int:
        tx = boundary.transactions
        return transact(url, in_data, out, ret, boundary.settings.abi.nation_capacity, tx.nation_ec_trans)

    def autofill(errmsg: Any) -> int:
        number, data = boundary.autofill()
        if errmsg != ffi.NULL:
            put(errmsg, data)
        return number

    def label(ehealthid: Any, card_no: Any, name: Any) -> int:
        return boundary.label(given(ehealthid), given(card_no), given(name))

    def main(argc: int, argv: Any) -> int:
        from vcchk.cli import run

        return run([ffi.string(argv[i]).decode("utf-8") for i in range(1, argc)])

    # A failing value other than 0 and no onerror text: what raises even here never reads as success.
    for name, function in (
        ("vcchk_py_trans", trans),
        ("vcchk_py_nation", nation),
        ("vcchk_py_screen", boundary.screen),
        ("vcchk_py_print", label),
        ("vcchk_py_autofill", autofill),
        ("vcchk_py_main", main),
    ):
        ffi.def_extern(name=name, error=8009, onerror=boundary.transactions.callback_failed)(function)
