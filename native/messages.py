"""The replies that the C side gives by itself, when Python is not there to speak; written out as a C header.

Each is one Chinese sentence: what is wrong, what to do, the code in brackets. They are held as GB18030 and as UTF-8
bytes. They must fit SetEcQrcode's 256 bytes with the NUL in both (document B 3.5).
"""

from __future__ import annotations

LIMIT = 255

_RUNTIME = "$RUNTIME"
_LOG = "原因见日志目录 %ProgramData%\\vcchk\\log（Linux 为 /var/log/vcchk/log）"

MESSAGES: dict[str, tuple[int, str]] = {
    "busy": (3003, "本线程上一笔交易尚未结束，请等它返回后再试"),
    "internal": (8009, "内部异常，请查看日志"),
    "missing": (8009, f"缺少 {_RUNTIME} 目录或其中的文件，请重新复制整个文件夹后再试。{_LOG}"),
    "damaged": (8009, f"{_RUNTIME} 中的文件已损坏或被杀毒软件占用、隔离，请加白名单、重新复制后再试。{_LOG}"),
    "mixed": (8009, f"{_RUNTIME} 与动态库版本不一致，请重新复制整个文件夹后重启本程序。{_LOG}"),
    "start": (8009, f"运行环境启动失败，请重新复制整个文件夹后再试，仍然失败请重启本程序。{_LOG}"),
    "memory": (8009, f"内存或地址空间不足，请关闭其他窗口后再试，或重启本程序。{_LOG}"),
    "other": (8009, f"本程序已加载另一版本的动态库，请只保留一个版本的文件夹后重启本程序。{_LOG}"),
    "program": (
        8009,
        f"这里的 {_RUNTIME} 不能用：请先解压整个发布包再运行；已解压的，请恢复被杀毒软件隔离的文件或重新复制",
    ),
    "forked": (8009, "本进程在其他线程交易时由 fork 产生，不能使用本动态库，请在没有交易时 fork，或另启程序"),
}
"""Name → (code, sentence without the code)."""


def _array(name: str, data: bytes) -> str:
    if len(data) > LIMIT:
        raise ValueError(f"{name}: {len(data)} bytes do not fit {LIMIT}")
    return f"static const char {name}[] = {{{', '.join(f'(char){byte}' for byte in data + bytes(1))}}};"


def header(runtime_name: str) -> str:
    """Return the text of messages.h; ``runtime_name`` is the name of the runtime's folder."""
    lines = [
        "/* Made by native/messages.py. */",
        "struct message {",
        "    int number;",
        "    const char *code;",
        "    const char *gb18030;",
        "    const char *utf8;",
        "};",
    ]
    for name, (number, sentence) in MESSAGES.items():
        text = f"{sentence.replace(_RUNTIME, runtime_name)}[{number}]"
        lines.append(_array(f"message_{name}_gb", text.encode("gb18030")))
        lines.append(_array(f"message_{name}_u8", text.encode("utf-8")))
        lines.append(
            f"__attribute__((unused)) static const struct message message_{name} = "
            f'{{{number}, "{number}", message_{name}_gb, message_{name}_u8}};'
        )
    return "\n".join(lines) + "\n"
