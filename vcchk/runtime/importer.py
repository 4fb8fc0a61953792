"""Imports what stands in the runtime's archives; installed by the core before anything else of vcchk is imported.

Python's own zipimport opens an archive anew for every module, after PathFinder has asked the file system about it:
under Wine that is a millisecond a module, a third of a host's first call. Worse, it goes on with the index it read
first: an archive that was replaced under a running HIS is read at the wrong places, and `marshal` on foreign bytes can
end the process. Here an archive is opened once and held. On Windows nobody else can open it for writing meanwhile; what
was changed all the same (Linux, some network shares) is seen before each read by size and time, and by the checksum of
what was read: the answer is then 8009 请重启 HIS.

The build (native/buildkit/bytecode.py) gives each archive an index as its first entry. In core.zip the modules of a
first call stand right behind it: they are read with it in one piece, the others when they are asked for. The archives
stay ordinary zips, which zipimport reads where this finder is not installed.
"""

from __future__ import annotations

import sys
from _frozen_importlib import ModuleSpec
from _io import FileIO
from _thread import allocate_lock
from binascii import crc32
from marshal import loads
from os import fstat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any

INDEX = "vcchk/index"
"""Name of the archive's first entry: 4 bytes size of the index, 4 bytes size of the front (both little-endian; counted
from behind these 8), then {name: (place of its bytes in the archive, size, CRC-32 of these bytes, flags)}, marshalled.
A module's name has dots; a data file's is its path with a "/" before it.
"""
INDEX_AT = 30 + len(INDEX)
"""Where that entry's data begin: behind a zip's local header and the name."""
PACKAGE, DEFLATED, NAMESPACE = 1, 2, 4
"""Flags of an entry: a module that is a package; bytes that are compressed (raw deflate); a package without code."""
PYC_HEADER = 16
"""Bytes before a module's code in its entry. What is stored uncompressed is read without them."""

_SEPARATOR = "\\" if sys.platform == "win32" else "/"


class ReplacedError(Exception):
    """An archive was replaced after this process had opened it. ``sentence``: what the HIS's user reads."""

    sentence = "vcchk 的文件在程序运行中被替换，请重启 HIS（本程序）后再试"


