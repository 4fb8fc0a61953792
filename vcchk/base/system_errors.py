"""Why the system refused, in a few Chinese words for a sentence: its own words are English on most machines.

By number, never by text: Python's texts are the C library's, Windows' are in the language it was installed in. The log
keeps the exception's own text as the cause. Imported where a sentence needs it, never before: most processes have none.
"""

from __future__ import annotations

import errno
import sys

# Names of errno.h. Windows' sockets have the same names behind WSA, and Python gives an error its number.
NAMES: dict[str, str] = {
    # Files and folders.
    "ENOENT": "文件或文件夹不存在",
    "ENOTDIR": "路径中有一段不是文件夹",
    "EISDIR": "这是文件夹，不是文件",
    "EEXIST": "已有同名的文件或文件夹",
    "ENOTEMPTY": "文件夹不是空的",
    "EACCES": "没有权限",
    "EPERM": "系统不允许这样做",
    "EROFS": "磁盘是只读的",
    "ENOSPC": "磁盘已满",
    "EDQUOT": "磁盘配额已用完",
    "EFBIG": "文件过大",
    "EBUSY": "正被其他程序占用",
    "ETXTBSY": "正被其他程序占用",
    "EAGAIN": "正被其他程序占用，或暂时不能用",
    "EDEADLK": "正被其他程序占用",
    "ENAMETOOLONG": "名称过长",
    "EILSEQ": "名称里有系统不认识的字符",
    "ELOOP": "链接绕成了圈",
    "EMLINK": "链接过多",
    "EXDEV": "两处不在同一个磁盘上",
    "ESTALE": "共享文件夹上的文件已不在",
    "EINVAL": "名称或参数无效",
    "EIO": "硬件读写出错",
    "ENXIO": "设备不存在",
    "ENODEV": "设备不存在",
    "EMFILE": "打开的文件过多",
    "ENFILE": "打开的文件过多",
    "ENOMEM": "内存不足",
    "ENOEXEC": "不是本系统的程序",
    "ENOTSUP": "系统不支持这种操作",
    "EOPNOTSUPP": "系统不支持这种操作",
    "ENOSYS": "系统不支持这种操作",
    # Connections and addresses.
    "EADDRINUSE": "端口已被占用",
    "EADDRNOTAVAIL": "本机没有这个地址",
    "EAFNOSUPPORT": "本机不支持这种地址",
    "ECONNREFUSED": "连接被拒绝",
    "ECONNRESET": "连接被断开",
    "ECONNABORTED": "连接被断开",
    "ENOTCONN": "连接被断开",
    "EPIPE": "对方已关闭",
    "ETIMEDOUT": "超时没有反应",
    "ENETUNREACH": "网络不可达",
    "EHOSTUNREACH": "网络不可达",
    "ENETDOWN": "网络不可达",
    "EHOSTDOWN": "网络不可达",
    "ENOBUFS": "本机网络资源不足",
}

_UNCLEAR_REFUSAL = "没有权限，正被其他程序占用，或是文件夹"
"""EACCES of Windows' C library, which has this one number for all three."""

