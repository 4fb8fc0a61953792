"""VirtualCardChk.dll or libVirtualCardChk.so through its C ABI, as a HIS has it (3.2 to 3.5 of the documents).

VirtualCardTrans, EhealthID_Print and SetEcQrcode are stdcall on 32-bit Windows, Set_QRflow_Mode is cdecl.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcchk.base.encoding import decode
from vcchk.base.errors import SENTENCES, SUCCESS, device_sentence
from vcchk.base.system_errors import reason
from vcchk.settings import places

OUT_BYTES = 2048
"""OutData with the NUL (3.2)."""
ERRMSG_BYTES = 256
"""pErrmsg with the NUL (B 3.5)."""
BITS = struct.calcsize("P") * 8
STDCALL = ("VirtualCardTrans", "EhealthID_Print", "SetEcQrcode")
CDECL = ("Set_QRflow_Mode",)


class LibraryError(Exception):
    """The library cannot be used; the text is a Chinese sentence that says which way to go."""


@dataclass(frozen=True)
class Answer:
    """What VirtualCardTrans gave: ``code`` "00" or four digits, ``message`` the sentence, ``biz`` the reply's JSON."""

    code: str
    message: str = ""
    biz: dict[str, Any] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether the library said "00"."""
        return self.code == SUCCESS


class Library:
    """The loaded library. ``encoding``: of the bytes of this program, gb18030 (as a HIS) or utf-8. May be called from
    any thread. Raises LibraryError when the file cannot be loaded."""

    def __init__(self, path: str, encoding: str = "gb18030") -> None:
        file = Path(path).absolute()
        self.path = str(file)
        self._encoding = encoding
        _check(file)
        _check_runtime(file)
        try:
            stdcall = getattr(ctypes, "WinDLL", ctypes.CDLL)(self.path)
            cdecl = ctypes.CDLL(self.path)
        except OSError as error:
            raise LibraryError(
                f"动态库加载失败，请把整个文件夹（含 {places.RUNTIME_NAME}）重新复制一份（系统的原话：{error}）"
            ) from error
        missing = [n for names, where in ((STDCALL, stdcall), (CDECL, cdecl)) for n in names if not hasattr(where, n)]
        if missing:
            raise LibraryError(f"{file.name} 没有函数 {'、'.join(missing)}：它不是 VirtualCardChk 动态库，或版本太旧")
        self._trans, self._print, self._fill = (getattr(stdcall, name) for name in STDCALL)
        self._screen = getattr(cdecl, CDECL[0])
        self._trans.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        self._trans.restype = ctypes.c_char_p
        self._print.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        self._fill.argtypes = [ctypes.c_char_p]
        self._screen.argtypes = [ctypes.c_int]

    def trans(self, url: str, request: Mapping[str, Any]) -> Answer:
        """VirtualCardTrans (3.2): one transaction. Never raises: what cannot be read is 9008."""
        in_data = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
        out = ctypes.create_string_buffer(OUT_BYTES)
        code = (self._trans(self._bytes(url), self._bytes(in_data), out) or b"").decode("ascii", "replace")
        text = self._text(out.value)
        if code != SUCCESS:
            return Answer(code or "8009", text or SENTENCES.get(code, SENTENCES["9999"]))
        try:
            biz = json.loads(text)
        except ValueError:
            biz = None
        return Answer(code, "", biz) if isinstance(biz, dict) else Answer("9008", SENTENCES["9008"] + "[9008]")

    def screen(self, mode: int) -> int:
        """Set_QRflow_Mode (3.3): 1 shows on the extension screen, 0 does not; a scan under way ends. 0 or a number."""
        return int(self._screen(mode))

    def print_label(self, code: str, card_no: str, name: str) -> int:
        """EhealthID_Print (3.4): 0 once printed, or a number."""
        return int(self._print(self._bytes(code), self._bytes(card_no), self._bytes(name)))

    def fill_voucher(self) -> tuple[int, str]:
        """SetEcQrcode (B 3.5): (0 or a number, what pErrmsg says)."""
        out = ctypes.create_string_buffer(ERRMSG_BYTES)
        number = int(self._fill(out))
        return number, self._text(out.value)

    def _bytes(self, text: str) -> bytes:
        return text.replace("\0", "").encode(self._encoding, "replace")

    def _text(self, data: bytes) -> str:
        """The reply is in the request's encoding, unless the INI fixes another one."""
        return decode(data, last=self._encoding).text


def sentence_of(number: int) -> str:
    """Return what a number of the int functions means, ending in the number."""
    text = device_sentence(number) or SENTENCES.get(f"{number:04d}") or SENTENCES["9999"]
    return f"{text}[{number:04d}]"


def _check(file: Path) -> None:
    """Refuse by its head what the system would refuse with a number. Raises LibraryError."""
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise LibraryError(f"打不开动态库 {file}：请检查 --dll 的路径（{reason(error)}）") from error
    kind, bits = _kind_of(head)
    wanted = "PE" if sys.platform == "win32" else "ELF"
    if kind != wanted:
        right = {"PE": "VirtualCardChk.dll", "ELF": "libVirtualCardChk.so"}[wanted]
        raise LibraryError(f"{file.name} 不是本系统的动态库：请用 {right}")
    if bits != BITS:
        raise LibraryError(
            f"{file.name} 是 {bits} 位的，本程序是 {BITS} 位的：请用 {bits} 位的程序运行"
            f"（动态库旁边的 vcchk 就是），或换成 {BITS} 位的动态库"
        )


def _check_runtime(file: Path) -> None:
    """Refuse another folder's library in a built folder's own program. Raises LibraryError.

    That program has its runtime loaded already, and a process can hold it once.
    """
    runtime, other = places.runtime(), file.with_name(places.RUNTIME_NAME)
    if runtime is not None and other.is_dir() and not other.samefile(runtime):
        program = file.with_name("vcchk.exe" if sys.platform == "win32" else "vcchk")
        raise LibraryError(f"请用动态库自己文件夹里的程序运行：{program} kiosk（一个进程只能装一份运行环境）")


def _kind_of(head: bytes) -> tuple[str, int]:
    if head[:4] == b"\x7fELF" and len(head) > 4:
        return "ELF", {1: 32, 2: 64}.get(head[4], 0)
    if head[:2] == b"MZ" and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        if head[at : at + 4] == b"PE\0\0":
            return "PE", 32 if head[at + 4 : at + 6] == b"\x4c\x01" else 64
    return "", 0
