"""The pages of docs/reference, made whole from data. A new page is one row of `PAGES`."""

from __future__ import annotations

from collections.abc import Callable

from tools.docs import conformance, tables
from vcchk.cli.commands.codes import TITLES
from vcchk.devices import registry
from vcchk.settings import SECTIONS

NOTE = "<!-- 由 python -m tools.make_docs 生成，请勿手改 -->\n\n"


def codes() -> str:
    """Return codes and the int functions' numbers."""
    return f"""# 返回码

VirtualCardTrans 返回的文字。OutData 是中文说明，末尾方括号内是返回码，如 `电子健康卡二维码已过期[2001]`。
平台自己另有的返回码原样返回；以 `00` 开头而不是 `0000` 的返回 9998（旧程序只比较前两个字符）。

“一般由谁给出”：只写“平台”的，动态库自己不会给；“动态库、平台”两边都会给，OutData 的说明不同。

{tables.return_codes()}
## int 函数的返回值

Set_QRflow_Mode、EhealthID_Print、SetEcQrcode 返回 0 为成功，其他见下表。
SetEcQrcode 的说明在 pErrmsg 中，另两个的在日志中。扫码枪的故障由 VirtualCardTrans 以右列的返回码返回。

{tables.device_numbers()}"""


def methods() -> str:
    """Methods and their fields."""
    return f"""# 接口与字段

两份文档的接口表。A：{tables.DOCUMENTS["A"]}；B：{tables.DOCUMENTS["B"]}。长度以字符计。“必填”照文档；缺少或过长时本库只写
日志，照常发送（`[abi] strict = yes` 时返回 9001）。文档的矛盾之处及取舍见[接口数据说明](../interfaces.md)。

种类为“查询”的断线后自动重发一次；“办理”的绝不重发，结果不明时记入流水。

{tables.methods_overview()}
## 公共请求参数

InData 的外层。A 的表中有 `sign` 没有 `key`，B 的有 `key` 没有 `sign`。带 `key` 时由本库签名；
不带 `key` 而带 `sign` 的原样发出。`key` 只用来计算，不会发出。

{tables.envelope()}
## 公共响应参数

{tables.reply_envelope()}
应答的外层另有 `ret_code`、`ret_msg`；HIS 从 OutData 得到的是其中解密后的 `biz_content`。

## 各接口

{tables.method_sections()}"""


def dictionaries() -> str:
    """The dictionaries: sizes, and the short ones whole."""
    return f"""# 字典

命令行查询：`vcchk codes 词`，词可以是代码、名称或拼音首字母，如 `vcchk codes hxnk`。

{tables.dictionary_counts()}
{tables.short_dictionaries()}"""


def _long(name: str) -> Callable[[], str]:
    title, where = TITLES[name]
    words = f"文档 B {where}。命令行查询：`vcchk codes 词 --in {name}`。"
    return lambda: f"# {title} {name}\n\n{words}\n\n{tables.dictionary_table(name)}"


