"""``vcchk doctor``: what is wrong on this machine, and what to do."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from vcchk.base.errors import VcchkError
from vcchk.base.system_errors import reason
from vcchk.cli import key_file
from vcchk.cli.arguments import Parser
from vcchk.cli.indata import read_indata
from vcchk.doctor import equipment, log_server, machine, platform, report, rules, signature, window
from vcchk.doctor.finding import FAIL, WARN, Finding
from vcchk.records import log, masking
from vcchk.settings import Settings, load_settings, places
from vcchk.settings.option import expand
from vcchk.wire.message import Message

HELP = """检查运行环境、文件、设置、文件夹、流水、串口、设备、网络、平台应答、验签和时钟。

  vcchk doctor                                        只查本机
  vcchk doctor --url http://平台地址/… --indata InData.json    用 HIS 的请求中的应用编号、终端和密钥查到平台
  vcchk doctor --url … --app-id … --term-id … --key-file 密钥文件
  vcchk doctor --json                                 以 JSON 输出
  vcchk doctor --out \\\\server\\share\\doctor\\%COMPUTERNAME%.json    写一份报告，供 vcchk fleet 汇总各窗口
  vcchk doctor --report [诊断.zip]                     打包给技术支持（不含密钥和患者信息）

每行一项：ok 正常，warn 注意，fail 故障；→ 后面是该怎么办。对平台只发一次查询（regquery），不办理任何业务。

退出码：
  0  没有故障
  1  有故障
  2  报告或诊断包写不了
"""

CHECKS: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
    ("运行环境", machine.runtime),
    ("加密组件", machine.ciphers),
    ("文件完整", machine.files),
    (signature.CHECK, signature.signature),
    ("设置文件", machine.ini_file),
    ("报文规则", rules.platform_rules),
    ("文件夹", machine.folder),
    (log_server.CHECK, log_server.log_server),
    ("交易流水", machine.records),
    ("代码页", machine.code_page),
    ("串口", equipment.ports),
    ("设备", equipment.devices),
    ("标签打印机", equipment.last_label),
)


def _guarded(title: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Run one check; one that breaks is itself a finding, and the others go on."""
    try:
        yield from check()
    except Exception as error:
        yield Finding(
            check=title,
            level=FAIL,
            text=f"检查本身出错：{log.cause_chain(error)}",
            advice="请把 --report 的文件发给技术支持",
        )


def _query(options: argparse.Namespace, request: Message | None) -> platform.Query:
    fields = {
        "app_id": options.app_id or "",
        "method": "ehc.ehealthcard.regquery",
        "term_id": options.term_id or "",
        "version": "X.M.0.1",
        "sign_type": options.sign_type,
        "enc_type": options.enc_type,
    }
    key = options.key or ""
    if request is not None:
        for name in fields:
            if name != "method" and request.fields.get(name):
                fields[name] = request.fields[name]
        key = key or request.key
    fields["timestamp"] = time.strftime("%Y%m%d%H%M%S")
    if key:
        masking.guard(key)
    return platform.Query(url=options.url, fields=fields, key=key)


def _findings(settings: Settings, options: argparse.Namespace) -> Iterator[Finding]:
    for title, check in CHECKS:
        yield from _guarded(title, lambda check=check: check(settings))  # type: ignore[misc]
    request = None
    if options.indata:
        try:
            request = read_indata(options.indata)
        except (OSError, VcchkError) as error:
            sentence = error.message if isinstance(error, VcchkError) else f"读不出 {options.indata}：{reason(error)}"
            yield Finding(check="平台", level=FAIL, text=sentence, advice="请核对 --indata 的文件")
            return
        yield from _guarded("扫码枪", lambda: equipment.code_reader(settings, request))
        yield from _guarded("报文规则", lambda: rules.request_differences(request))
    if not options.url:
        yield Finding(check="平台", level=WARN, text="没有检查", advice="请加 --url（HIS 传给 DLL 的 strUrl）")
        return
    query = _query(options, request)
    yield from _guarded("平台", lambda: platform.network(settings, query))


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk doctor", HELP)
    parser.add_argument("--url", metavar="网址", help="平台地址（strUrl）")
    parser.add_argument("--indata", metavar="文件", help="HIS 的一个 InData 文件，取其中的应用编号、终端、密钥")
    parser.add_argument("--app-id", metavar="编号", help="应用编号")
    parser.add_argument("--term-id", metavar="编号", help="终端编号")
    key_file.add_options(parser, "key", "应用密钥")
    parser.add_argument("--sign-type", default="SM3", metavar="类型", help="签名类型（默认 SM3）")
    parser.add_argument("--enc-type", default="SM4", metavar="类型", help="加密类型（默认 SM4）")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.add_argument(
        "--out",
        metavar="文件",
        help="另写本机的一份报告（JSON），供 vcchk fleet 汇总；路径中可以写 %%变量%%",
    )
    parser.add_argument("--quiet", action="store_true", help="不显示，只写 --out、--report")
    parser.add_argument(
        "--report",
        metavar="文件",
        nargs="?",
        const=report.default_name(),
        help="另写一个诊断包（zip）；不写文件名则在当前文件夹自取一个",
    )
    return parser


def _write_window(path: str, settings: Settings, findings: list[Finding]) -> bool:
    try:
        path = expand(path)
        window.write(path, window.report(settings, findings))
    except (OSError, ValueError) as error:
        print(f"报告写不了 {path}（{reason(error)}），请核对路径和权限", file=sys.stderr)
        return False
    return True


def main(argv: list[str]) -> int:
    """Examine; 0 without a fail, 1 with one, 2 when the report cannot be written."""
    options = make_parser().parse_args(argv)
    settings = load_settings(places.ini_path())
    log.start_log(settings)
    findings = []
    for finding in _findings(settings, options):
        findings.append(finding)
        if not options.json and not options.quiet:
            print(report.as_line(finding), flush=True)
    if options.json and not options.quiet:
        print(report.as_json(findings))
    if options.out is not None and not _write_window(options.out, settings, findings):
        return 2
    if options.report is not None:
        try:
            report.write(options.report, settings, findings)
        except OSError as error:
            print(f"诊断包写不了 {options.report}：{reason(error)}", file=sys.stderr)
            return 2
        print(f"诊断包：{options.report}", file=sys.stderr)
    return 1 if any(finding.level == FAIL for finding in findings) else 0
