"""Every way a call can fail: one table of return codes, one exception hierarchy.

The codes and their words are appendix 1 (接口返回码说明) of document A and document B; document A's
wording is used where they differ. Who was wrong is in the type of the exception: the caller (`RequestError`), the
network (`ConnectError`, `ExchangeError`), the other side (`ReplyError`, `RemoteProtocolError`), our own settings
(`LocalProtocolError`), a device (`DeviceError`).
"""

from __future__ import annotations

from vcchk.base.resource import read_table

SUCCESS = "00"
"""What VirtualCardTrans returns for success (document A 3.2)."""

PLATFORM_SUCCESS = "0000"
"""ret_code of success (document A, appendix 1), and what NationEcTrans returns for it."""
SUCCESSES = frozenset({SUCCESS, PLATFORM_SUCCESS})
"""What an exported function returns for success, as log and journal have it."""
SERIAL_KNOWN = "3002"
"""The platform's code for a serial number that it has carried out before."""

SENTENCES: dict[str, str] = {row[0]: row[1] for row in read_table(__name__, "return_codes.tsv")[1]}
"""Return code → document A's words for it (appendix 1)."""


# The documents say only "非0 为失败" for the int functions. Where the table of return codes has a fitting code it is
# used as the number; states of a device that it does not know have numbers of their own from 7101 on.
# name: (number for the int functions, text code for VirtualCardTrans, Chinese sentence)
DEVICE_CODES: dict[str, tuple[int, str, str]] = {
    "absent": (9005, "9005", "未配置该设备，请在 VirtualCardChk.ini 中设置 driver 和 port"),
    "bad_argument": (9001, "9001", "参数有误，请按日志中的原因改正 HIS 的调用"),
    "busy": (3003, "3003", "设备正在被占用，请稍后再试"),
    "internal": (8009, "8009", "内部异常，请运行 vcchk doctor，并查看日志"),
    "open_failed": (8004, "8004", "设备端口打不开，请检查端口号、连线和电源"),
    "no_answer": (8001, "8001", "设备没有应答，请检查电源、连线和波特率"),
    "write_failed": (8002, "8002", "向设备发送数据中断，请检查连线"),
    "bad_reply": (9008, "9008", "设备应答无法识别，请检查型号和波特率设置"),
    "paper_out": (7101, "9998", "打印机缺纸，请装纸"),
    "head_open": (7102, "9998", "打印机上盖或打印头未合上，请合上"),
    "ribbon_out": (7103, "9998", "打印机碳带用完，请更换碳带"),
    "paper_jam": (7104, "9998", "打印机卡纸，请清理"),
    "paused": (7105, "9998", "打印机处于暂停状态，请按继续键"),
    "overheated": (7106, "9998", "打印头过热，请稍候再试"),
    "offline": (7107, "9998", "打印机脱机，请恢复联机"),
    "device_fault": (7108, "9998", "设备报告故障，请按设备指示灯和说明书处理后再试"),
    "font_missing": (7109, "9998", "本机没有能显示该姓名的字体，请安装中文字体"),
    "too_large": (7110, "9001", "内容超出标签或屏幕容量，请加大标签尺寸或减少内容"),
    "maybe_printed": (7111, "9998", "标签可能已打出，请先查看打印机，没有打出再重打"),
    "timeout": (7121, "8001", "等待扫码超时，请重新扫码"),
    "cancelled": (7122, "9998", "已取消扫码，如需继续请重新操作"),
    "scanner_broken": (7123, "8004", "扫码枪故障，请检查连线和电源"),
    "refused": (7124, "9998", "屏幕拒绝显示，请检查屏幕工程中的页面和控件名"),
    # SetEcQrcode (document B 3.5): no code to fill, or nowhere to fill it.
    "voucher_none": (7201, "9998", "没有可填的医保电子凭证码，请先扫码"),
    "voucher_expired": (7202, "9998", "扫到的医保电子凭证码已超过保留时间，请重新扫码"),
    "voucher_used": (7203, "9998", "该医保电子凭证码已经填过一次，请重新扫码"),
    "autofill_off": (7211, "9005", "没有启用自动填值，请设置 VirtualCardChk.ini 的 [autofill] way"),
    "autofill_windows_only": (7212, "9005", "这种填值方式只支持 Windows，请把 [autofill] way 改为 file"),
    "window_unset": (7213, "9001", "没有指定目标窗口，请设置 [autofill] window 或 window_class"),
    "window_missing": (7214, "3001", "没有找到医保软件的窗口，请先打开它，或核对 [autofill] window"),
    "window_own": (7215, "9005", "找到的是 HIS 自己的窗口，如确需填入请设置 [autofill] own_windows = yes"),
    "window_behind": (7216, "3003", "医保软件的窗口没有到最前面（被其他窗口挡住），请点一下该窗口再试"),
    "window_left": (7217, "8002", "填写途中切换到了其他窗口，只填了一部分，请清空输入框后重填"),
    "window_elevated": (7218, "9005", "医保软件以管理员身份运行，请让 HIS 也以管理员身份运行"),
    "window_hung": (7219, "8001", "医保软件没有响应，请稍后再试"),
    "input_blocked": (7220, "8002", "系统没有接受键盘输入，请检查安全软件是否拦截"),
    "control_missing": (7221, "3001", "目标窗口里没有该控件，请核对 [autofill] control 和 button"),
    "control_refused": (7222, "9998", "输入框没有接受填入的码，请核对 [autofill] control"),
    "button_disabled": (7223, "9998", "码已填入，但按钮不能按，请手工点击"),
    "clipboard_busy": (7224, "3003", "剪贴板正被其他程序占用，请再试一次"),
    "file_unwritable": (7225, "8007", "填值文件写不进去，请核对 [autofill] file 的路径和权限"),
    "fill_cancelled": (7226, "9998", "已取消填值，如需填值请重新操作"),
    "fill_outdated": (7227, "9998", "填写途中开始了新的扫码或码已过期，请清空输入框，对新的患者重新扫码"),
}


