"""``vcchk secret``: the INI's key and a client certificate's, sealed for this machine: no file has them in clear."""

from __future__ import annotations

import argparse
import binascii
import getpass
import os
import sys

from vcchk.base.errors import VcchkError
from vcchk.cli.not_blank import not_blank
from vcchk.records import sealing
from vcchk.records.folder import make_folder
from vcchk.settings import Settings, ini, ini_edit, load_settings, machine, places
from vcchk.settings.option import SEALED
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile
from vcchk.wire.site_profile import AUTO, resolve_profile

HELP = """加密保存应用密钥（key）。加密后的值只能在本机解开，HIS 的 InData 里可以不再带 key。

  vcchk secret set                        输入密钥，加密后写入 VirtualCardChk.ini 的 [wire] key
  vcchk secret set < key.txt              同上，从标准输入读
  vcchk secret set cipher_secret          加密用的另一个密钥，写入 [wire] profile 所用的 [profile:名称]；
                                          SM2 私钥同样：sm2_private_key
  vcchk secret check                      看设置里的密钥在本机能不能用（不显示密钥）
  vcchk secret cert 文件.pfx              导入平台发给医院的客户端证书（.pfx、.p12），写入 [gateway] client_cert

多台机器共用一个 INI 时，由部署脚本在每台机器上加 --from-file 运行：读文件的第一行，加密后存入本机的状态文件夹，
不动 INI，密钥和口令不出现在命令行上。INI（连同它引用的文件）里有的，以 INI 为准。

  vcchk secret set --from-file key.txt
  vcchk secret set cipher_secret --from-file secret.txt
  vcchk secret cert 文件.pfx --from-file password.txt
"""


MAX_BYTES = 1 << 16
"""Of a file with a key, whose first line counts."""
MAX_CERTIFICATE_BYTES = 1 << 20
"""Of a .pfx file: one has some kilobytes."""
MAX_CHARACTERS = 4096
"""Of a key. Sealed, a longer one would not fit into what is read of this machine's own files."""


def _read_key(name: str, file: str | None) -> str:
    """Return what was typed, or the first line of ``file``, or that of stdin. Raises OSError and ValueError."""
    if file:
        return _usable(_first_line(file).strip())
    if sys.stdin is not None and sys.stdin.isatty():
        first = getpass.getpass(f"{name}（输入时不显示）：").strip()
        if first != getpass.getpass("再输入一次：").strip():
            raise ValueError("两次输入不一致")
        return _usable(first)
    return _usable((sys.stdin.readline() if sys.stdin is not None else "").strip())


def _first_line(file: str) -> str:
    """Return the first line that is not blank, as any editor saves it. Raises OSError, which names the file."""
    with open(file, "rb") as secret_file:
        lines = ini.decode(secret_file.read(MAX_BYTES)).lstrip("\ufeff\r\n").splitlines()
    return lines[0] if lines else ""


def _usable(value: str) -> str:
    """Return ``value``. Raises ValueError for what can be no key: sealed, it could not be looked at any more."""
    if not value:
        raise ValueError("没有密钥，什么也没有改")
    if not value.isprintable() or "\ufffd" in value:
        raise ValueError("密钥里有看不见的字符或乱码，什么也没有改：请核对，应为一行文字")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"密钥超过 {MAX_CHARACTERS} 个字符，什么也没有改：请核对是不是密钥文件")
    if value.startswith(SEALED):
        raise ValueError("这已经是加密后的值，什么也没有改：请给出平台发的密钥原文")
    return value


def _set(path: str, folder: str, key: str, file: str | None) -> int:
    """Seal ``key`` ("key", or a secret of the profile in use) into the INI, or this machine's own file."""
    settings = load_settings(path)
    of_wire = key == "key"
    section = "wire" if of_wire else f"profile:{settings.wire.profile}"
    target = os.path.join(folder, places.MACHINE_FILES[key]) if file else path
    try:
        value = _read_key("应用密钥" if of_wire else key, file)
        base = {} if of_wire else _checked_base(settings, key, value)
        sealed = sealing.protect(value, folder)
        if file:
            ini_edit.write_whole(target, f"{sealed}\n".encode())
        else:
            ini_edit.update(path, {(section, own): text for own, text in (base | {key: sealed}).items()})
    except ValueError as error:
        return _failed(str(error))
    except VcchkError as error:
        return _failed(error.message)
    except OSError as error:
        return _failed(_why_not(error, file, target))
    where = target if file else f"{target} 的 [{section}]"
    print(f"已把加密后的{'密钥' if of_wire else f' {key} '}写入 {where}，重启 HIS 后生效")
    loaded = load_settings(path)
    used = loaded.wire.key if of_wire else loaded.profiles.get(settings.wire.profile, {}).get(key)
    if used != sealed:
        print(f"注意：{path} 或它引用的文件里另有 [{section}] {key}，以那里的为准；请删去那一行", file=sys.stderr)
    return 0


