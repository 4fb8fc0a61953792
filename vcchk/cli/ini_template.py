"""What each key of VirtualCardChk.ini means, in Chinese, and the shipped INI written from it.

Apart from `vcchk.settings` so that the DLL's first call does not pay for the text.
"""

from __future__ import annotations

from vcchk import settings

INTRODUCTION = """\
; VirtualCardChk.ini —— VirtualCardChk.dll（vcchk）的设置
; 全部设置项都可以不填：不填即按默认值运行。改动后重启 HIS 生效。
; 文件编码可为 UTF-8、GBK 或 UTF-16。以分号开头的行是说明。"""

SECTION_HELP: dict[str, str] = {
    "abi": "与 HIS 的接口",
    "gateway": "与平台的网络连接",
    "wire": "报文的签名与加密",
    "screen": "扩展屏（Set_QRflow_Mode、主扫授权二维码）",
    "printer": "标签打印机（EhealthID_Print、QRprint=Y）",
    "scanner": "扫码枪（verify 没有 ehealth_code 时由本库读码）。键盘口扫码枪直接把码打进 HIS，不用在此设置",
    "insurance": "医保电子凭证（多码融合文档 4.2）",
    "autofill": "SetEcQrcode：把刚扫到的医保电子凭证码填到医保软件里，不用再扫一次",
    "journal": "交易流水（断电、断网后可查每笔交易是否办成；人员信息只存掩码）",
    "log": "日志",
}

_PORT = "端口：COM3、/dev/ttyUSB0、socket://打印机地址:9100 等"
_LINE = {
    "port": _PORT,
    "baud": "波特率；0 为该型号的常用值",
    "bytesize": "数据位",
    "parity": "校验位：N 无、E 偶、O 奇",
    "stopbits": "停止位",
    "flow": "流控：none、rtscts、xonxoff、dsrdtr",
    "timeout": "等待设备应答的秒数",
}

