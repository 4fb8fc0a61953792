"""``vcchk secret``: keys and passwords, sealed for this machine, so that no file has them in clear."""

from __future__ import annotations

import binascii
import os
import sys

from vcchk.base.errors import VcchkError
from vcchk.base.system_errors import reason
from vcchk.cli import key_file, typed
from vcchk.cli.arguments import Parser
from vcchk.network.proxy import parse_proxy
from vcchk.network.url import UrlError
from vcchk.records import sealing
from vcchk.records.folder import make_folder
from vcchk.settings import Settings, ini_edit, load_settings, machine, places
from vcchk.settings.option import SEALED
from vcchk.settings.sealable import SEALABLE, Sealable
from vcchk.wire.families import BUILTIN
from vcchk.wire.site_profile import AUTO, resolve_profile

HELP = """加密保存密钥和代理密码，导入客户端证书。加密后的值只能在本机解开；
保存了应用密钥（key）的，HIS 的 InData 里可以不再带 key。

  vcchk secret set                        输入密钥，加密后写入 VirtualCardChk.ini 的 [wire] key
  vcchk secret set < key.txt              同上，从标准输入读
  vcchk secret set cipher_secret          加密用的另一个密钥，写入 [wire] profile 所用的 [profile:名称]；
                                          SM2 私钥同样：sm2_private_key
  vcchk secret set proxy                  带密码的代理服务器 http://用户名:密码@地址:端口，写入 [gateway] proxy
  vcchk secret check                      看设置里的密钥在本机能不能用（不显示密钥）
  vcchk secret cert 文件.pfx              导入平台发给医院的客户端证书（.pfx、.p12），写入 [gateway] client_cert

多台机器共用一个 INI 时，由部署脚本在每台机器上加 --from-file 运行：读文件的第一行，加密后存入本机的状态文件夹，
不动 INI，密钥和口令不出现在命令行上。INI（连同它引用的文件）里有的，以 INI 为准。

  vcchk secret set --from-file key.txt
  vcchk secret set cipher_secret --from-file secret.txt
  vcchk secret cert 文件.pfx --from-file password.txt
"""

DEFAULT = "key"
"""What `set` seals when nothing is named."""
MAX_CERTIFICATE_BYTES = 1 << 20
"""Of a .pfx file: one has some kilobytes."""


def _read_value(row: Sealable, file: str | None) -> str:
    """Return what was typed, or the first line of ``file``, or that of stdin. Raises OSError and ValueError."""
    if file:
        return key_file.usable(key_file.first_line(file), row.title)
    value = key_file.usable(typed.secret(row.title), row.title)
    if sys.stdin.isatty() and typed.secret("再输入一次").strip() != value:
        raise ValueError("两次输入不一致")
    return value


def _set(path: str, folder: str, row: Sealable, file: str | None) -> int:
    """Seal a setting into the INI, or with ``file`` into this machine's own."""
    settings = load_settings(path)
    section = row.section_in(settings)
    target = os.path.join(folder, places.MACHINE_FILES[row.name]) if file else path
    try:
        value = _read_value(row, file)
        base = _checked_base(settings, row, value)
    except ValueError as error:
        return _failed(f"什么也没有改：{error}")
    except OSError as error:
        return _failed(f"读不出 {file or '标准输入'}：{reason(error)}")
    except VcchkError as error:
        return _failed(error.message)
    try:
        sealed = sealing.protect(value, folder)
        if file:
            ini_edit.write_whole(target, f"{sealed}\n".encode())
        else:
            ini_edit.update(path, {(section, own): text for own, text in (base | {row.name: sealed}).items()})
    except sealing.SealError as error:
        return _failed(error.message)
    except OSError as error:
        return _failed(f"写不了 {target}：{reason(error)}")
    where = target if file else f"{target} 的 [{section}]"
    print(f"已把加密后的{row.title}写入 {where}，重启 HIS 后生效")
    if row.stored(load_settings(path)) != sealed:
        print(f"注意：{path} 或它引用的文件里另有 [{section}] {row.name}，以那里的为准；请删去那一行", file=sys.stderr)
    return 0