class VcchkError(Exception):
    """A failure with a code of the table, a Chinese sentence for people and a technical cause for the log.

    ``code``: four digits as text. ``message``: Chinese, without the code in brackets; never a key, never personal data.
    ``cause``: for the log alone, may be English; never a key, never personal data. ``in_doubt``: bytes of a writing
    method had left, and the other side may have acted. ``quote``: the other side's own words that ``message`` repeats.
    They may name the patient (…的电子健康卡已于昨日注销) and are for the HIS alone: ``str()``, which logs write, lacks
    them.
    """

    def __init__(
        self, code: str, message: str | None = None, *, cause: str = "", in_doubt: bool = False, quote: str = ""
    ) -> None:
        self.code = code
        self.message = message or SENTENCES.get(code) or SENTENCES["9999"]
        self.cause = cause
        self.in_doubt = in_doubt
        self.quote = quote
        for_the_log = self.message.replace(quote, "…") if quote else self.message
        super().__init__(f"{code} {for_the_log}" + (f" ({cause})" if cause else ""))

    def reworded(self, message: str, *, in_doubt: bool) -> VcchkError:
        """Return the same error, of the same kind, with another sentence."""
        return type(self)(self.code, message, cause=self.cause, in_doubt=in_doubt, quote=self.quote)


def own_fault(error: BaseException) -> str:
    """Return the Chinese sentence for an exception that is no VcchkError: our fault, 8009.

    ``sentence`` is an attribute of those that know better what is to be done (`vcchk.runtime.importer.ReplacedError`).
    """
    advice = "内存或地址空间不足，请重启本程序" if isinstance(error, MemoryError) else "请运行 vcchk doctor，并查看日志"
    return str(getattr(error, "sentence", f"{SENTENCES['8009']}，{advice}"))


class RequestError(VcchkError):
    """The caller's input cannot be sent: nothing has left this machine."""


class ConnectError(VcchkError):
    """No connection was made: the platform is untouched."""


class ExchangeError(VcchkError):
    """The exchange broke on the way."""


class ReplyError(VcchkError):
    """What came back cannot be given to the HIS: not the platform's, another request's, only words, too long."""


class LocalProtocolError(VcchkError):
    """Our side cannot make the message: unknown cipher, no key, bad profile."""


class RemoteProtocolError(VcchkError):
    """The other side's message breaks the profile's rules: wrong signature, damaged padding, unreadable JSON."""


def device_sentence(number: int) -> str:
    """Return what a number of the int functions means, "" for one that is none of `DEVICE_CODES`."""
    return next((sentence for known, _, sentence in DEVICE_CODES.values() if known == number), "")


class DeviceError(VcchkError):
    """A device failed. ``name`` is a row of `DEVICE_CODES`; ``number`` its int, ``code`` its text code."""

    def __init__(self, name: str, message: str | None = None, *, cause: str = "") -> None:
        self.name = name
        self.number, code, sentence = DEVICE_CODES[name]
        super().__init__(code, message or sentence, cause=cause)