HELP: dict[str, dict[str, str]] = {
    "abi": {
        "out_capacity": "HIS 为 OutData 准备的字节数（含结尾的 0）。文档为 2048；HIS 缓冲区更大时才可改大",
        "nation_capacity": "NationEcTrans 的 OutData 字节数（含结尾的 0）",
        "encoding": "HIS 的字符编码：auto 自动识别、gb18030（含 GBK）、utf-8",
        "rare": "GBK 没有的生僻字返回给 HIS 时：gb18030 用四字节，escape 写成 \\uXXXX",
        "qrflow_convention": "Set_QRflow_Mode 的调用约定：cdecl（文档声明）或 stdcall",
        "strict": "yes 时请求字段不合文档即返回 9001；no（默认）只写日志，照常发送",
    },
    "gateway": {
        "timeout": "一次交易的网络总时限（秒），不含等待扫码",
        "connect_timeout": "建立一次连接的时限（秒）",
        "connect_tries": "连接没有建立时再试的次数（0 到 2）；已发出的办理类交易绝不重发",
        "idle": "连接闲置超过这个秒数后，不再用于办理类交易",
        "verify": "https 是否校验平台证书。no 有被冒充的风险，只应临时使用",
        "ca_bundle": "平台证书由自建 CA 签发时，填 CA 证书文件（PEM）的路径",
        "proxy": "代理服务器，如 http://代理地址:8080；不填即直连（不读环境变量）",
        "allow_hosts": "只允许 strUrl 使用这些主机（逗号分隔）；不填即不限",
        "max_reply": "平台应答的最大字节数",
    },
    "wire": {
        "profile": "报文规则：xiamen（默认）、sichuan、ehui、gotool，或本文件 [profile:名称] 中自定义的名称",
        "verify_reply": "应答验签：auto（验通过一次之后就必须通过）、strict 必须通过、off 不验",
        "key": "应用密钥；HIS 的 InData 里不带 key 时用它。建议用 vcchk secret set 写入加密值",
    },
    "screen": {
        "driver": (
            "型号：tjc（淘晶驰/Nextion）、dwin（迪文 DGUS II）、qrbox（Bonrix）、"
            "window（第二显示器）、file（图片文件）；不填即没有"
        ),
        **_LINE,
        "mode": "启动时：0 不显示，1 显示；运行中由 Set_QRflow_Mode 切换",
        "seconds": "授权二维码显示的秒数（文档为 60 秒）",
        "show": "显示哪些码，逗号分隔：authurl 授权码、ehealth_code 注册后得到的动态码",
    },
    "printer": {
        "driver": "型号：tspl、zpl、escpos、cpcl；不填即没有",
        **_LINE,
        "port": _PORT + "；Windows 打印队列填 spool:打印机名称",
        "text": "bitmap 由本机字体画成图（生僻字也能打），font 用打印机自带字库",
        "width_mm": "标签宽（毫米）",
        "height_mm": "标签高（毫米）",
        "gap_mm": "标签间隙（毫米）",
        "dpi": "打印精度：203、300、600",
        "margin_mm": "页边距（毫米）",
        "qr_mm": "二维码边长（毫米）",
        "qr_level": "二维码纠错等级：L、M、Q、H",
        "copies": "份数",
        "mask_name": "yes 时姓名打成 张*",
        "font": "字体文件路径；不填即用系统的宋体等",
        "qr_box": "二维码位置：x,y,边长（毫米）；不填即自动排版",
        "name_box": "姓名位置：x,y,宽,高（毫米）；不填即自动，填 - 不打印",
        "card_box": "卡号位置：x,y,宽,高（毫米）；不填即自动，填 - 不打印",
        "status": "打印前后是否询问打印机状态；只能发不能收的连线填 no",
    },
    "scanner": {
        "driver": "型号：continuous（常亮）、newland、newland-ucs、honeywell、gm65、ssi、datalogic、zkteco；不填即没有",
        **_LINE,
        "seconds": "等待患者出示二维码的秒数，不计入 [gateway] timeout",
        "scan": "何时由本库读码：missing 请求没有 ehealth_code 时、always 每次 verify、never 从不",
        "end": "一个码的结束：auto 自动、cr、lf、crlf、gap（停顿）",
        "gap_ms": "多少毫秒没有新数据即算一个码结束",
        "retrigger": "没有读到码时每隔几秒再触发一次（扫码枪自己的一次读码会超时）；0 不再触发，-1 按型号",
        "strip_aim": "yes 时去掉扫码枪加的 AIM 前缀（]Q0 等）",
        "encoding": "码内文字的编码：auto、utf-8、gb18030",
    },
    "insurance": {
        "device_type": "查询医保电子凭证时的 deviceType；自助机填 SelfService，窗口留空",
        "encoding": "医保服务应答的编码：auto、utf-8、gb18030",
        "code_field": "查询请求的 data 中放码值的字段名；填 none 即不带码（由医保服务自己读码）",
    },
    "autofill": {
        "way": "填值方式：none 不填、keys 模拟键盘、window 写入指定控件、clipboard 剪贴板、file 文件",
        "window": "目标窗口标题（包含即可，不分大小写）；clipboard 不填窗口时只放到剪贴板",
        "window_class": "目标窗口类名",
        "control": "way=window 时输入框的控件 ID",
        "button": "way=window 时填完要按的按钮的控件 ID；0 不按",
        "wait": "等目标窗口出现并到最前面的秒数",
        "seconds": "扫到的码保留的秒数，过期作废",
        "enter": "way=keys 和 clipboard 填到窗口后是否按回车",
        "own_windows": "yes 时允许填到 HIS 自己的窗口",
        "file": "way=file 时的文件路径；不填为状态目录下的 ecqrcode.txt，seconds 秒后删除",
        "clipboard_seconds": "way=clipboard 时几秒后恢复剪贴板原内容",
    },
    "journal": {
        "enabled": "是否记交易流水",
        "days": "保留天数",
        "sync": "normal：程序崩溃不丢，突然断电可能丢最后几秒；full：断电也不丢，但每笔要等硬盘写两次",
    },
    "log": {
        "folder": "日志与流水的文件夹；不填为 %ProgramData%\\vcchk（Linux 为 /var/log/vcchk）",
        "level": "debug、info、warn、error",
        "days": "保留天数",
    },
}


def shown(value: object) -> str:
    """Return a default as it is written in the INI."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _driver_keys(section: str) -> list[str]:
    """Return the keys that single drivers add to a section, as remarks."""
    from vcchk.devices import registry

    lines = []
    for driver in registry.DRIVERS.get(section, ()):
        table = registry.load(section, driver).OPTIONS
        if table:
            lines.append(f"; ---- driver = {driver} 时还可以设置（去掉行首分号）：")
        for option in table:
            lines += [f"; {option.help}", f";{option.name} = {shown(option.default)}".rstrip()]
    return lines


def template() -> str:
    """Return the shipped INI: every key, explained, with its default (LF line ends; the build writes CRLF)."""
    lines = [INTRODUCTION]
    for name, kind in settings.SECTIONS.items():
        lines += ["", f"; ==== {SECTION_HELP[name]} ====", f"[{name}]"]
        for key in kind._fields:
            if key != "options":
                lines += [f"; {HELP[name][key]}", f"{key} = {shown(getattr(kind, key))}".rstrip()]
        lines += _driver_keys(name)
    from vcchk.wire import profile_help

    lines += ["", *profile_help.example()]
    return "\n".join(lines) + "\n"