def _checked_base(settings: Settings, row: Sealable, value: str) -> dict[str, str]:
    """Return what the section needs besides the value, when the INI has none yet.

    Raises ValueError and VcchkError when the value could not be used: sealed, nobody sees a slip in it any more.
    """
    if row.name == "proxy":
        try:
            parse_proxy(value)
        except UrlError as error:
            raise ValueError(f"代理服务器的设置有误：{error.why}") from None
    if row.section:
        return {}
    name = settings.wire.profile
    if name not in (AUTO, *settings.profiles):
        resolve_profile(name, {})
    base = {"base": name} if name in BUILTIN and name not in settings.profiles else {}
    resolve_profile(name, {name: {**base, row.name: value}})
    return base


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _check(path: str, folder: str) -> int:
    """Say of each setting that may be sealed whether it opens here; 1 when one does not."""
    settings = load_settings(path)
    failed = 0
    for row in SEALABLE.values():
        value, where = row.stored(settings), f"[{row.section_in(settings)}] {row.name}"
        if value.startswith(SEALED):
            try:
                print(f"{where} 已加密，在本机可以解开（{len(sealing.reveal(value, folder))} 个字符）")
            except sealing.SealError as error:
                failed = _failed(f"{where} 在本机解不开：{error.message}")
        elif row.is_in_clear(settings):
            print(f"{where} 是明文，建议执行 vcchk secret set {row.name} 加密")
        elif row.name == "key":
            print(f"设置里没有密钥（{where}）：由 HIS 的 InData 提供")
    return failed


def _import_certificate(path: str, folder: str, source: str, password_file: str | None) -> int:
    """Import a .pfx; its key is written encrypted with a new password, which is sealed: in the INI, or with
    ``password_file`` in this machine's own file."""
    from vcchk.crypto import pkcs12

    try:
        with open(source, "rb") as file:
            data = file.read(MAX_CERTIFICATE_BYTES)
    except OSError as error:
        return _failed(f"读不出 {source}：{reason(error)}")
    try:
        file_password = key_file.first_line(password_file) if password_file else typed.secret(".pfx 文件的口令")
    except OSError as error:
        return _failed(f"读不出 {password_file or '标准输入'}：{reason(error)}")
    try:
        key, certificates = pkcs12.read(data, file_password)
        password = binascii.b2a_hex(os.urandom(24)).decode("ascii")
        pem = pkcs12.to_pem(key, certificates, password)
    except pkcs12.Pkcs12Error as error:
        why = "口令不对" if error.wrong_password else "不是能识别的 .pfx 文件，请核对，或请平台以 AES-256 重新导出"
        return _failed(f"没有导入：{why}")
    target = os.path.join(folder, machine.CLIENT_CERT)
    own_password = os.path.join(folder, places.MACHINE_FILES["client_key_password"])
    try:
        make_folder(folder)
        sealed = sealing.protect(password, folder)
        ini_edit.write_whole(target, pem, 0o600)
        if password_file:
            ini_edit.write_whole(own_password, f"{sealed}\n".encode())
        else:
            ini_edit.update(
                path,
                {
                    ("gateway", "client_cert"): target,
                    ("gateway", "client_key"): "",
                    ("gateway", "client_key_password"): sealed,
                },
            )
            if os.path.exists(own_password):
                os.unlink(own_password)  # of the certificate before
    except sealing.SealError as error:
        return _failed(f"加密失败：{error.message}")
    except OSError as error:
        return _failed(f"写不了 {error.filename or path}：{reason(error)}")
    where = "" if password_file else f"，并写入 {path}"
    print(f"已导入 {len(certificates)} 张证书到 {target}{where}，重启 HIS 后生效")
    if password_file and load_settings(path).gateway.client_key_password != sealed:
        print(f"注意：{path} 或它引用的文件里另有 [gateway] client_cert，以那里的为准；请删去那一行", file=sys.stderr)
    return 0


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk secret", HELP)
    parser.add_argument("what", metavar="动作", choices=("set", "check", "cert"), help="set、check、cert")
    names = "、".join(name for name in SEALABLE if name != DEFAULT)
    parser.add_argument("name", nargs="?", metavar="名称", help=f"cert：.pfx 文件；set：{DEFAULT}（默认）或 {names}")
    parser.add_argument(
        "--from-file", metavar="文件", help="第一行是要加密的值，cert 时是口令；存入本机的状态文件夹，不动 INI"
    )
    return parser


def main(argv: list[str]) -> int:
    """Set or check the secrets, or import a certificate; 0, or 1 when it could not be done."""
    parser = make_parser()
    options = parser.parse_args(argv)
    if options.what == "cert" and options.name is None:
        parser.error("cert 需要一个 .pfx 文件")
    name = options.name or DEFAULT
    if options.what == "set" and name not in SEALABLE:
        # What was typed is not repeated: it may be the key itself.
        parser.error(f"set 只能是 {'、'.join(SEALABLE)}；密钥请用键盘、标准输入或 --from-file 给出")
    if options.what == "check" and (options.name or options.from_file):
        parser.error("check 不需要名称和文件")
    path = places.ini_path()
    folder = places.state_folder(load_settings(path))
    if options.what == "cert":
        return _import_certificate(path, folder, options.name, options.from_file)
    if options.what == "check":
        return _check(path, folder)
    return _set(path, folder, SEALABLE[name], options.from_file)
