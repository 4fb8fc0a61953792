"""Why a setup did not do what it was asked for, and the exit code that a roll-out script sees."""

from __future__ import annotations

import errno

from vcchk.base import system_errors

DONE, FAILED, USAGE, REFUSED, BUSY = range(5)
EXIT_CODES: dict[int, str] = {
    DONE: "完成（或本来就是这样）",
    FAILED: "失败，原有文件保持不变",
    USAGE: "参数错误",
    REFUSED: "检查不通过，什么也没有改",
    BUSY: "另一个 vcchk setup 正在处理该文件夹",
}


class SetupError(Exception):
    """A setup did not do what it was asked for.

    ``message``: one Chinese sentence, what is wrong and what to do. ``code``: a key of `EXIT_CODES`.
    """

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def reason(error: OSError) -> str:
    """Return an OSError in a few Chinese words behind the file's name, for a sentence."""
    name = f"{error.filename}：" if isinstance(error.filename, str) else ""
    return name + system_errors.reason(error)


def advice(error: OSError) -> str:
    """Return what to do about an OSError, for the end of a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "请清理磁盘空间后再试"
    return "请检查权限，用有权限的用户运行"
