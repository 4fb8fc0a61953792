"""``vcchk wire capture|infer|probe|show``: how this city's platform wants its messages."""

from __future__ import annotations

import argparse
import errno
import sys
import threading
import time
from typing import TYPE_CHECKING

from vcchk.base.errors import VcchkError
from vcchk.base.system_errors import reason
from vcchk.cli import key_file
from vcchk.cli.arguments import PORT, Parser, whole
from vcchk.cli.indata import MAX_BYTES
from vcchk.records.rules_file import RulesFile
from vcchk.settings import load_settings, places
from vcchk.wire.site_profile import AUTO, fixed_settings, resolve_profile, to_file_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcchk.settings import Settings
    from vcchk.wire.inference.inferred import Inference
    from vcchk.wire.profile import Profile

HELP = "抓取、推断报文规则：capture 抓取旧 DLL 的报文，infer 由一条报文推断规则，probe 在平台上试，show 列出内置规则"

_INFER_HELP = (
    "由一条抓取的报文推断规则，把定义并选用该规则的 INI 打印到标准输出；"
    "没有规则符合时退出码为 1。抓取的文件可以是报文体本身，也可以是 vcchk wire capture 写的文件"
)


KEY = "应用密钥（InData 或 [wire] key 中有时不必给）"
"""What ``--key`` of `infer` and `probe` is."""
TIME_TO_WAIT = 5.0
"""Seconds that a probe waits for another program's search."""


def _read(path: str) -> bytes:
    """Return a whole file. Raises OSError, also for one that is too long: its last message would be another one."""
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, "more than is read", path)
    return data


def _in_data(data: bytes) -> str:
    from vcchk.base import encoding

    return encoding.decode(data).text


def _key(argument: str | None, in_data: str) -> str:
    """Return the key of the command line, of InData, or of the INI, "" when none has one. Raises VcchkError."""
    from vcchk.records import masking, sealing
    from vcchk.wire import message

    key = argument or message.parse(in_data).key
    if key:
        masking.guard(key)
        return key
    loaded = load_settings(places.ini_path())
    return sealing.reveal(loaded.wire.key, places.state_folder(loaded)) if loaded.wire.key else ""


def _profiles(settings: Settings, name: str) -> dict[str, Mapping[str, str]]:
    """Return the INI's profiles with the secrets of ``name`` in clear. Raises VcchkError."""
    from vcchk.records import sealing

    return sealing.reveal_profiles(settings.profiles, places.state_folder(settings), name)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _infer(options: argparse.Namespace) -> int:
    from vcchk.wire.inference import profile_ini
    from vcchk.wire.inference.inferred import InferenceError

    in_data = _in_data(_read(options.indata)) if options.indata else "{}"
    key = _key(options.key, in_data)
    if not options.captured and not options.reply:
        _say("请用 --captured 给出抓取的报文，或用 --reply 给出平台的应答")
        return 2
    try:
        found: Inference = (
            _infer_reply(options, in_data, key) if options.reply else _infer_request(options, in_data, key)
        )
    except InferenceError as error:
        _say(str(error))
        return 1
    print(profile_ini.ini(found))
    return 0


def _infer_request(options: argparse.Namespace, in_data: str, key: str) -> Inference:
    from vcchk.wire.inference.capture_file import exchanges
    from vcchk.wire.inference.infer import infer
    from vcchk.wire.inference.inferred import InferenceError

    captured = exchanges(_read(options.captured))
    if not 1 <= options.number <= len(captured):
        raise InferenceError(f"文件中只有 {len(captured)} 笔报文")
    loaded = load_settings(places.ini_path())
    site = resolve_profile(AUTO, _profiles(loaded, AUTO)).replace(cipher_secret=options.cipher_key or "")
    return infer(captured[-options.number], in_data, key, site=site)


def _infer_reply(options: argparse.Namespace, in_data: str, key: str) -> Inference:
    from vcchk.wire import message
    from vcchk.wire.inference.capture_file import exchanges
    from vcchk.wire.inference.from_reply import infer_reply
    from vcchk.wire.inference.inferred import InferenceError

    if not key:
        raise InferenceError("缺少密钥：InData 和 [wire] key 中都没有，请用 --key-file 指定")
    (*_, last) = exchanges(_read(options.reply))
    return infer_reply(last.reply or last.request, key, dict(message.parse(in_data).fields))


def _capture(options: argparse.Namespace) -> int:
    from vcchk.dialects.capture import CaptureServer

    try:
        server = CaptureServer(
            options.upstream,
            options.out,
            port=options.port,
            raw=options.raw,
            verify=options.ca_bundle or load_settings(places.ini_path()).gateway.ca_bundle or True,
            report=_say,
        )
    except ValueError as error:
        _say(str(error))
        return 2
    with server:
        print(f"ready {server.url}", flush=True)
        _say(f"请把旧 DLL 的 strUrl 改为 {server.url}，做一笔交易后改回；记录写入 {options.out}（Ctrl+C 结束）")
        if not options.raw:
            _say("明文报文会脱敏；要供 infer 推断明文（Plain）报文，请加 --raw，用毕删除该文件")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        try:
            while not server.wait(options.count or sys.maxsize, 3600.0):
                pass
        except KeyboardInterrupt:
            pass
        server.shutdown()
    return 0 if server.exchanges else 1


