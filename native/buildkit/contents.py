"""What of PyInstaller's findings goes where in the runtime folder: tables, and the choice by them."""

from __future__ import annotations

# What a VirtualCardTrans without devices imports, directly or not (docs/architecture.md, "The call path is short on
# purpose"). Everything these import at module level goes into core.zip, and so does every module of ours that a call
# may need later; what people start goes into tools.zip.
CORE_SEEDS = [
    "vcchk.entry.callbacks", "vcchk.transaction.sequence", "vcchk.network.gateway", "vcchk.network.http1",
    "vcchk.records.journal", "vcchk.records.log", "vcchk.records.masking", "vcchk.settings", "vcchk.base.errors",
    "vcchk.wire", "vcchk.wire.codec", "vcchk.crypto.engine", "vcchk.specification",
    "encodings", "json", "re", "threading", "warnings", "weakref",
]  # fmt: skip

OUR_TOOLS = {"cli", "dialects", "doctor", "kiosk", "sandbox", "setup", "testing", "web"}
"""Packages of vcchk that no exported function needs."""

# Never on the call path, though a library's `try: import` at module level would draw it in.
NEVER_IN_CORE = {
    "dataclasses", "typing", "inspect", "logging", "email", "http", "urllib", "pathlib", "configparser", "ctypes",
    "subprocess", "traceback", "ssl", "requests", "urllib3", "decimal", "uuid", "random", "importlib.resources",
    "argparse", "ast", "dis", "asyncio", "multiprocessing", "concurrent", "unittest", "gmssl", "Cryptodome", "pkgutil",
}  # fmt: skip

# Of these what every first call imports, in one piece at the start of core.zip: what `FRONT_SEEDS` import at module
# level. (What a first call really imports is recorded in tests/speed.)
FRONT_SEEDS = ["vcchk.entry.callbacks", "vcchk.crypto._evp", "encodings.gb18030", "functools"]
FRONT_DATA = [
    "vcchk/base/return_codes.tsv",
    "vcchk/specification/data/tables.tsv",
    *(f"vcchk/specification/data/tables/{name}.tsv" for name in ("common", "A4.3", "B4.2", "A4.1", "B4.1")),
    *(f"vcchk/specification/data/dictionaries/{name}.tsv" for name in ("treatments", "departments")),
]
"""Data files that a first call reads; verify and registration are what most hosts begin with."""
NEVER_IN_FRONT = NEVER_IN_CORE | {"json", "re", "threading", "hashlib", "warnings", "weakref"}

# Character sets of no hospital of ours; PyInstaller's hook takes all of them.
ENCODINGS = {
    "aliases", "ascii", "charmap", "cp1252", "cp437", "cp936", "gb18030", "gb2312", "gbk", "hz", "idna", "latin_1",
    "iso8859_1", "mbcs", "oem", "punycode", "raw_unicode_escape", "unicode_escape", "utf_16", "utf_16_be", "utf_16_le",
    "utf_32", "utf_32_be", "utf_32_le", "utf_7", "utf_8", "utf_8_sig", "undefined", "hex_codec", "base64_codec",
}  # fmt: skip

# Modules that are inside the library, or whose only use is the interpreter's interactive side, Unix build facts, or
# another system.
MODULES_LEFT_OUT = {
    # frozen into the Python library itself
    "abc", "codecs", "io", "_collections_abc", "_sitebuiltins", "genericpath", "ntpath", "posixpath", "os", "site",
    "stat", "zipimport", "importlib._bootstrap", "importlib._bootstrap_external",
    "pydoc_data", "_aix_support", "_osx_support", "_bootsubprocess", "_sysconfigdata__linux_x86_64-linux-gnu",
    "_pydecimal", "_pyio", "pdb", "turtle", "this", "antigravity", "pip", "_distutils_hack", "pywintypes", "win32com",
    "serial.serialcli", "serial.serialjava", "serial.tools.list_ports_osx", "urllib3.contrib.emscripten",
    "urllib3.contrib.pyopenssl", "urllib3.contrib.socks", "urllib3.http2.connection", "click.testing", "flask.testing",
    # a plugin for pytest, which is not there
    "vcchk.testing",
    "xml.parsers", "xml.sax.expatreader", "xml.dom", "xml.etree",
}  # fmt: skip

# Extension modules with a pure-Python twin that serves as well, libraries that Windows or every Linux has, and parts
# of Pillow for other formats.
BINARIES_LEFT_OUT = (
    "markupsafe/", "cryptography/", "yaml/",
    "api-ms-win-", "ucrtbase.dll", "tcl86t.dll", "tk86t.dll", "_tkinter", "_msi.", "winsound.", "_overlapped.",
    "_uuid.", "_zoneinfo.", "_asyncio.", "_multiprocessing.", "_elementtree.", "_testcapi", "_posixshmem.",
    "_lzma.", "_bz2.", "pyexpat.", "readline.", "_curses", "_dbm", "_gdbm", "_crypt.", "nis.", "ossaudiodev", "spwd.",
    "audioop.", "_codecs_jp.", "_codecs_kr.", "_codecs_hk.", "_codecs_tw.", "_codecs_iso2022.",
    "liblzma.so", "libbz2.so", "libreadline", "libtinfo", "libuuid", "libgcc_s", "libstdc++", "libncurses", "libdb-",
    "libgdbm", "libnsl", "libtirpc", "libcrypt.so",
    "PIL/_webp", "PIL/_avif", "PIL/_imagingtk", "PIL/_imagingcms", "PIL/_imagingmath", "PIL/_imagingmorph",
    "libavif-", "liblcms2-",
)  # fmt: skip

# Of pycryptodomex the ciphers that a wire profile can name (AES, DES, 3DES) and what these load by name.
CRYPTODOME_BINARIES = {
    "_raw_ecb", "_raw_cbc", "_raw_ctr", "_raw_cfb", "_raw_ofb", "_raw_aes", "_raw_aesni", "_raw_des", "_raw_des3",
    "_raw_ocb", "_ghash_portable", "_ghash_clmul", "_strxor", "_cpuid_c", "_BLAKE2s", "_SHA1", "_SHA256", "_MD5",
}  # fmt: skip


# Of Pillow the drawing and the two formats of labels and screens; the rest are formats of other people.
PILLOW_PLUGINS = {"PIL.PngImagePlugin", "PIL.BmpImagePlugin"}
PILLOW_LEFT_OUT = {
    "PIL.PdfParser", "PIL.ImageShow", "PIL.ImageQt", "PIL.ImageTk", "PIL._tkinter_finder", "PIL.features",
    "PIL.ImageCms", "PIL.ImageGrab", "PIL.ImageMath", "PIL.ImageMorph", "PIL.ImageStat",
}  # fmt: skip


def wanted_module(name: str) -> bool:
    """Whether a pure-Python module goes into the runtime."""
    parts = name.split(".")
    if parts[0] == "encodings":
        return len(parts) == 1 or parts[1] in ENCODINGS
    if parts[0] == "PIL":
        return name in PILLOW_PLUGINS or not (name.endswith("Plugin") or name in PILLOW_LEFT_OUT)
    return not any(".".join(parts[:depth]) in MODULES_LEFT_OUT for depth in range(1, len(parts) + 1))


def wanted_binary(name: str) -> bool:
    """Whether a binary (its name in the runtime, with /) goes there."""
    if name.startswith("Cryptodome/"):
        return name.rpartition("/")[2].split(".")[0] in CRYPTODOME_BINARIES
    return not any(name.startswith(start) or name.rpartition("/")[2].startswith(start) for start in BINARIES_LEFT_OUT)
