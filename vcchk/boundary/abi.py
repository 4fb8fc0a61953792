"""The bytes of the exported functions' arguments to text, and their answers to bytes.

Whatever happens, each method returns a return code and a text. `vcchk.entry.callbacks` connects them to C.
"""

from __future__ import annotations

from vcchk.base import encoding
from vcchk.base.errors import RequestError, VcchkError, own_fault
from vcchk.base.result import Result
from vcchk.transaction.call import OutputBuffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vcchk.base.encoding import Decoded
    from vcchk.transaction.sequence import Transactions

ERRMSG_SIZE = 256
"""Bytes of SetEcQrcode's pErrmsg with the NUL (document B 3.5)."""


class Boundary:
    """Arguments as bytes in, return values as bytes out; holds the encoding that this process showed last."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions
        self.settings = transactions.settings
        self._last_encoding = ""

    def virtual_card_trans(self, url: bytes | None, in_data: bytes | None) -> tuple[str, bytes]:
        """VirtualCardTrans (3.2 of both documents): (return code, OutData without the NUL)."""
        capacity = self.settings.abi.out_capacity
        return self._transact(url, in_data, capacity, self.transactions.virtual_card_trans, self._sentence)

    def nation_ec_trans(self, url: bytes | None, in_data: bytes | None) -> tuple[str, bytes]:
        """NationEcTrans, the voucher's function: (return code, OutData without the NUL)."""
        capacity = self.settings.abi.nation_capacity
        return self._transact(url, in_data, capacity, self.transactions.nation_ec_trans, self._failure_object)

    def ehealth_id_print(self, ehealthid: bytes | None, card_no: bytes | None, name: bytes | None) -> int:
        """EhealthID_Print (document A 3.4): 0, or a number of `errors.DEVICE_CODES`."""
        try:
            arguments: dict[str, bytes] = {}
            for parameter, data in (("ehealthid", ehealthid), ("cardNo", card_no), ("name", name)):
                if data is None:
                    raise RequestError("9001", f"EhealthID_Print 的 {parameter} 是空指针")
                arguments[parameter] = data
            found, _ = self._decode(*reversed(arguments.values()))  # the name shows the encoding
            texts = map(self._text, arguments, reversed(found))
            return self.transactions.ehealth_id_print(*texts)
        except VcchkError as error:
            self.transactions.report_refusal(error, "EhealthID_Print")
            return int(error.code)
        except Exception as error:
            self.transactions.report_bug(error)
            return 8009

    def set_qrflow_mode(self, mode: int) -> int:
        """Set_QRflow_Mode (document A 3.3): 0, or a number of `errors.DEVICE_CODES`."""
        try:
            return self.transactions.set_qrflow_mode(mode)
        except Exception as error:
            self.transactions.report_bug(error)
            return 8009

    def set_ec_qrcode(self) -> tuple[int, bytes]:
        """SetEcQrcode (document B 3.5): (0 or a number, message of at most 255 bytes, empty on success)."""
        try:
            number, sentence = self.transactions.set_ec_qrcode()
        except Exception as error:
            self.transactions.report_bug(error)
            number, sentence = 8009, own_fault(error)
        if not number:
            return 0, b""
        charset = self._reply_encoding()
        data = self._encode(encoding.without_controls(sentence), charset)
        return number, encoding.cut(data, ERRMSG_SIZE - 1, charset)

    # --- bytes and text ---

    def _decode(self, *arguments: bytes) -> tuple[list[Decoded], str]:
        """Return the arguments decoded, and the encoding to answer in.

        The first that shows one decides, and helps where the others could be either.
        """
        fixed = self.settings.abi.encoding
        if fixed != "auto":
            return [encoding.decode_as(data, fixed) for data in arguments], fixed
        found: list[Decoded] = []
        detected = ""
        for data in arguments:
            decoded = encoding.decode(data, last=detected or self._last_encoding)
            detected = detected or decoded.encoding
            found.append(decoded)
        self._last_encoding = detected or self._last_encoding
        return found, self._reply_encoding()

    def _reply_encoding(self) -> str:
        fixed = self.settings.abi.encoding
        return (self._last_encoding or encoding.GB18030) if fixed == "auto" else fixed

    def _text(self, parameter: str, decoded: Decoded) -> str:
        """Return an argument's text. A broken character is logged, with ``[abi] strict`` refused (9001)."""
        if decoded.warning:
            warning = f"{parameter} {decoded.warning}，请检查 HIS"
            if self.settings.abi.strict:
                raise RequestError("9001", warning)
            self.transactions.log.warn(f"{warning}；照常发送")
        return decoded.text

    def _encode(self, text: str, charset: str) -> bytes:
        return encoding.encode(text, charset, self.settings.abi.rare)

    def _sentence(self, result: Result, charset: str, max_bytes: int) -> bytes:
        """Return a failure's sentence with its code in brackets behind it, cut before the code."""
        tail = f"[{result.code}]".encode()
        # Some platforms write the code behind their sentences themselves.
        sentence = encoding.without_controls(result.message).removesuffix(f"[{result.code}]")
        return encoding.cut(self._encode(sentence, charset), max_bytes - len(tail), charset) + tail

    def _failure_object(self, result: Result, charset: str, max_bytes: int) -> bytes:
        """Return a failure as the voucher's service writes one.

        Three public callers of NationEcTrans parse OutData on failure too and read ``code`` and ``message``: a bare
        sentence raises in them.
        """
        head, tail = b'{"code":-1,"message":"', f'[{result.code}]","data":null}}'.encode()
        most = max_bytes - len(head) - len(tail)
        sentence = encoding.without_controls(result.message).replace("\\", "＼").replace('"', "'")
        while len(data := self._encode(sentence, charset)) > most:
            sentence = sentence[:-1]  # whole characters: a cut escape would be no JSON
        return head + data + tail

    # --- a transaction ---

    def _transact(
        self,
        url: bytes | None,
        in_data: bytes | None,
        capacity: int,
        run: Callable[[str, str, OutputBuffer], Result],
        write_failure: Callable[[Result, str, int], bytes],
    ) -> tuple[str, bytes]:
        max_bytes = capacity - 1
        charset = self._reply_encoding()
        encoded: dict[str, bytes] = {}

        def excess(text: str) -> int | None:
            data = encoded[text] = self._encode(encoding.with_controls_escaped(text), charset)
            return len(data) if len(data) > max_bytes else None

        try:
            if url is None or in_data is None:
                raise RequestError("9001", ("strUrl" if url is None else "InData") + " 是空指针")
            (request, address), charset = self._decode(in_data, url)
            result = run(
                self._text("strUrl", address).strip(),
                self._text("InData", request),
                OutputBuffer(excess=excess, capacity=capacity),
            )
        except VcchkError as error:
            self.transactions.report_refusal(error)
            result = Result(code=error.code, message=error.message)
        except Exception as error:
            self.transactions.report_bug(error)
            result = Result(code="8009", message=own_fault(error))
        if result.text and (result.text in encoded or excess(result.text) is None):
            data = encoded[result.text]
            if len(data) <= max_bytes:
                return result.code, data
        return result.code, write_failure(result, charset, max_bytes)