def _checked_base(settings: Settings, key: str, value: str) -> dict[str, str]:
    """Return what the section of the profile in use needs besides a secret, when the INI has none yet.

    Raises VcchkError when the profile could not be used with this secret: sealed, nobody sees a slip in it any more.
    """
    name = settings.wire.profile
    if name not in (AUTO, *settings.profiles):
        resolve_profile(name, {})
    base = {"base": name} if name in BUILTIN and name not in settings.profiles else {}
    resolve_profile(name, {name: {**base, key: value}})
    return base


def _why_not(error: OSError, source: str | None, target: str) -> str:
    """Return which of the two files made the trouble."""
    if source and error.filename == source:
        return f"读不出 {source}：{error.strerror}"
    return f"写不了 {target}：{error.strerror}"


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _check(path: str, folder: str) -> int:
    settings = load_settings(path)
    name, value = settings.wire.profile, settings.wire.key
    try:
        sealing.reveal_profiles(settings.profiles, folder, name)
    except sealing.SealError as error:
        return _failed(error.message)
    for key in Profile._secret:
        text = settings.profiles.get(name, {}).get(key, "")
        if text:
            print(f"[profile:{name}] {key} " + ("在本机可以解开" if text.startswith(SEALED) else "是明文"))
    if not value:
        print("设置里没有密钥（[wire] key）：由 HIS 的 InData 提供")
        return 0
    if not value.startswith(SEALED):
        print("INI 里的密钥是明文，建议执行 vcchk secret set 加密")
        return 0
    try:
        size = len(sealing.reveal(value, folder))
    except sealing.SealError as error:
        return _failed(f"密钥在本机解不开：{error.message}")
    print(f"密钥已加密，在本机可以解开（{size} 个字符）")
    return 0


def _import_certificate(path: str, folder: str, source: str, password_file: str | None) -> int:
    """Import a .pfx; its key is written encrypted with a new password, which is sealed: in the INI, or with
    ``password_file`` in this machine's own file."""
    from vcchk.crypto import pkcs12

    try:
        with open(source, "rb") as file:
            data = file.read(MAX_CERTIFICATE_BYTES)
        file_password = _first_line(password_file) if password_file else _read_password()
    except OSError as error:
        return _failed(f"读不出 {error.filename}：{error.strerror}")
    try:
        key, certificates = pkcs12.read(data, file_password)
        password = binascii.b2a_hex(os.urandom(24)).decode("ascii")
        pem = pkcs12.to_pem(key, certificates, password)
    except pkcs12.Pkcs12Error as error:
        why = "口令不对" if error.wrong_password else f"不是能识别的 .pfx 文件（{error}）"
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
        return _failed(f"写不了 {error.filename or path}：{error.strerror}")
    where = "" if password_file else f"，并写入 {path}"
    print(f"已导入 {len(certificates)} 张证书到 {target}{where}，重启 HIS 后生效")
    if password_file and load_settings(path).gateway.client_key_password != sealed:
        print(f"注意：{path} 或它引用的文件里另有 [gateway] client_cert，以那里的为准；请删去那一行", file=sys.stderr)
    return 0


def _read_password() -> str:
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass(".pfx 文件的口令（输入时不显示）：")
    return (sys.stdin.readline() if sys.stdin is not None else "").rstrip("\r\n")


def main(argv: list[str]) -> int:
    """Set or check the key, or import a certificate; 0, or 1 when it could not be done."""
    parser = argparse.ArgumentParser(
        prog="vcchk secret", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("set", "check", "cert"))
    parser.add_argument(
        "name", nargs="?", metavar="名称", help="cert：.pfx 文件；set：key（默认）或 cipher_secret、sm2_private_key"
    )
    parser.add_argument(
        "--from-file", type=not_blank, metavar="文件", help="第一行是密钥或口令；加密后存入本机的状态文件夹，不动 INI"
    )
    options = parser.parse_args(argv)
    if options.what == "cert" and options.name is None:
        parser.error("cert 需要一个 .pfx 文件")
    if options.what == "set" and options.name not in (None, "key", *Profile._secret):
        parser.error(f"set 只能是 key、{'、'.join(Profile._secret)}；密钥请用键盘或标准输入给出")
    if options.what == "check" and (options.name or options.from_file):
        parser.error("check 不需要名称和文件")
    path = places.ini_path()
    folder = places.state_folder(load_settings(path))
    if options.what == "cert":
        return _import_certificate(path, folder, options.name, options.from_file)
    if options.what == "check":
        return _check(path, folder)
    return _set(path, folder, options.name or "key", options.from_file)