def _probe(options: argparse.Namespace) -> int:
    from vcchk.dialects.probe import Prober, query
    from vcchk.network.gateway import Gateway
    from vcchk.records.log import Log
    from vcchk.wire import message, profile_help
    from vcchk.wire.inference.belief import Request

    loaded = load_settings(places.ini_path())
    in_data = _in_data(_read(options.indata))
    own = message.parse(in_data).fields
    key = _key(options.key, in_data)
    if not key:
        _say("缺少密钥：InData 和 [wire] key 中都没有，请用 --key-file 指定")
        return 1
    fields, biz_text = query(*(own.get(n, "") for n in ("app_id", "term_id", "version", "sign_type", "enc_type")))
    profiles = _profiles(loaded, loaded.wire.profile)
    current = resolve_profile(loaded.wire.profile, profiles)
    changes = {"ca_bundle": options.ca_bundle} if options.ca_bundle else {}
    gateway = Gateway(loaded.gateway.replace(**changes), Log(loaded), places.state_folder(loaded))
    prober = Prober(gateway, options.url, _say)
    request = Request(fields=fields, biz_text=biz_text, key=key)
    outcome = prober.run(current, fixed_settings(profiles), request)
    _say(outcome.sentence)
    if outcome.profile is None:
        return 1
    _keep(places.state_folder(loaded), options.url, own.get("app_id", ""), outcome.profile, outcome.code)
    if outcome.profile != current:
        site = outcome.profile.replace(name="site")
        print("\n".join(["[wire]", "profile = site", "", *profile_help.section(site)]))
    return 0


def _keep(folder: str, url: str, app_id: str, profile: Profile, code: str) -> None:
    """Confirm the profile for the calls of this machine, which search no more."""
    rules = RulesFile(folder, url, app_id)
    try:
        if rules.acquire(TIME_TO_WAIT):
            known = {"confirmed": time.strftime("%Y%m%d%H%M%S"), "confirmed_by": f"{code} (probe)", "verified": "0"}
            rules.save(known | to_file_values(profile))
            _say("本机已记住这一规则；其他机器请把下面的 [wire] 写入 INI")
    except OSError as error:
        _say(f"规则不能记在本机（{reason(error)}），请把下面的 [wire] 写入 INI")
    finally:
        rules.release()


def _show(options: argparse.Namespace) -> int:
    from vcchk.wire import profile_help
    from vcchk.wire.families import BUILTIN, FAMILIES

    if not options.name:
        for family in FAMILIES:
            print(f"{family.profile.name:10}{family.title}")
        return 0
    profile = resolve_profile(options.name, _profiles(load_settings(places.ini_path()), options.name))
    base = profile_help.nearest(profile)
    family = next(family for family in FAMILIES if family.profile == base)
    print(f"{profile.name}：{family.title}")
    print(f"依据：{family.evidence}")
    first = BUILTIN["xiamen"]
    print("与 xiamen 的不同：" if profile != first else "首次联系时先按此规则")
    for key, value in profile_help.differences(profile, first).items():
        print(f"  {key} = {value}    {profile_help.HELP[key]}")
    return 0


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk wire", HELP)
    commands = parser.add_subparsers(dest="command", metavar="动作", required=True)

    command = commands.add_parser("infer", help="由一条抓取的报文推断规则", description=_INFER_HELP)
    command.add_argument("--captured", metavar="文件", help="抓取的报文")
    command.add_argument("--reply", metavar="文件", help="没有抓取的报文时：平台的一条有签名的应答，如验签失败的应答")
    command.add_argument("--indata", metavar="文件", help="HIS 传给旧 DLL 的 InData")
    key_file.add_options(command, "key", KEY)
    key_file.add_options(command, "cipher-key", "加密用的密钥（与应用密钥不同时）")
    command.add_argument(
        "--number", type=whole(1, 1 << 31), default=1, metavar="N", help="用抓取文件中倒数第 N 笔（默认最后一笔）"
    )
    command.set_defaults(run=_infer)

    command = commands.add_parser("capture", help="在本机转发并记录旧 DLL 的报文")
    command.add_argument("--upstream", required=True, metavar="网址", help="平台的真实地址（原来的 strUrl）")
    command.add_argument("--port", type=PORT, default=0, metavar="N", help="本机端口，0 为自动选择")
    command.add_argument("--out", default="vcchk-capture.jsonl", metavar="文件", help="记录文件")
    command.add_argument("--raw", action="store_true", help="明文报文不脱敏（供 infer 使用）")
    command.add_argument("--count", type=whole(0, 1 << 31), default=0, metavar="N", help="记录 N 笔后结束")
    command.add_argument("--ca-bundle", metavar="文件", help="验证平台证书的 CA 文件")
    command.set_defaults(run=_capture)

    command = commands.add_parser(
        "probe", help="用无害查询逐一尝试规则", description="每秒一次，最多 40 次；找到后本机记住"
    )
    command.add_argument("--url", required=True, metavar="网址", help="平台地址")
    command.add_argument(
        "--indata", required=True, metavar="文件", help="InData，取其中的应用编号、终端、签名与加密类型"
    )
    key_file.add_options(command, "key", KEY)
    command.add_argument("--ca-bundle", metavar="文件", help="验证平台证书的 CA 文件")
    command.set_defaults(run=_probe)

    command = commands.add_parser("show", help="列出内置规则，或显示一个规则及其依据")
    command.add_argument("name", nargs="?", metavar="名称", help="内置规则，或 INI 中 [profile:名称] 的名称")
    command.set_defaults(run=_show)
    return parser


def main(argv: list[str]) -> int:
    """Run one of the four; returns 0 when something was found or recorded, 1 when not, 2 for wrong arguments."""
    options = make_parser().parse_args(argv)
    try:
        result: int = options.run(options)
    except BrokenPipeError:
        raise  # stdout's, not a file's
    except OSError as error:
        _say(f"{error.filename or '文件或端口'} 打不开：{reason(error)}")
        return 1
    except VcchkError as error:
        _say(f"{error.message}[{error.code}]")
        return 1
    return result