class Archive:
    """A zip of ours, opened once and held. Raises OSError, EOFError and ValueError for a file that is none."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = _open_held(path)
        self._lock = allocate_lock()
        self._state = self._size_and_time()
        self._front = memoryview(b"")
        self._front_at = INDEX_AT + 8
        self._entries: dict[str, tuple[int, int, int, int]] | None = None

    def _size_and_time(self) -> tuple[int, int]:
        state = fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns

    def _read(self, at: int, size: int) -> bytes:
        with self._lock:  # several threads may import at once
            if self._size_and_time() != self._state:
                raise ReplacedError(f"{self.path} has another size or time than when it was opened")
            self._file.seek(at)
            return self._file.read(size)

    def entries(self) -> dict[str, tuple[int, int, int, int]]:
        """Return the index, read when it is first asked for. Raises ReplacedError."""
        if self._entries is None:
            sizes = self._read(INDEX_AT, 8)
            index_size = int.from_bytes(sizes[:4], "little")
            self._front = memoryview(self._read(self._front_at, int.from_bytes(sizes[4:], "little")))
            self._entries = loads(self._front[:index_size])  # noqa: S302 - our own
        return self._entries

    def bytes_of(self, name: str) -> bytes | memoryview:
        """Return an entry's bytes, a module's without its header. Raises KeyError and ReplacedError."""
        at, size, checksum, flags = self.entries()[name]
        start = at - self._front_at
        data: bytes | memoryview
        if start + size <= len(self._front):
            data = self._front[start : start + size]
        else:
            data = self._read(at, size)
            if crc32(data) != checksum:
                raise ReplacedError(f"{self.path}: the bytes of {name} are not those of its index")
        if flags & DEFLATED:
            from zlib import decompress

            data = memoryview(decompress(data, -15))
            return data if name[0] == "/" else data[PYC_HEADER:]
        return data


def _open_held(path: str) -> FileIO:
    """Open ``path`` so that nobody else can write, replace or delete it on Windows; marked as in use on Linux."""
    if sys.platform == "win32":
        import msvcrt
        from _winapi import GENERIC_READ, NULL, OPEN_EXISTING, CreateFile

        share_read = 1
        try:
            handle = CreateFile(path, GENERIC_READ, share_read, NULL, OPEN_EXISTING, 0, NULL)
        except PermissionError:
            return FileIO(path)  # a virus scanner has it open for writing: better served unguarded than not at all
        return FileIO(msvcrt.open_osfhandle(handle, 0))
    file = FileIO(path)
    try:
        from fcntl import LOCK_NB, LOCK_SH, flock

        flock(file, LOCK_SH | LOCK_NB)  # `vcchk setup` keeps a runtime folder that somebody holds
    except (ImportError, OSError):
        pass
    return file


class Finder:
    """Finder and loader of one archive's modules."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return where ``name`` comes from, None when it is not in the archive. Raises ReplacedError."""
        entry = self._archive.entries().get(name)
        if entry is None:
            return None
        folder = f"{self._archive.path}{_SEPARATOR}{name.replace('.', _SEPARATOR)}"
        if entry[3] & NAMESPACE:
            namespace = ModuleSpec(name, None, is_package=True)
            namespace.submodule_search_locations = [folder]
            return namespace
        loader: Any = self  # a loader by what it does
        is_package = bool(entry[3] & PACKAGE)
        spec = ModuleSpec(name, loader, origin=f"{folder}{_SEPARATOR}__init__.pyc" if is_package else f"{folder}.pyc")
        spec.has_location = True
        spec.cached = spec.origin  # else Python works out a path of its own
        if is_package:
            spec.submodule_search_locations = [folder]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave the making of the module to Python."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code in it. Raises ReplacedError."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - what a loader is for

    def get_code(self, name: str) -> CodeType:
        """Return the module's code; `runpy` asks for it, too. Raises KeyError and ReplacedError."""
        return loads(self._archive.bytes_of(name))  # type: ignore[no-any-return]  # noqa: S302 - our own

    def get_data(self, path: str) -> bytes:
        """Return a data file by its path: the archive's, then the file's in it. Raises OSError and ReplacedError."""
        name = path[len(self._archive.path) :].replace("\\", "/")
        if not path.startswith(self._archive.path) or name not in self._archive.entries():
            raise FileNotFoundError(2, "not in the archive", path)
        return bytes(self._archive.bytes_of(name))

    def get_resource_reader(self, name: str) -> Any:
        """Return what `importlib.resources` reads a package's files with."""
        from importlib.readers import ZipReader
        from types import SimpleNamespace

        parent = name.rpartition(".")[0]
        prefix = parent.replace(".", "/") + "/" if parent else ""
        loader: Any = SimpleNamespace(archive=self._archive.path, prefix=prefix)
        return ZipReader(loader, name)

    def get_source(self, name: str) -> str | None:
        """Return None: the runtime carries no sources (linecache asks)."""
        return None

    def is_package(self, name: str) -> bool:
        """Tell whether ``name`` is a package; `runpy` asks. Raises KeyError and ReplacedError."""
        return bool(self._archive.entries()[name][3] & PACKAGE)


def install() -> None:
    """Serve core.zip before all other finders and tools.zip after them. Raises OSError and ValueError.

    The core names core.zip, the runtime folder (extension modules) and tools.zip in ``sys.path``; the folder alone
    stays there, so that zipimport never reads the archives.
    """
    if len(sys.path) == 1:
        return  # the core repeats a start that failed further on
    core, folder, tools = sys.path
    finder = Finder(Archive(core))
    finder.is_package("vcchk")  # reads the index: a file that is no archive of ours fails the start, not a later call
    sys.meta_path.insert(0, finder)
    try:
        sys.meta_path.append(Finder(Archive(tools)))
    except OSError:
        pass  # a virus scanner took it away: plain transactions do without
    sys.path[:] = [folder]
