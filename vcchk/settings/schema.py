"""VirtualCardChk.ini as frozen records: one class a section, one row a key."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.settings.option import Section, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class AbiSettings(Section):
    """[abi]: the boundary to the HIS."""

    _title = "与 HIS 的接口"
    out_capacity: int = option(
        2048, "HIS 为 OutData 准备的字节数（含结尾的 0）。文档为 2048；HIS 缓冲区更大时才可改大", low=64, high=1 << 24
    )
    nation_capacity: int = option(4096, "NationEcTrans 的 OutData 字节数（含结尾的 0）", low=64, high=1 << 24)
    encoding: str = option(
        "auto", "HIS 的字符编码：auto 自动识别、gb18030（含 GBK）、utf-8", choices=("auto", "gb18030", "utf-8")
    )
    rare: str = option(
        "gb18030", "GBK 没有的生僻字返回给 HIS 时：gb18030 用四字节，escape 写成 \\uXXXX", choices=("gb18030", "escape")
    )
    qrflow_convention: str = option(
        "cdecl",
        "Set_QRflow_Mode 的调用约定：cdecl（文档声明）或 stdcall；只能写在本机 INI 的 [abi]，引用的文件和 @电脑名 无效",
        choices=("cdecl", "stdcall"),
        is_local=True,
    )
    strict: bool = option(False, "yes 时请求字段不合文档即返回 9001；no（默认）只写日志，照常发送", fallback=True)


class GatewaySettings(Section):
    """[gateway]: the way to the platform."""

    _title = "与平台的网络连接"
    _secret = ("proxy", "client_key_password")
    timeout: float = option(30.0, "一次交易的网络总时限（秒），不含等待扫码", low=0.1, high=600)
    connect_timeout: float = option(10.0, "建立一次连接的时限（秒）", low=0.1, high=600)
    connect_tries: int = option(2, "连接没有建立时再试的次数（0 到 2）；已发出的办理类交易绝不重发", high=2)
    idle: float = option(4.0, "连接闲置超过这个秒数后，不再用于办理类交易；0 为每次交易都新建连接", high=600)
    verify: bool = option(True, "https 是否校验平台证书。no 有被冒充的风险，只应临时使用", fallback=True)
    ca_bundle: str = option("", "平台证书由自建 CA 签发时，填 CA 证书文件（PEM）的路径", is_path=True)
    client_cert: str = option(
        "", "平台要求客户端证书时，填证书文件（PEM）的路径；.pfx 文件用 vcchk secret cert 导入", is_path=True
    )
    client_key: str = option("", "客户端证书的私钥文件（PEM）；不填即与 client_cert 同一个文件", is_path=True)
    client_key_password: str = option("", "私钥文件的口令；由 vcchk secret cert 写入加密值")
    legacy_tls_hosts: tuple[str, ...] = option(
        (),
        "只对这些主机（逗号分隔）放宽 TLS：允许 1.0、1.1、短密钥、SHA-1、旧式重协商；只应用于内网、暂时不能升级的平台",
    )
    proxy: str = option(
        "",
        "HTTP 代理服务器：http://代理地址:8080 或 http://用户名:密码@代理地址:8080（Basic）；不填即直连（不读环境变量）；"
        "有密码的可用 vcchk secret set proxy 加密保存",
    )
    allow_hosts: tuple[str, ...] = option((), "只允许 strUrl 使用这些主机（逗号分隔）；不填即不限")
    max_reply: int = option(1048576, "平台应答的最大字节数", low=1024, high=1 << 28)


class WireSettings(Section):
    """[wire]: what travels."""

    _title = "报文的签名与加密"
    _secret = ("key",)
    profile: str = option(
        "auto",
        "报文规则：auto 自动确认（先按 xiamen），或固定为一个内置规则（vcchk wire show 可列出），"
        "或本文件 [profile:名称] 中自定义的名称",
    )
    calibrate: bool = option(
        True, "profile = auto 时，平台以验签、解密失败拒绝后，是否换一种规则重发同一请求", fallback=False
    )
    calibrate_call: int = option(5, "一次交易中，最多被平台这样拒绝几次", low=1, high=40)
    calibrate_day: int = option(8, "同一地址、同一应用在本机一天最多被这样拒绝几次；达到后不再发送", low=1, high=40)
    verify_reply: str = option(
        "auto",
        "应答验签：auto（验通过一次之后就必须通过）、strict 必须通过、off 不验",
        choices=("auto", "strict", "off"),
        fallback="strict",
    )
    bind_reply: str = option(
        "auto",
        "应答与请求是否对应：auto（流水号、卡号、证件号不符即拒收）、strict（app_id、method 也必须相符）、off 不核对",
        choices=("auto", "strict", "off"),
        fallback="strict",
    )
    key: str = option("", "应用密钥；HIS 的 InData 里不带 key 时用它。建议用 vcchk secret set 写入加密值")


PORT_HELP = "端口：COM3、/dev/ttyUSB0、socket://打印机地址:9100、hwgrep://USB编号（COM 号会变时用）"


class DeviceSettings(Section):
    """What every device has: its driver, its line, and the driver's own keys.

    ``options`` are those keys as text, since only the driver's module knows their rows; ``positions`` says for each
    and for ``driver`` where it stands (file and line, Chinese).
    """

    driver: str = option("", "型号；不填即没有")
    port: str = option("", PORT_HELP)
    baud: int = option(0, "波特率；0 为该型号的常用值")
    bytesize: int = option(8, "数据位", low=5, high=8)
    parity: str = option("N", "校验位：N 无、E 偶、O 奇", choices=("N", "E", "O"))
    stopbits: float = option(1.0, "停止位", low=1, high=2)
    flow: str = option("none", "流控：none、rtscts、xonxoff、dsrdtr", choices=("none", "rtscts", "xonxoff", "dsrdtr"))
    timeout: float = option(2.0, "等待设备应答的秒数", high=600)
    options: Mapping[str, str] = {}
    positions: Mapping[str, str] = {}


class ScreenSettings(DeviceSettings):
    """[screen]: the extension screen."""

    _title = "扩展屏（Set_QRflow_Mode、主扫授权二维码）"
    mode: int = option(0, "启动时：0 不显示，1 显示；运行中由 Set_QRflow_Mode 切换", high=1)
    seconds: float = option(60.0, "授权二维码显示的秒数（文档为 60 秒）", low=1, high=3600)
    show: tuple[str, ...] = option(
        ("authurl",), "显示哪些码，逗号分隔：authurl 授权码、ehealth_code 注册后得到的动态码"
    )


class PrinterSettings(DeviceSettings):
    """[printer]: the label printer."""

    _title = "标签打印机（EhealthID_Print、QRprint=Y）"
    port: str = option("", PORT_HELP + "；Windows 打印队列填 spool:打印机名称")
    timeout: float = option(3.0, "等待设备应答的秒数", high=600)
    text: str = option(
        "bitmap", "bitmap 由本机字体画成图（生僻字也能打），font 用打印机自带字库", choices=("bitmap", "font")
    )
    width_mm: float = option(50.0, "标签宽（毫米）", low=1, high=300)
    height_mm: float = option(30.0, "标签高（毫米）", low=1, high=300)
    gap_mm: float = option(2.0, "标签间隙（毫米）", high=300)
    dpi: int = option(203, "打印精度：203、300、600", low=100, high=1200)
    margin_mm: float = option(2.0, "页边距（毫米）", high=300)
    qr_mm: float = option(20.0, "二维码边长（毫米）", low=1, high=300)
    qr_level: str = option("M", "二维码纠错等级：L、M、Q、H", choices=("L", "M", "Q", "H"))
    copies: int = option(1, "份数", low=1, high=99)
    mask_name: bool = option(False, "yes 时姓名打成 张*", fallback=True)
    font: str = option("", "字体文件路径；不填即用系统的宋体等", is_path=True)
    qr_box: str = option("", "二维码位置：x,y,边长（毫米）；不填即自动排版")
    name_box: str = option("", "姓名位置：x,y,宽,高（毫米）；不填即自动，填 - 不打印")
    card_box: str = option("", "卡号位置：x,y,宽,高（毫米）；不填即自动，填 - 不打印")
    wait: float = option(15.0, "EhealthID_Print 等前面的标签打完的秒数，超过即返回 3003，本张不打印", low=0, high=600)
    status: bool = option(True, "打印前后是否询问打印机状态；只能发不能收的连线填 no")


class ScannerSettings(DeviceSettings):
    """[scanner]: the barcode scanner."""

    _title = "扫码枪（verify 没有 ehealth_code 时由本库读码）。键盘口扫码枪直接把码打进 HIS，不用在此设置"
    baud: int = option(9600, "波特率；0 为该型号的常用值")
    seconds: float = option(30.0, "等待患者出示二维码的秒数，不计入 [gateway] timeout", low=1, high=600)
    scan: str = option(
        "missing",
        "何时由本库读码：missing 请求没有 ehealth_code 时、always 每次 verify、never 从不",
        choices=("missing", "always", "never"),
    )
    end: str = option(
        "auto",
        "一个码的结束：auto 自动（回车优先）、cr、lf、crlf、gap（停顿）",
        choices=("auto", "cr", "lf", "crlf", "gap"),
    )
    gap_ms: int = option(
        80, "停顿多少毫秒算一个码结束；end = auto 时见过回车的端口不看停顿，没见过的按四倍", low=5, high=2000
    )
    strip_aim: bool = option(False, "yes 时去掉扫码枪加的 AIM 前缀（]Q0 等）")
    retrigger: float = option(
        -1.0, "没有读到码时每隔几秒再触发一次（扫码枪自己的一次读码会超时）；0 不再触发，-1 按型号", low=-1, high=60
    )
    encoding: str = option("auto", "码内文字的编码：auto、utf-8、gb18030", choices=("auto", "utf-8", "gb18030"))


class InsuranceSettings(Section):
    """[insurance]: the national insurance voucher (医保电子凭证)."""

    _title = "医保电子凭证（多码融合文档 4.2）"
    device_type: str = option("", "查询医保电子凭证时的 deviceType；自助机填 SelfService，窗口留空")
    encoding: str = option("auto", "医保服务应答的编码：auto、utf-8、gb18030", choices=("auto", "utf-8", "gb18030"))
    code_field: str = option("ecQrCode", "查询请求的 data 中放码值的字段名；填 none 即不带码（由医保服务自己读码）")


class AutofillSettings(Section):
    """[autofill]: what SetEcQrcode does with the voucher's code."""

    _title = "SetEcQrcode：把刚扫到的医保电子凭证码填到医保软件里，不用再扫一次"
    way: str = option(
        "none",
        "填值方式：none 不填、keys 模拟键盘、window 写入指定控件、clipboard 剪贴板、file 文件",
        choices=("none", "keys", "window", "clipboard", "file"),
    )
    window: str = option("", "目标窗口标题（包含即可，不分大小写）；clipboard 不填窗口时只放到剪贴板")
    window_class: str = option("", "目标窗口类名")
    control: int = option(0, "way=window 时输入框的控件 ID")
    button: int = option(0, "way=window 时填完要按的按钮的控件 ID；0 不按")
    wait: float = option(3.0, "等目标窗口出现并到最前面的秒数", high=60)
    seconds: float = option(120.0, "扫到的码保留的秒数，过期作废", low=1, high=3600)
    enter: bool = option(True, "way=keys 和 clipboard 填到窗口后是否按回车")
    own_windows: bool = option(False, "yes 时允许填到 HIS 自己的窗口")
    file: str = option("", "way=file 时的文件路径；不填为状态目录下的 ecqrcode.txt，seconds 秒后删除", is_path=True)
    clipboard_seconds: float = option(10.0, "way=clipboard 时几秒后恢复剪贴板原内容")


