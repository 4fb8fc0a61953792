"""VirtualCardTrans as one readable sequence: read → complete (scan) → seal → exchange → open → act → reply.

Text in, text out; `vcchk.boundary.abi` does the bytes. One `Transactions` serves a process; its methods may run in
parallel.
"""

from __future__ import annotations

import itertools
import time

from vcchk import specification
from vcchk.base.errors import SENTENCES, SUCCESS, LocalProtocolError, ReplyError, RequestError, VcchkError
from vcchk.devices.desk import Desk
from vcchk.insurance.memory import VoucherMemory
from vcchk.network import sentences
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.records import journal, log, masking
from vcchk.settings import load_settings, places
from vcchk.specification import kinds
from vcchk.transaction.call import Answer, Call, Caller, Outcome
from vcchk.transaction.journaled import Recorded
from vcchk.transaction.platform import Exchange
from vcchk.transaction.signature_memory import SignatureTrust
from vcchk.wire import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vcchk.settings import Settings
    from vcchk.wire.message import Message


class Transactions:
    """The calls of one process, and the settings, connections, devices, journal and log that they share."""

    def __init__(self, given: Settings, logbook: log.Log) -> None:
        self.settings = given
        self.log = logbook
        folder = places.state_folder(given)
        self.desk = Desk(given, logbook)
        self._gateway = Gateway(given.gateway, logbook)
        self._journal = journal.Journal(folder, given, logbook)
        self._platform = Exchange(given, logbook, self._gateway, self._journal, SignatureTrust(folder))
        self._voucher = VoucherMemory(given.autofill.seconds)
        self._numbers = itertools.count(1)
        self._ini_key: str | None = None
        self.desk.start()

    @classmethod
    def from_ini(cls) -> Transactions:
        """Make the process's transactions from VirtualCardChk.ini."""
        given = load_settings(places.ini_path())
        return cls(given, log.setup(given))

    # --- the exported functions ---

    def virtual_card_trans(self, url: str, in_data: str, caller: Caller) -> Answer:
        """VirtualCardTrans (3.2 of both documents); never raises VcchkError."""
        return self._logged(lambda call: self._virtual_card_trans(call, url, in_data, caller))

    def nation_ec_trans(self, url: str, in_data: str, caller: Caller) -> Answer:
        """NationEcTrans, the voucher's own function: "0000" and the service's reply to the letter."""
        caller = caller.replace(setting="nation_capacity")
        return self._logged(lambda call: self._voucher_call(call, url, in_data, caller, "0000"))

    def screen_mode(self, mode: int) -> int:
        """Set_QRflow_Mode (A 3.3): 0, or a number of `errors.DEVICE_CODES`."""
        return self._logged_number("Set_QRflow_Mode", lambda: self.desk.set_mode(mode))

    def print_label(self, ehealthid: str, card_no: str, name: str) -> int:
        """EhealthID_Print (A 3.4): 0 once printed, or a number of `errors.DEVICE_CODES`."""
        person = {"ehealth_card_id": ehealthid, "card_no": card_no, "user_name": name}
        masking.remember(person)
        return self._logged_number("EhealthID_Print", lambda: self.desk.print_label(ehealthid, card_no, name))

    def autofill(self) -> tuple[int, str]:
        """SetEcQrcode (B 3.5): (0 or a number, the Chinese sentence of a failure)."""
        from vcchk.insurance import autofill

        begin = time.perf_counter()
        outcome = autofill.run(self._voucher, self.settings, self.log)
        self.log.call("SetEcQrcode", _number_shown(outcome.number), (time.perf_counter() - begin) * 1000)
        return outcome.number, outcome.message

    # --- what the boundary tells when a call does not get here ---

    def refused(self, error: VcchkError, function: str = "") -> None:
        """A call was refused before it could be read: a transaction, or the int function of this name."""
        if not function:
            self._voucher.forget()  # it may have been a verify
        self.log.call(function or "-", error.code, 0.0, error=error)

    def broken(self, error: BaseException) -> None:
        """Something nobody expected: our fault, 8009."""
        self.log.error("本库内部出错，请把日志交给维护人员", error)

    def callback_failed(self, _kind: object, error: BaseException, _traceback: object) -> None:
        """cffi's onerror: the callback itself failed; its error value goes back."""
        self.broken(error)

    # --- logging around a call ---

    def _logged(self, run: Callable[[Call], Answer]) -> Answer:
        call = Call()
        failure: BaseException | None = None
        try:
            answer = run(call)
        except VcchkError as error:
            failure = error
            answer = Answer(code=error.code, text=error.message, verbatim=False)
        except Exception as error:
            failure = error
            # Sealed, so the bytes may have left: our own fault must not make anybody register twice.
            doubt = sentences.IN_DOUBT if call.writing and "seal" in call.stages else ""
            answer = Answer(code="8009", text=SENTENCES["8009"] + "，请查看日志" + doubt, verbatim=False)
            self._platform.in_doubt(call, "8009")
        call.stage("act")
        self.log.call(
            call.method or "-",
            answer.code,
            call.total,
            call.stages,
            request_id=f"{next(self._numbers)}",
            serial=call.serial,
            error=failure,
            **call.notes,
        )
        masking.forget()
        return answer

    def _logged_number(self, name: str, run: Callable[[], int]) -> int:
        begin = time.perf_counter()
        try:
            number = run()
        except Exception as error:
            self.broken(error)
            number = 8009
        self.log.call(name, _number_shown(number), (time.perf_counter() - begin) * 1000)
        masking.forget()
        return number

    # --- the sequence ---

    def _virtual_card_trans(self, call: Call, url: str, in_data: str, caller: Caller) -> Answer:
        try:
            request = message.parse(in_data)
        except RequestError:
            # Whose code it was cannot be told, so the last patient's must not stay.
            self._voucher.forget()
            raise
        if kinds.is_voucher_call(request.fields):
            return self._voucher_call(call, url, in_data, caller, SUCCESS)
        # Before anything can refuse the request: the last patient's code must not outlive it.
        turn = self._voucher.forget() if kinds.is_verify(request.method) else 0
        request, key = self._read(call, url, request)
        call.stage("parse")
        request = self._complete(call, request)
        deadline = Deadline(self.settings.gateway.timeout)
        biz = request.biz or {}
        self.desk.before(request.method, biz)
        outcome = self._verified(call, url, request, key, deadline, turn)
        if outcome.code != SUCCESS:
            return Answer(code=outcome.code, text=outcome.message, verbatim=False)
        self.desk.after(request.method, biz, outcome.biz)
        return self._fitting(call, outcome.biz_text, caller)

    def _read(self, call: Call, url: str, request: Message) -> tuple[Message, str]:
        """Check what can be known before anything is sent. Raises RequestError."""
        biz = request.biz or {}
        call.method = request.method
        call.serial = specification.serial_number(biz)
        call.writing = kinds.is_writing(request.method)
        key = request.key or self._key()
        masking.remember(request.fields, biz, {"key": key})
        if not url:
            raise RequestError("9001", "strUrl 为空，请设置平台地址")
        if not request.method:
            raise RequestError("1004", "接口名称不为空，请求缺少 method")
        if not key and not request.fields.get("sign"):
            raise RequestError(
                "9002",
                "签名失败：InData 没有 key，也没有 sign，请让 HIS 传 key，或在 VirtualCardChk.ini 的 [wire] key 中设置",
            )
        findings = [*request.findings, *specification.check(request.fields, request.biz, has_key=bool(key))]
        if findings:
            told = "；".join(finding.sentence for finding in findings)
            if self.settings.abi.strict:
                raise RequestError("9001", f"请求参数有误：{told}")
            self.log.warn(f"请求与文档不符（照常发送）：{told}", method=request.method)
        return request, key

    def _complete(self, call: Call, request: Message) -> Message:
        """Fill in the code from the scanner where the request leaves it to us. Raises DeviceError."""
        if request.biz is None:
            return request  # business fields that the caller encrypted itself: nothing can be filled in
        code = self.desk.code_for(request.method, request.biz)
        if code is None:
            return request
        call.stage("scan")
        masking.remember({"ehealth_code": code})
        return request.with_biz({"ehealth_code": code})

    def _verified(self, call: Call, url: str, request: Message, key: str, deadline: Deadline, turn: int) -> Outcome:
        """Exchange with the platform; a verify may need the voucher's service besides, and leaves a voucher's code."""
        biz = request.biz or {}
        if not turn:
            return self._platform.run(call, url, request, key, deadline)
        if kinds.is_multicode(biz):
            from vcchk.insurance import multicode

            def platform() -> multicode.PlatformAnswer:
                answer = self._platform.run(call, url, request, key, deadline)
                return multicode.PlatformAnswer(code=answer.code, message=answer.message, biz_text=answer.biz_text)

            term_id = request.fields.get("term_id", "")
            service = Recorded(self._gateway, self._journal, call, "ec.query", term_id, masking.mask_person(biz))
            try:
                verified = multicode.verify(
                    biz, platform, gateway=service, settings=self.settings, deadline=deadline, log=self.log
                )
            except VcchkError as error:
                service.end(error.code, in_doubt=getattr(error, "in_doubt", False))
                raise
            service.end(verified.code)
            call.notes["asked"] = verified.asked
            if verified.code == SUCCESS and verified.voucher:
                self._voucher.remember(turn, verified.voucher)
            return Outcome(code=verified.code, message=verified.message, biz_text=verified.biz_text)
        outcome = self._platform.run(call, url, request, key, deadline)
        scanned = str(biz.get("ehealth_code") or "")
        if outcome.code == SUCCESS and (":" not in scanned or outcome.biz.get("EcQrCode")):
            from vcchk.insurance import multicode

            self._voucher.remember(turn, multicode.voucher_of(scanned, outcome.biz_text))
        return outcome

    def _fitting(self, call: Call, words: str, caller: Caller) -> Answer:
        """Hand back a reply that fits; one that does not is kept, never cut."""
        size = caller.fits(words)
        if size is None:
            return Answer(code=SUCCESS, text=words, verbatim=True)
        done = "平台已办理成功，请勿重复办理；" if call.writing else "查询已成功；"
        kept = ""
        if self._journal.keep_reply(call.row, words):
            kept = f"应答已保存，可用 vcchk journal show {call.row} 查看；"
        self._platform.closed(call, "9008")
        raise ReplyError(
            "9008",
            f"{done}但返回超长：{size} 字节，OutData 只有 {caller.capacity} 字节；{kept}"
            f"HIS 的缓冲区更大时可改 [abi] {caller.setting}",
            cause=f"the reply has {size} bytes, the buffer {caller.capacity}",
        )

    def _voucher_call(self, call: Call, url: str, in_data: str, caller: Caller, success: str) -> Answer:
        """InData with transType goes to strUrl as it is (the voucher's own interface)."""
        from vcchk.insurance import service as insurance

        self._voucher.forget()
        call.method = "transType"
        call.writing = True
        if not url:
            raise RequestError("9001", "strUrl 为空，请设置医保电子凭证服务地址")
        if not in_data.strip():
            raise RequestError("9001", "InData 为空")
        deadline = Deadline(self.settings.gateway.timeout)
        service = Recorded(self._gateway, self._journal, call, "transType", "", "")
        result = insurance.transact(url, in_data, service, self.settings, deadline, self.log)
        service.end(result.code, in_doubt=result.in_doubt)
        if result.code != insurance.SUCCESS:
            verbatim = success == insurance.SUCCESS and bool(result.text) and caller.fits(result.text) is None
            return Answer(code=result.code, text=result.text if verbatim else result.message, verbatim=verbatim)
        return self._fitting(call, result.text, caller).replace(code=success)

    # --- small parts ---

    def _key(self) -> str:
        """Return the INI's key in clear, "" without one. Raises LocalProtocolError 9002 when it cannot be read."""
        if self._ini_key is None:
            stored = self.settings.wire.key
            if stored:
                from vcchk.records import sealing

                try:
                    stored = sealing.reveal(stored, places.state_folder(self.settings))
                except sealing.SealError as error:
                    raise LocalProtocolError(
                        "9002", "[wire] key 解不开，请在本机重新执行 vcchk secret set", cause=str(error)
                    ) from error
                masking.guard(stored)
            self._ini_key = stored
        return self._ini_key


def _number_shown(number: int) -> str:
    return f"{number:04d}" if number else SUCCESS
