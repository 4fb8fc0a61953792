"""VirtualCardTrans as one readable sequence: read → complete (scan) → seal → exchange → open → act → reply.

Text in, text out; `vcchk.boundary.abi` does the bytes. One `Transactions` serves a process; its methods may run in
parallel.
"""

from __future__ import annotations

import itertools
import time

from vcchk import specification
from vcchk.base import encoding
from vcchk.base.errors import SUCCESS, LocalProtocolError, ReplyError, RequestError, VcchkError, own_fault
from vcchk.base.result import Result
from vcchk.devices.desk import Desk
from vcchk.insurance.memory import VoucherMemory
from vcchk.network.deadline import Deadline
from vcchk.network.fault import IN_DOUBT, for_verify
from vcchk.network.gateway import Gateway
from vcchk.records import masking
from vcchk.records.folder import make_folder
from vcchk.records.journal import Journal
from vcchk.records.log import start_log
from vcchk.settings import load_settings, places
from vcchk.specification import codes, kinds
from vcchk.transaction.calibration import Calibration
from vcchk.transaction.call import OngoingCall, OutputBuffer
from vcchk.transaction.exchange import Exchange
from vcchk.transaction.journaled import JournaledGateway
from vcchk.transaction.reply_habits import ReplyHabits
from vcchk.wire import message
from vcchk.wire.site_profile import unknown_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vcchk.records.log import Log
    from vcchk.settings import Settings
    from vcchk.wire.message import Message


NO_CODE = "请求没有 ehealth_code，动态库也没有读码"
_NO_SCANNER = "请在 VirtualCardChk.ini 的 [scanner] 设置 driver 和 port，或由 HIS 读码后传 ehealth_code"
_NO_SCAN = "[scanner] scan 设成了不读码，请改为 missing，或由 HIS 读码后传 ehealth_code"
PADDED_KEY = "；key 首尾有空白或看不见的字符，请先去掉再试"
OF_THE_KEY = ("9003", "9007")
"""Codes of an answer to which a padded key may have led: signature and cipher."""
MISSING_CODE = ("2002", "9001", "9998", "9999")
"""Codes of an answer to which a missing ehealth_code may have led; not those of network, signature and cipher."""