class JournalSettings(Section):
    """[journal]: what was sent and how it ended."""

    _title = "交易流水（断电、断网后可查每笔交易是否办成；人员信息只存掩码）"
    enabled: bool = option(True, "是否记交易流水")
    days: int = option(90, "已结束的交易保留天数；状态未知的保留到核实为止", low=1, high=3650)
    sync: str = option(
        "normal",
        "normal：程序崩溃不丢，突然断电可能丢最后几秒；full：断电也不丢，但每笔要等硬盘写两次",
        choices=("normal", "full"),
    )


class LogSettings(Section):
    """[log]: the log file."""

    _title = "日志"
    folder: str = option("", "日志与流水的文件夹；不填为 %ProgramData%\\vcchk（Linux 为 /var/log/vcchk）", is_path=True)
    level: str = option("info", "info、warn、error", choices=("info", "warn", "error"))
    days: int = option(30, "保留天数", low=1, high=3650)
    syslog: str = option(
        "",
        "日志服务器，如 10.0.0.5:514（UDP，RFC 5424）：失败和状态未知的交易各一行，每天一行汇总；发不出去不影响交易",
        port=514,
    )


class Settings(Record):
    """Everything that VirtualCardChk.ini says. ``warnings`` are Chinese sentences about slips in it.

    ``profile_positions``: profile → key → file and line (Chinese); which keys there are is `vcchk.wire`'s to say.
    """

    abi: AbiSettings = AbiSettings()
    gateway: GatewaySettings = GatewaySettings()
    wire: WireSettings = WireSettings()
    screen: ScreenSettings = ScreenSettings()
    printer: PrinterSettings = PrinterSettings()
    scanner: ScannerSettings = ScannerSettings()
    insurance: InsuranceSettings = InsuranceSettings()
    autofill: AutofillSettings = AutofillSettings()
    journal: JournalSettings = JournalSettings()
    log: LogSettings = LogSettings()
    profiles: Mapping[str, Mapping[str, str]] = {}
    profile_positions: Mapping[str, Mapping[str, str]] = {}
    path: str = ""
    warnings: tuple[str, ...] = ()


SECTIONS: dict[str, type[Section]] = {
    "abi": AbiSettings,
    "gateway": GatewaySettings,
    "wire": WireSettings,
    "screen": ScreenSettings,
    "printer": PrinterSettings,
    "scanner": ScannerSettings,
    "insurance": InsuranceSettings,
    "autofill": AutofillSettings,
    "journal": JournalSettings,
    "log": LogSettings,
}