# winerror.h. Python maps these to errno by a rough table: 19 to 36 are all EACCES, what it does not know is EINVAL.
WINDOWS: dict[int, str] = {
    2: NAMES["ENOENT"],  # FILE_NOT_FOUND
    3: NAMES["ENOENT"],  # PATH_NOT_FOUND
    4: NAMES["EMFILE"],  # TOO_MANY_OPEN_FILES
    5: NAMES["EACCES"],  # ACCESS_DENIED
    8: NAMES["ENOMEM"],  # NOT_ENOUGH_MEMORY
    14: NAMES["ENOMEM"],  # OUTOFMEMORY
    15: "没有这个盘",  # INVALID_DRIVE
    17: NAMES["EXDEV"],  # NOT_SAME_DEVICE
    19: "磁盘有写保护",  # WRITE_PROTECT
    21: "设备没有准备好",  # NOT_READY
    23: NAMES["EIO"],  # CRC
    32: NAMES["EBUSY"],  # SHARING_VIOLATION
    33: NAMES["EBUSY"],  # LOCK_VIOLATION
    39: NAMES["ENOSPC"],  # HANDLE_DISK_FULL
    50: NAMES["ENOTSUP"],  # NOT_SUPPORTED
    53: "找不到存放共享文件夹的电脑",  # BAD_NETPATH
    55: NAMES["ENODEV"],  # DEV_NOT_EXIST
    59: NAMES["ECONNRESET"],  # UNEXP_NET_ERR
    64: NAMES["ECONNRESET"],  # NETNAME_DELETED
    65: NAMES["EACCES"],  # NETWORK_ACCESS_DENIED
    67: "没有这个共享文件夹",  # BAD_NET_NAME
    80: NAMES["EEXIST"],  # FILE_EXISTS
    87: NAMES["EINVAL"],  # INVALID_PARAMETER
    109: NAMES["EPIPE"],  # BROKEN_PIPE
    112: NAMES["ENOSPC"],  # DISK_FULL
    121: NAMES["ETIMEDOUT"],  # SEM_TIMEOUT
    123: "名称无效",  # INVALID_NAME
    126: "缺少它要用的文件",  # MOD_NOT_FOUND
    145: NAMES["ENOTEMPTY"],  # DIR_NOT_EMPTY
    170: NAMES["EBUSY"],  # BUSY
    183: NAMES["EEXIST"],  # ALREADY_EXISTS
    193: NAMES["ENOEXEC"],  # BAD_EXE_FORMAT
    206: NAMES["ENAMETOOLONG"],  # FILENAME_EXCED_RANGE
    225: "被杀毒软件拦下",  # VIRUS_INFECTED
    226: "被杀毒软件删除",  # VIRUS_DELETED
    267: NAMES["ENOTDIR"],  # DIRECTORY
    433: NAMES["ENODEV"],  # NO_SUCH_DEVICE
    1117: NAMES["EIO"],  # IO_DEVICE
    1167: "设备已断开",  # DEVICE_NOT_CONNECTED
    1224: NAMES["EBUSY"],  # USER_MAPPED_FILE
    1231: NAMES["ENETUNREACH"],  # NETWORK_UNREACHABLE
    1295: NAMES["EDQUOT"],  # DISK_QUOTA_EXCEEDED
    1314: NAMES["EACCES"],  # PRIVILEGE_NOT_HELD
    1326: "用户名或密码不对",  # LOGON_FAILURE
    1450: NAMES["ENOMEM"],  # NO_SYSTEM_RESOURCES
    10013: "端口被系统保留，或正被其他程序独占",  # WSAEACCES, whose errno is that of files
    10022: NAMES["EINVAL"],  # WSAEINVAL
    10024: NAMES["EMFILE"],  # WSAEMFILE
}

# socket.gaierror: EAI_NONAME, EAI_AGAIN, EAI_FAIL and EAI_NODATA of Linux and of Windows.
RESOLVER: dict[int, str] = {
    **dict.fromkeys((-2, -5, 11001, 11004), "找不到这个主机名"),
    **dict.fromkeys((-3, -4, 11002, 11003), "域名服务器没有回应"),
}

# What Python's own libraries raise without a number, and with English words.
WITHOUT_NUMBER: tuple[tuple[type[OSError], str], ...] = (
    (TimeoutError, NAMES["ETIMEDOUT"]),  # a socket's own limit
    (ConnectionError, NAMES["ECONNRESET"]),  # http.client's RemoteDisconnected
)

# https://www.sqlite.org/rescode.html, the primary codes.
SQLITE: dict[int, str] = {
    1: "内容与本版本不符",  # ERROR: no such table or column
    3: NAMES["EACCES"],  # PERM
    5: NAMES["EBUSY"],  # BUSY
    6: NAMES["EBUSY"],  # LOCKED
    7: NAMES["ENOMEM"],  # NOMEM
    8: "文件或所在的文件夹只读",  # READONLY
    10: NAMES["EIO"],  # IOERR
    11: "文件已损坏",  # CORRUPT
    13: NAMES["ENOSPC"],  # FULL
    14: "路径不对，或没有权限",  # CANTOPEN
    19: "数据重复或不完整",  # CONSTRAINT
    23: NAMES["EACCES"],  # AUTH
    26: "不是数据库文件",  # NOTADB
}


def reason(error: Exception) -> str:
    """Return why: of an OSError or sqlite3.Error in Chinese, else in the words that it came with.

    What no table has is the system's own text with its number, so that it can be looked up.
    """
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return SQLITE.get(sqlite_code & 0xFF) or f"数据库错误 {sqlite_code}：{error}"
    number = getattr(error, "errno", None)
    if number is None:
        known = (words for kind, words in WITHOUT_NUMBER if isinstance(error, kind))
        return next(known, "") or str(error) or type(error).__name__
    windows = getattr(error, "winerror", None)
    if windows is None and sys.platform == "win32" and number == errno.EACCES:
        return _UNCLEAR_REFUSAL
    return _by_number(number, windows) or f"系统错误 {windows or number}：{getattr(error, 'strerror', '')}"


def _by_number(number: int, windows: int | None) -> str | None:
    """Return a table's words; a socket's number is its own name's on either system, whoever reports it."""
    if windows is not None and windows in WINDOWS:
        return WINDOWS[windows]
    if windows is not None and windows != number:
        return None  # errno is a guess there
    return RESOLVER.get(number) or NAMES.get(errno.errorcode.get(number, "").removeprefix("WSA"))