class Transactions:
    """The calls of one process, and the settings, connections, devices, journal and log that they share."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self.settings = settings
        self.log = log
        folder = places.state_folder(settings)
        self.desk = Desk(settings, log)
        self._gateway = Gateway(settings.gateway, log, folder)
        self._journal = Journal(folder, settings, log)
        self._exchange = Exchange(
            settings,
            log,
            self._gateway,
            self._journal,
            ReplyHabits(folder),
            Calibration(settings.wire, settings.profiles, folder, log, settings.profile_positions),
        )
        self._voucher = VoucherMemory(settings.autofill.seconds)
        for slip in unknown_keys(settings.profiles, settings.profile_positions):
            log.warn(f"设置：{slip}")
        self._numbers = itertools.count(1)
        self._ini_key: str | None = None
        self.desk.start()

    @classmethod
    def from_ini(cls) -> Transactions:
        """Make the process's transactions from VirtualCardChk.ini."""
        settings = load_settings(places.ini_path(), make_folder)
        log = start_log(settings)
        if settings.log.syslog:
            from vcchk.records.daily_summary import send_when_due

            log.on_new_file = lambda: send_when_due(log, settings, lambda: _dialect(settings))
        return cls(settings, log)

    # --- the exported functions ---

    def virtual_card_trans(self, url: str, in_data: str, buffer: OutputBuffer) -> Result:
        """VirtualCardTrans (3.2 of both documents); never raises VcchkError."""
        return self._run_logged(lambda call: self._transaction(call, url, in_data, buffer))

    def nation_ec_trans(self, url: str, in_data: str, buffer: OutputBuffer) -> Result:
        """NationEcTrans, the voucher's own function: "0000" and the service's reply to the letter."""
        buffer = buffer.replace(setting="nation_capacity")
        return self._run_logged(lambda call: self._voucher_transaction(call, url, in_data, buffer, "0000"))

    def set_qrflow_mode(self, mode: int) -> int:
        """Set_QRflow_Mode (A 3.3): 0, or a number of `errors.DEVICE_CODES`."""
        return self._run_logged_int("Set_QRflow_Mode", lambda: self.desk.set_qrflow_mode(mode))

    def ehealth_id_print(self, ehealthid: str, card_no: str, name: str) -> int:
        """EhealthID_Print (A 3.4): 0 once printed, or a number of `errors.DEVICE_CODES`."""
        masking.remember({"ehealth_card_id": ehealthid, "card_no": card_no, "user_name": name})
        return self._run_logged_int("EhealthID_Print", lambda: self.desk.ehealth_id_print(ehealthid, card_no, name))

    def set_ec_qrcode(self) -> tuple[int, str]:
        """SetEcQrcode (B 3.5): (0 or a number, the Chinese sentence of a failure)."""
        from vcchk.insurance import autofill

        begin = time.perf_counter()
        outcome = autofill.run(self._voucher, self.settings, self.log)
        self.log.call("SetEcQrcode", _code_of(outcome.number), (time.perf_counter() - begin) * 1000)
        return outcome.number, outcome.message

    # --- what the boundary reports when a call does not get here ---

    def report_refusal(self, error: VcchkError, function: str = "") -> None:
        """Log a call that was refused before it could be read: a transaction, or the int function of this name."""
        if not function:
            self._voucher.forget()  # it may have been a verify
        self.log.call(function or "-", error.code, 0.0, error=error)

    def report_bug(self, error: BaseException) -> None:
        """Log something that nobody expected: our fault, 8009."""
        self.log.error("本库内部出错，请把日志交给维护人员", error)

    def callback_failed(self, _kind: object, error: BaseException, _traceback: object) -> None:
        """cffi's onerror: the callback itself failed; its error value goes back."""
        self.report_bug(error)

    # --- logging around a call ---

    def _run_logged(self, run: Callable[[OngoingCall], Result]) -> Result:
        call = OngoingCall()
        failure: BaseException | None = None
        try:
            result = run(call)
        except VcchkError as error:
            failure = error
            result = Result(code=error.code, message=error.message, in_doubt=error.in_doubt)
        except Exception as error:
            failure = error
            # Sealed, so the bytes may have left: our own fault must not make anybody register twice.
            in_doubt = call.writing and "seal" in call.stages
            result = Result(code="8009", message=own_fault(error) + IN_DOUBT * in_doubt, in_doubt=in_doubt)
            self._journal.doubt(call.row, "8009")
        if result.message and kinds.is_verify(call.method):
            result = result.replace(message=for_verify(result.message))
        call.stage("act")
        self.log.call(
            call.method or "-",
            result.code,
            call.total,
            call.stages,
            request_id=f"{next(self._numbers)}",
            serial=call.serial,
            error=failure,
            in_doubt=result.in_doubt,
            **call.notes,
        )
        masking.forget()
        return result

    def _run_logged_int(self, name: str, run: Callable[[], int]) -> int:
        begin = time.perf_counter()
        try:
            number = run()
        except Exception as error:
            self.report_bug(error)
            number = 8009
        self.log.call(name, _code_of(number), (time.perf_counter() - begin) * 1000)
        masking.forget()
        return number

    # --- the sequence ---

    def _transaction(self, call: OngoingCall, url: str, in_data: str, buffer: OutputBuffer) -> Result:
        try:
            request = self._parsed(in_data)
        except RequestError:
            # Nobody knows whose code it was, so the last patient's voucher code must not be kept.
            self._voucher.forget()
            raise
        if kinds.is_voucher_call(request.fields):
            return self._voucher_transaction(call, url, in_data, buffer, SUCCESS)
        # Before anything can refuse the request: the last patient's code must not outlive it.
        generation = self._voucher.forget() if kinds.is_verify(request.method) else 0
        request = self._read(call, url, request)
        call.stage("parse")
        request = self._complete(call, request)
        advice = self._advice_without_code(request)
        by_code = dict.fromkeys(MISSING_CODE, advice)
        by_code |= dict.fromkeys(OF_THE_KEY, PADDED_KEY if specification.is_padded(request.key) else "")
        deadline = Deadline(self.settings.gateway.timeout)
        biz = request.biz or {}
        self.desk.before_request(request.method, biz)
        try:
            result = self._ask(call, url, request, deadline, generation)
        except VcchkError as error:
            error.message += self._logged_advice(request, by_code.get(error.code, ""))
            raise
        if result.code != SUCCESS:
            return result.replace(message=result.message + self._logged_advice(request, by_code.get(result.code, "")))
        self.desk.after_success(request.method, biz, result.biz)
        return self._ensure_it_fits(call, result, buffer)

    def _parsed(self, in_data: str) -> Message:
        """Read InData. Raises RequestError 9001."""
        mended = (
            encoding.with_backslashes_restored(in_data, encoding.LINE_END) if encoding.LINE_END in in_data else None
        )
        text = in_data if mended is None else mended.text
        try:
            request = message.parse(text)
        except RequestError:
            mended = encoding.with_backslashes_restored(text)
            if mended is None:
                raise
            request = message.parse(mended.text)
        if mended is None:
            return request
        self.log.warn(f"InData {mended.warning}，照常发送，请检查 HIS")
        return request

    def _read(self, call: OngoingCall, url: str, request: Message) -> Message:
        """Check what can be known before anything is sent; return the request with its key. Raises RequestError."""
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
        deviations = [*request.deviations, *specification.check(request.fields, request.biz, has_key=bool(key))]
        if specification.is_padded(key):
            deviations.append(specification.Deviation(field="key", rule="padded"))
        if deviations:
            sentences = "；".join(deviation.sentence for deviation in deviations)
            if self.settings.abi.strict:
                raise RequestError("9001", f"请求参数有误：{sentences}")
            self.log.warn(f"请求与文档不符（照常发送）：{sentences}", method=request.method)
        return request.replace(key=key)

    def _complete(self, call: OngoingCall, request: Message) -> Message:
        """Clean the caller's code, or fill in the scanner's where the request leaves it to us. Raises DeviceError."""
        if request.biz is None:
            return request  # business fields that the caller encrypted itself: nothing can be filled in
        scanned = request.biz.get("ehealth_code")
        # Without a key the caller has signed the fields as they are.
        if request.key and type(scanned) is str and codes.without_reader_prefix(scanned) != scanned:
            self.log.info("ehealth_code 前扫码枪加的 ECI 或 BOM 标记已去掉", method=request.method)
            request = request.with_biz({"ehealth_code": codes.without_reader_prefix(scanned)})
            masking.remember(request.biz or {})
        code = self.desk.read_code_for(request.method, request.biz or {})
        if code is None:
            return request
        call.stage("scan")
        masking.remember({"ehealth_code": code})
        return request.with_biz({"ehealth_code": code})

    def _advice_without_code(self, request: Message) -> str:
        """Return what to do about a verify that has no code though a scan was to give one, "" for any other request."""
        if request.biz is None or not kinds.is_verify_without_code(request.method, request.biz):
            return ""
        return f"；{NO_CODE}：{_NO_SCANNER if not self.settings.scanner.driver else _NO_SCAN}"

    def _logged_advice(self, request: Message, advice: str) -> str:
        """Log an advice and return it, to be put behind a failure's sentence; "" for none."""
        if advice:
            self.log.warn(advice.lstrip("；，"), method=request.method)
        return advice

    def _ask(self, call: OngoingCall, url: str, request: Message, deadline: Deadline, generation: int) -> Result:
        """Ask the platform; a verify may need the voucher's service besides, and leaves a voucher's code.

        ``generation``: the verify's (`VoucherMemory.forget`), 0 for other methods.
        """
        biz = request.biz or {}

        def ask_platform() -> Result:
            return self._exchange.run(call, url, request, deadline)

        if generation and kinds.is_multicode(biz):
            result = self._multicode(call, request, ask_platform, deadline)
        else:
            result = ask_platform()
            scanned = str(biz.get("ehealth_code") or "")
            if generation and result.code == SUCCESS and (":" not in scanned or result.biz.get("EcQrCode")):
                from vcchk.insurance import multicode

                result = result.replace(voucher=multicode.voucher_of(scanned, result.text))
        if result.code == SUCCESS and result.voucher:
            self._voucher.remember(generation, result.voucher)
        return result

    def _multicode(
        self, call: OngoingCall, request: Message, ask_platform: Callable[[], Result], deadline: Deadline
    ) -> Result:
        """A verify in document B's form: whose code it is decides who is asked (B 4.2)."""
        from vcchk.insurance import multicode

        biz = request.biz or {}
        term_id = request.fields.get("term_id", "")
        gateway = JournaledGateway(
            self._gateway, self._journal, call, "ec.query", term_id=term_id, person=masking.mask_person(biz)
        )
        try:
            result = multicode.verify(
                biz, ask_platform, gateway=gateway, settings=self.settings, deadline=deadline, log=self.log
            )
        except VcchkError as error:
            gateway.end(error.code, in_doubt=error.in_doubt)
            raise
        gateway.end(result.code)
        call.notes["asked"] = result.asked
        return result

    def _ensure_it_fits(self, call: OngoingCall, result: Result, buffer: OutputBuffer) -> Result:
        """Return the result when OutData can hold its reply; a larger one is kept in the journal, never cut.

        Raises ReplyError 9008.
        """
        size = buffer.excess(result.text)
        if size is None:
            return result
        done = "平台已办理成功，请勿重复办理；" if call.writing else "查询已成功；"
        number = self._journal.keep_reply(call.row, result.text)
        kept = f"应答已保存，可用 vcchk journal show {number} 查看；" if number else ""
        self._journal.close(call.row, "9008")
        raise ReplyError(
            "9008",
            f"{done}但返回超长：{size} 字节，OutData 只有 {buffer.capacity} 字节；{kept}"
            f"HIS 的缓冲区更大时可改 [abi] {buffer.setting}",
            cause=f"the reply has {size} bytes, the buffer {buffer.capacity}",
        )

    def _voucher_transaction(
        self, call: OngoingCall, url: str, in_data: str, buffer: OutputBuffer, success: str
    ) -> Result:
        """InData with transType goes to strUrl as it is (the voucher's own interface). ``success``: its code."""
        from vcchk.insurance import service

        self._voucher.forget()
        call.method = "transType"
        call.writing = True
        if not url:
            raise RequestError("9001", "strUrl 为空，请设置医保电子凭证服务地址")
        if not in_data.strip():
            raise RequestError("9001", "InData 为空")
        deadline = Deadline(self.settings.gateway.timeout)
        gateway = JournaledGateway(self._gateway, self._journal, call, "transType")
        result = service.transact(url, in_data, gateway, self.settings, deadline, self.log)
        gateway.end(result.code, in_doubt=result.in_doubt)
        if result.code == service.SUCCESS:
            return self._ensure_it_fits(call, result, buffer).replace(code=success)
        # Programs of NationEcTrans read the service's own refusal; VirtualCardTrans's read a sentence (B 3.2).
        is_handed_on = success == service.SUCCESS and buffer.excess(result.text) is None
        return result if is_handed_on else result.replace(text="")

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


def _code_of(number: int) -> str:
    return f"{number:04d}" if number else SUCCESS


def _dialect(settings: Settings) -> str:
    from vcchk.records.rules_file import all_rules
    from vcchk.wire.profile_help import dialect

    return dialect(settings.wire.profile, settings.profiles, all_rules(places.state_folder(settings)))