def settings() -> str:
    """Every key of VirtualCardChk.ini."""
    parts = [
        """# VirtualCardChk.ini

全部设置项都可以不填。文件与动态库在同一文件夹。编码可为 UTF-8（带不带 BOM 都行）、GBK（GB18030）或 UTF-16。
以分号开头的行是说明。不认识的设置项、写错的值只在日志和 `vcchk doctor` 中告警（文件、行号、最像的名称），按默认值运行；
与安全有关的（`verify_reply`、`bind_reply`、`verify`、`strict`、`calibrate`、`mask_name`）写错时按最严格的值。
改动后重启 HIS 生效。

发布包里是 `VirtualCardChk.example.ini`（全部设置项，都以分号注释），复制为 `VirtualCardChk.ini` 再改；升级和再次复制都
不动 `VirtualCardChk.ini`。环境变量 `VCCHK_INI` 可以指定另一个文件。

文件路径（如 `[log] folder`、`[printer] font`）中可以写 `%变量%`，如 `%ProgramData%\\vcchk`；本机没有的变量会告警，
该项按默认值。其他地方的 `%` 就是 `%`。

## 多台电脑共用

`[include] file = \\\\server\\share\\VirtualCardChk.common.ini`：先读共用的文件（可以写几个，用逗号分隔，后面的优先），
再读本机的 INI，本机的优先。状态文件夹（`[log] folder`）里留有上次读到的副本：共享连不上（3 秒没有回应）时用副本，在日志
和 `vcchk doctor` 中说明副本的时间。共用文件里不能再写 `[include]`；副本放在本机 INI 所写的 `[log] folder`。

节名后加 `@电脑名` 只对那台电脑有效，可用 `*` 和 `?` 表示一组：`[printer@PC-017]`、`[scanner@窗口*]`。同一个文件里，写明
电脑名的优先于一组的，一组的优先于不带 `@` 的；几个组都符合时，写在后面的优先。`[abi] qrflow_convention` 只认本机 INI 的
`[abi]`，写在别处会告警；`[profile:名称]` 不能按电脑名分开写。

各台电脑自己的密钥：`vcchk secret set --from-file key.txt` 把加密后的密钥存入本机的状态文件夹，INI 中没有 `[wire] key`
时用它。`cipher_secret`、`sm2_private_key`（INI 的 `[profile:名称]` 中没有时）和客户端证书（INI 中没有 `client_cert`
时）同样：`vcchk secret set cipher_secret --from-file 文件`、`vcchk secret cert 文件.pfx --from-file 口令文件`。

"""
    ]
    for name, section in SECTIONS.items():
        parts.append(f"## [{name}]\n\n{section._title}。\n\n{tables.ini_section(name)}\n")
        if name in registry.DRIVERS:
            parts.append(f"各型号另有：\n\n{tables.ini_drivers(name)}\n")
    parts.append(
        f"""## [profile:名称]

自定义的报文规则，用 `[wire] profile = 名称` 选用。`base` 是为底的内置规则，不写的项随它；各项的含义见
[报文规则](../wire.md)。

{tables.ini_profile()}"""
    )
    return "".join(parts)


def commands() -> str:
    """The command line."""
    return f"""# 命令行 vcchk

Windows 上是文件夹里的 `vcchk.exe`，Linux 上是 `vcchk`，与动态库共用运行环境和 VirtualCardChk.ini。

{tables.commands()}
{tables.command_sections()}"""


def magic_people() -> str:
    """The sandbox's magic people."""
    return f"""# 模拟平台的魔法人员

这些人一开始就在模拟平台里，都有卡。请求或应答中有其证件号、电子健康卡ID 或二维码的，平台就按下表回答：
不用设置任何东西，就能看到每一种错误。证件号的规律：`99`、四位编号、`19900101001`、校验码。

{tables.magic_people()}"""


def control() -> str:
    """The orders of the control namespace."""
    return f"""# 模拟平台的命令 /_sandbox

向 `/_sandbox/命令` POST 一段 JSON；每个答复都有 `ok`，被拒绝的有 `error`，是一句中文。只在本机监听。
没有 curl、Python 的机器上用 `vcchk sandbox 命令 --名称 值 …`，名称就是下面各项（`_` 写作 `-`）。
选项、故障见[模拟平台](../sandbox.md)。

{tables.control_orders()}"""


def conformance_report() -> str:
    """Every clause of both documents."""
    return f"""# 与文档逐条对照

两份文档（A：{tables.DOCUMENTS["A"]}；B：{tables.DOCUMENTS["B"]}）的每个标题、表格行、示例和图：要求什么，由哪个测试证明，或不要求本库
做什么。文档全文在 tests/specification/documents；标题和图各有一行在 tests/specification/conformance.tsv，表格行和示例
直接与本库的数据比较。没有交代的条款会使 tests/specification/test_conformance.py 失败。证明的是模拟平台和本库，
正式平台没有试过。

{conformance.counts()}
## 文档 A

{conformance.report("A")}
## 文档 B

{conformance.report("B")}"""


PAGES: dict[str, Callable[[], str]] = {
    "codes.md": codes,
    "methods.md": methods,
    "dictionaries.md": dictionaries,
    "departments.md": _long("departments"),
    "insurance-regions.md": _long("insurance_regions"),
    "settings.md": settings,
    "commands.md": commands,
    "magic-people.md": magic_people,
    "control.md": control,
    "conformance.md": conformance_report,
}
"""File in docs/reference → its text without the note."""


def text(name: str) -> str:
    """The whole page."""
    return NOTE + PAGES[name]().rstrip() + "\n"
