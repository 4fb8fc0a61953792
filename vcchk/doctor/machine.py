"""Checks of this machine: runtime, files, INI, folder rights, journal, code page."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator

from vcchk import __version__
from vcchk.base.errors import VcchkError
from vcchk.base.system_errors import reason
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.records import access_list, log, sealing
from vcchk.records.folder import SDDL
from vcchk.records.journal.file import BROKEN, FILE
from vcchk.records.journal.reading import Reader
from vcchk.runtime import process
from vcchk.settings import Settings, ini, places
from vcchk.settings.option import SEALED
from vcchk.settings.sealable import SEALABLE, Sealable
from vcchk.setup import interrupted, release
from vcchk.setup.failure import SetupError

_PAPERS = ("docs/", "examples/")
_PROGRAMS = (".dll", ".exe", ".so", "vcchk")
LOW_SPACE = 100 << 20
"""Bytes free on the disk of log and journal below which doctor warns."""
_QUARANTINE = (
    "可能被杀毒软件隔离：请在 360、天擎等的隔离区恢复，并把本文件夹加入信任（白名单），见 README.txt；"
    "或重新复制整个文件夹"
)


def runtime(_settings: Settings) -> Iterator[Finding]:
    """The interpreter and the native parts that every call needs."""
    facts = (
        f"vcchk {__version__}，Python {sys.version.split()[0]}，{process.bits()} 位，{process.system()}，"
        f"程序 {process.program()}"
    )
    broken = []
    try:
        if hashlib.new("sm3", b"abc").hexdigest()[:8] != "66c7f0f4":
            broken.append("SM3 结果不对")
    except ValueError:
        facts += "（SM3 用备用实现）"
    for name in ("sqlite3", "ssl", "ctypes", "vcchk.transaction.sequence"):
        try:
            __import__(name)
        except Exception as error:
            broken.append(f"{name} 不能加载（{type(error).__name__}）")
    if broken:
        yield Finding(check="运行环境", level=FAIL, text=f"{facts}；{'，'.join(broken)}", advice=_QUARANTINE)
    else:
        yield Finding(check="运行环境", level=OK, text=facts)


def ciphers(_settings: Settings) -> Iterator[Finding]:
    """OpenSSL does the ciphers; where it is missing others do the same, some hundred times slower."""
    from vcchk.crypto import engine

    check = "加密组件"
    slow = [name for name in engine.CIPHERS if engine.openssl(name) is None]
    if slow:
        text = f"{'、'.join(slow)} 没有 OpenSSL 可用，改用备用实现：结果相同，但每笔交易慢十几毫秒"
        yield Finding(check=check, level=WARN, text=text, advice=_QUARANTINE)
    else:
        yield Finding(check=check, level=OK, text="SM4、AES、DES 由 OpenSSL 计算")


def _runs(name: str) -> bool:
    """Tell whether a file of the release is of the runtime or a program: the rest vendors edit, hospitals leave out."""
    return not name.startswith(_PAPERS) if "/" in name else name.endswith(_PROGRAMS)


def files(_settings: Settings) -> Iterator[Finding]:
    """Every file of SHA256SUMS that runs is there and whole."""
    home = places.home()
    if interrupted.is_interrupted(home):
        advice = f"请在解压出的发布包中再运行一次 vcchk setup install --to {home}"
        yield Finding(check="文件完整", level=FAIL, text="上次 vcchk setup 没有做完（或正在进行）", advice=advice)
        return
    try:
        found = release.read(home)
    except SetupError as error:
        yield Finding(check="文件完整", level=FAIL, text=error.message)
        return
    if found is None:
        is_foreign = os.path.exists(os.path.join(home, release.SUMS))
        text = f"{home} 里的 {release.SUMS} 不是 vcchk 的" if is_foreign else f"没有 {release.SUMS}（{home}）"
        level = WARN if places.runtime() else OK
        advice = f"不能核对文件是否完整：请把发布包里的 {release.SUMS} 也复制过来" if places.runtime() else ""
        yield Finding(check="文件完整", level=level, text=text, advice=advice)
        return
    ours = [name for name in found.sums if _runs(name)]
    missing = [name for name in ours if not os.path.exists(found.path(name))]
    changed = [name for name in found.damaged(ours) if name not in missing]
    if missing:
        names = "、".join(missing[:5]) + ("…" if len(missing) > 5 else "")
        yield Finding(check="文件完整", level=FAIL, text=f"缺少 {len(missing)} 个文件：{names}", advice=_QUARANTINE)
    if changed:
        names = "、".join(changed[:5]) + ("…" if len(changed) > 5 else "")
        yield Finding(
            check="文件完整",
            level=FAIL,
            text=f"{len(changed)} 个文件与发布时不同：{names}",
            advice="不同版本混在一起，或被修改、损坏：请重新复制整个文件夹",
        )
    if not missing and not changed:
        yield Finding(check="文件完整", level=OK, text=f"{len(ours)} 个文件齐全，校验值一致")


def ini_file(settings: Settings) -> Iterator[Finding]:
    """VirtualCardChk.ini: there, readable, every key known; the profile and the key usable."""
    check = "设置文件"
    from vcchk.wire.site_profile import resolve_profile, unknown_keys

    warnings = [*settings.warnings, *unknown_keys(settings.profiles, settings.profile_positions)]
    for warning in warnings:
        yield Finding(check=check, level=WARN, text=warning, advice=f"请对照 {places.EXAMPLE_NAME} 中的说明修改")
    if not warnings:
        yield Finding(check=check, level=OK, text=settings.path or "按默认值运行")
    name = settings.wire.profile
    try:
        profiles = sealing.reveal_profiles(settings.profiles, places.state_folder(settings), name)
        resolve_profile(name, profiles, settings.profile_positions)
        yield Finding(check="报文规则", level=OK, text=f"[wire] profile = {name}")
    except sealing.SealError as error:
        yield Finding(
            check="报文规则", level=FAIL, text=error.message, advice="加密值只能在加密它的电脑上解开，不能复制"
        )
    except VcchkError as error:
        yield Finding(check="报文规则", level=FAIL, text=error.message, advice="请修改 [wire] profile")
    yield from _secrets(settings)
    if not settings.gateway.verify:
        yield Finding(
            check="证书校验",
            level=WARN,
            text="[gateway] verify = no：不校验平台证书，有被冒充的风险",
            advice="请改为 yes；自建 CA 用 [gateway] ca_bundle",
        )


def _secrets(settings: Settings) -> Iterator[Finding]:
    """What is, or should be, sealed: whether it opens here."""
    for row in SEALABLE.values():
        value, where = row.stored(settings), f"[{row.section_in(settings)}] {row.name}"
        if not value:
            if row.name == "key":
                yield Finding(check=row.title, level=OK, text="设置中没有，由 HIS 的 InData 提供")
        elif value.startswith(SEALED):
            yield _opened(row, value, where, places.state_folder(settings))
        elif row.is_in_clear(settings):
            advice = f"请执行 vcchk secret set {row.name} 加密保存"
            yield Finding(check=row.title, level=WARN, text=f"{where} 是明文", advice=advice)


def _opened(row: Sealable, value: str, where: str, folder: str) -> Finding:
    try:
        sealing.reveal(value, folder)
    except sealing.SealError as error:
        text = f"{where} 解不开：{error.message}"
        return Finding(check=row.title, level=FAIL, text=text, advice=f"请在本机重新执行 vcchk secret set {row.name}")
    return Finding(check=row.title, level=OK, text=f"{where} 已加密，本机可以解开")


def folder(settings: Settings) -> Iterator[Finding]:
    """Log and journal can be written, and there is space."""
    check = "文件夹"
    path = places.state_folder(settings)
    probe_log = log.Log(settings)
    probe_log.info("vcchk doctor")
    if probe_log.fault:
        yield Finding(
            check=check,
            level=FAIL,
            text=f"日志写不了：{probe_log.folder}（{reason(probe_log.fault)}）",
            advice="请给运行 HIS 的用户该文件夹的修改权限，或用 [log] folder 换一个文件夹",
        )
        return
    probe = os.path.join(path, f"doctor-{os.getpid()}.tmp")
    try:
        with open(probe, "wb") as file:
            file.write(b"x" * 4096)
        os.remove(probe)
        free = shutil.disk_usage(path).free
    except OSError as error:
        yield Finding(
            check=check,
            level=FAIL,
            text=f"{path} 写不了：{reason(error)}",
            advice="请检查该文件夹的权限和磁盘空间",
        )
        return
    if sys.platform == "win32":
        differences = access_list.differences(access_list.read(path) or SDDL)
        if differences:
            yield Finding(
                check=check,
                level=WARN,
                text=f"{path} 的访问权限与应有的不同：{'、'.join(differences)}",
                advice=f"否则换用户登录后可能写不了日志和流水：请由管理员执行 {access_list.repair_command(path)}",
            )
    space = f"{path}，剩余空间 {free / (1 << 30):.1f} GB"
    if free < LOW_SPACE:
        yield Finding(check=check, level=WARN, text=space, advice="磁盘快满了，请清理；满了以后不再有日志和流水")
    else:
        yield Finding(check=check, level=OK, text=space)


def records(settings: Settings) -> Iterator[Finding]:
    """The journal is whole; what is in doubt."""
    check = "交易流水"
    if not settings.journal.enabled:
        yield Finding(check=check, level=WARN, text="已关闭（[journal] enabled = no）", advice="建议打开")
        return
    base = places.state_folder(settings)
    try:
        broken = sorted(name for name in os.listdir(base) if name.startswith(BROKEN))
    except OSError:
        broken = []
    if broken:
        yield Finding(check=check, level=WARN, text=f"有损坏后改名的旧文件：{broken[-1]}", advice="请交给工程师")
    try:
        with Reader(settings) as reader:
            state = reader.db.execute("PRAGMA quick_check").fetchone()[0]
            count = reader.count()
    except FileNotFoundError:
        yield Finding(check=check, level=OK, text="还没有记录")
        return
    except sqlite3.Error as error:
        advice = f"请检查 {base} 的权限，或把 {FILE} 改名后重试"
        yield Finding(check=check, level=FAIL, text=f"打不开：{reason(error)}", advice=advice)
        return
    recorded = f"累计 {count.recorded} 笔"
    figures = {"in_doubt": count.in_doubt, "recorded": count.recorded}
    if state != "ok":
        yield Finding(
            check=check, level=FAIL, text="文件损坏（SQLite 自检不通过）", advice=f"请把 {FILE} 改名，交给工程师"
        )
    elif count.in_doubt:
        yield Finding(
            check=check,
            level=WARN,
            text=f"{recorded}，{count.in_doubt} 笔状态未知",
            advice="切勿直接重做：请用 vcchk journal check 向平台查询，核实后用 vcchk journal settle 了结",
            figures=figures,
        )
    else:
        yield Finding(check=check, level=OK, text=f"{recorded}，没有状态未知的", figures=figures)


def code_page(settings: Settings) -> Iterator[Finding]:
    """Whether the host's ANSI code page fits what the DLL assumes."""
    page = process.code_page()
    facts = f"{page}，[abi] encoding = {settings.abi.encoding}"
    if sys.platform == "win32" and page not in ("cp936", "cp54936", "cp65001") and settings.abi.encoding == "auto":
        yield Finding(
            check="代码页",
            level=WARN,
            text=facts,
            advice="本机不是简体中文代码页，HIS 可能显示乱码：请把系统区域设为中文（中国），或设置 [abi] encoding",
        )
    else:
        yield Finding(check="代码页", level=OK, text=facts)


def ini_text(path: str) -> str:
    """Return the INI's text, "" when it cannot be read (for the report)."""
    try:
        with open(path, "rb") as file:
            return ini.decode(file.read())
    except OSError:
        return ""
