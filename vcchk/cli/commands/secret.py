"""``vcchk secret``: the INI's key, sealed for this machine, so that neither the HIS nor the file holds it in clear."""

from __future__ import annotations

import argparse
import codecs
import getpass
import os
import sys

from vcchk.records import sealing
from vcchk.settings import ini, load_settings, places
from vcchk.settings.loading import MACHINE_KEY, SEALED

HELP = """加密保存应用密钥（key）。加密后的值只能在本机解开，HIS 的 InData 里可以不再带 key。

  vcchk secret set                        输入密钥，加密后写入 VirtualCardChk.ini 的 [wire] key
  vcchk secret set < key.txt              同上，从标准输入读
  vcchk secret set --from-file key.txt    读文件，加密后存入本机的状态文件夹，不动 INI。多台机器共用一个 INI 时，
                                          由部署脚本在每台机器上运行；密钥不出现在命令行上
  vcchk secret check                      看密钥在本机能不能用（不显示密钥）

INI（连同它引用的文件）里的 [wire] key 优先于状态文件夹里的。
"""


def put_key(data: bytes, value: str) -> bytes:
    """Return an INI file's bytes with ``[wire] key`` set; encoding, remarks and all other lines stay as they are."""
    text = ini.decode(data)
    end = "\r\n" if "\r\n" in text or not text else "\n"
    lines = text.splitlines()
    here, after = False, None
    for number, raw in enumerate(lines):
        line = raw.strip()
        if line.startswith("["):
            here = line[1:].partition("]")[0].strip().lower() == "wire"
            if here:
                after = number
        elif here and line[:1] not in (";", "#") and line.partition("=")[0].strip().lower() == "key":
            lines[number] = f"key = {value}"
            break
    else:
        if after is None:
            lines += ["[wire]"]
            after = len(lines) - 1
        lines.insert(after + 1, f"key = {value}")
    return _encode(end.join(lines) + end, data)


def _encode(text: str, before: bytes) -> bytes:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if before.startswith(mark):
            return mark + text.encode(name)
    try:
        before.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("gb18030")
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode("utf-8")


def _read_key(file: str | None) -> str:
    """Return what was typed, or the first line of ``file``, or that of stdin. Raises OSError and ValueError."""
    if file:
        with open(file, "rb") as key_file:
            lines = ini.decode(key_file.read(65536)).strip().splitlines()
        return lines[0].strip() if lines else ""
    if sys.stdin is not None and sys.stdin.isatty():
        first = getpass.getpass("应用密钥（输入时不显示）：").strip()
        if first != getpass.getpass("再输入一次：").strip():
            raise ValueError("两次输入不一致")
        return first
    return (sys.stdin.readline() if sys.stdin is not None else "").strip()


def _write(path: str, data: bytes) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _set(path: str, folder: str, file: str | None) -> int:
    try:
        value = _read_key(file)
    except ValueError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"读不出 {file}：{error.strerror}")
    if not value:
        return _failed("没有密钥，什么也没有改")
    target = os.path.join(folder, MACHINE_KEY) if file else path
    try:
        sealed = sealing.protect(value, folder)
        _write(target, f"{sealed}\n".encode() if file else put_key(_bytes_of(path), sealed))
    except sealing.SealError as error:
        return _failed(f"加密失败：{error.message}")
    except OSError as error:
        return _failed(f"写不了 {target}：{error.strerror}")
    print(f"已把加密后的密钥写入 {target}，重启 HIS 后生效")
    if file and load_settings(path).wire.key != sealed:
        print(f"注意：{path} 或它引用的文件里另有 [wire] key，以那里的为准；请删去那一行", file=sys.stderr)
    return 0


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _check(path: str, folder: str) -> int:
    value = load_settings(path).wire.key
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


def main(argv: list[str]) -> int:
    """Set or check the key; 0, or 1 when it could not be done."""
    parser = argparse.ArgumentParser(
        prog="vcchk secret", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("set", "check"))
    parser.add_argument("--from-file", metavar="文件", help="第一行是密钥；存入本机的状态文件夹")
    options = parser.parse_args(argv)
    path = places.ini_path()
    folder = places.state_folder(load_settings(path))
    return _set(path, folder, options.from_file) if options.what == "set" else _check(path, folder)
