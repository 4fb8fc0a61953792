"""Compile the native side with `python -m ziglang cc`: no root, no Visual Studio, the same bytes twice.

The builder calls these functions (native/README.md); there is no command line. `target` is one of `TARGETS`. Every
function returns the path of the file it made and raises CompileError with the compiler's output otherwise.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from native import messages, pe, resource
from native.core import embedding
from vcchk.records.folder import SDDL

HERE = Path(__file__).resolve().parent
HOST_PROGRAMS = HERE.parent / "tests" / "hosts" / "programs"
PROJECT = HERE.parent

TARGETS: dict[str, str] = {
    "win32": "x86-windows-gnu",
    "win64": "x86_64-windows-gnu",
    "linux": "x86_64-linux-gnu.2.31",
}
"""Our name → the compiler's; glibc 2.31 is Debian 11's, older than any kiosk that runs Python 3.11."""

_COMMON = (
    "-O2", "-g0", "-Wall", "-Wextra", "-Werror", "-fno-ident", "-fno-sanitize=all", "-fstack-protector-strong",
)  # fmt: skip
_WINDOWS = ("-U_WIN32_WINNT", "-D_WIN32_WINNT=0x0601", "-UWINVER", "-DWINVER=0x0601", "-DUNICODE", "-D_UNICODE")
_LINUX = ("-fPIC", "-fvisibility=hidden", "-D_GNU_SOURCE", "-pthread")
_PROCESSOR = {
    # Hosts align the stack to 4 bytes; the oldest till that runs Windows 7 has SSE2.
    "win32": ("-mstackrealign", "-march=pentium4"),
    "win64": ("-march=x86_64",),
    "linux": ("-march=x86_64",),
}


class CompileError(Exception):
    """The compiler refused; its output is the message."""


def _is_windows(target: str) -> bool:
    return target in ("win32", "win64")


def version() -> str:
    """Return the package's version, as pyproject.toml has it."""
    for line in (PROJECT / "pyproject.toml").read_text("utf-8").splitlines():
        if line.startswith("version = "):
            return line.split('"')[1]
    raise CompileError("pyproject.toml has no version")


def definition_of_release() -> str:
    """Return the compiler's option that tells C the release."""
    return f'-DVCCHK_RELEASE="{version()}"'


def runtime_name() -> str:
    """Return the name of this release's runtime folder, as core_api.h has it."""
    return f"vcchk_runtime-{version()}"


def zig(*arguments: str | Path) -> None:
    """Run ziglang's own program, with the cache in .cache/zig. Raises CompileError."""
    environment = dict(os.environ)
    environment.setdefault("ZIG_GLOBAL_CACHE_DIR", str(PROJECT / ".cache" / "zig"))
    environment.setdefault("ZIG_LOCAL_CACHE_DIR", environment["ZIG_GLOBAL_CACHE_DIR"])
    environment["SOURCE_DATE_EPOCH"] = "0"
    command = [sys.executable, "-m", "ziglang", *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _cc(target: str, out: Path, *arguments: str | Path) -> Path:
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    options = [*_COMMON, f"-ffile-prefix-map={HERE}=native", *(_WINDOWS if _is_windows(target) else _LINUX)]
    options.append(definition_of_release())
    with tempfile.TemporaryDirectory() as folder:
        # The linker leaves import libraries and .pdb's beside its output: only the file itself is kept.
        made = Path(folder) / out.name
        zig("cc", "-target", TARGETS[target], *options, *_PROCESSOR[target], "-s", *arguments, "-o", made)
        data = made.read_bytes()
        if _is_windows(target):
            image = pe.Image(data)
            image.set_timestamp(0)
            if target == "win32" and out.suffix == ".dll":
                image.set_no_seh()  # C without __try; a program's start code does install a handler
            image.mend_checksum()
            data = bytes(image.data)
        out.write_bytes(data)
        out.chmod(0o755)
    return out


def _resource(work: Path, file_name: str, description: str) -> Path:
    """Write the resources of one file; returns the .res."""
    result = work / "resources.res"
    result.write_bytes(resource.resources(file_name, description, version()))
    return result


def _system_headers() -> Path:
    """The Windows headers inside ziglang, which `-nostdlib` hides together with the library."""
    import ziglang

    return Path(ziglang.__file__).parent / "lib" / "libc" / "include" / "any-windows-any"


def _bare() -> tuple[str | Path, ...]:
    """Options of a DLL without a C library: it imports kernel32 alone."""
    return (
        "-shared", "-nostdlib", "-isystem", _system_headers(), "-fno-builtin",
        # zig refuses a stack protector without a C library; ours has the two symbols it needs (shim/dllmain_win.c).
        "-fno-stack-protector", "-Xclang", "-stack-protector", "-Xclang", "2",
        "-Wl,-e,DllMainCRTStartup",
    )  # fmt: skip


def _write_messages(work: Path) -> None:
    (work / "messages.h").write_text(messages.header(runtime_name()), "ascii")


def sources(part: str, target: str) -> list[Path]:
    """Return the C files of native/``part`` for ``target``: all but those named for the other system."""
    other = "_linux" if _is_windows(target) else "_win"
    return sorted(path for path in (HERE / part).glob("*.c") if not path.stem.endswith(other))


def build_shim(target: str, out_dir: Path) -> Path:
    """Compile VirtualCardChk.dll or libVirtualCardChk.so."""
    shim = HERE / "shim"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _write_messages(work)
        common: list[str | Path] = [f"-I{work}", *sources("shim", target)]
        if _is_windows(target):
            name = "VirtualCardChk.dll"
            return _cc(
                target, Path(out_dir) / name,
                *_bare(), f'-DSTATE_FOLDER_SDDL=L"{SDDL}"', *common,
                shim / f"VirtualCardChk.{target}.def", _resource(work, name, "Electronic health card interface"),
                "-lkernel32",
            )  # fmt: skip
        return _cc(
            target, Path(out_dir) / "libVirtualCardChk.so",
            "-shared", "-Wl,-soname,libVirtualCardChk.so", *common, "-ldl",
        )  # fmt: skip


def build_core(target: str, out_dir: Path, *, include_dir: Path, python_library: Path) -> Path:
    """Compile vcchk_core.dll or libvcchk_core.so.

    ``include_dir`` holds Python.h of a CPython 3.11 of any system; ``python_library`` is the renamed vcchkp311.dll or
    libvcchkp311.so, which the core imports by its file name.
    """
    core = HERE / "core"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _write_messages(work)
        generated = embedding.emit(work / "embedding.c")
        common: list[str | Path] = [
            *sources("core", target),
            generated,
            "-Wno-unused-parameter",
            "-Wno-missing-field-initializers",
        ]
        python_h = ("-I", include_dir)
        if _is_windows(target):
            name = "vcchk_core.dll"
            return _cc(
                target, Path(out_dir) / name,
                "-shared", "-include", core / "windows" / "pyconfig_windows.h", "-I", core / "windows", *python_h,
                *common, core / "vcchk_core.def", _import_library(target, work, python_library),
                _resource(work, name, "Electronic health card core"),
            )  # fmt: skip
        return _cc(
            target, Path(out_dir) / "libvcchk_core.so",
            "-shared", "-Wl,-soname,libvcchk_core.so", "-Wl,-rpath,$ORIGIN", *python_h, *common,
            python_library, "-ldl", "-pthread",
        )  # fmt: skip


def _import_library(target: str, work: Path, library: Path) -> Path:
    """Make an import library from a DLL's own export table."""
    definition, result = work / "python.def", work / "python.lib"
    exported = pe.Image(Path(library).read_bytes()).exports()
    lines = [f'LIBRARY "{Path(library).name}"', "EXPORTS"]
    lines += [f"    {name}" for name in sorted(exported)]
    definition.write_text("\n".join(lines) + "\n", "ascii")
    zig("dlltool", "-m", {"win32": "i386", "win64": "i386:x86-64"}[target], "-d", definition, "-l", result)
    return result


def build_winpath(target: str, out_dir: Path) -> Path:
    """Compile the three PathCch functions that Windows 7 lacks, under their private DLL name (Windows targets)."""
    folder = HERE / "winpath"
    return _cc(
        target, Path(out_dir) / pe.PRIVATE_NAMES["api-ms-win-core-path-l1-1-0.dll"], *_bare(), folder / "winpath.c",
        HERE / "shim" / "dllmain_win.c", folder / f"winpath.{target}.def", "-lkernel32",
    )  # fmt: skip


def build_host(target: str, out_file: Path) -> Path:
    """Compile the script host, tests/hosts/programs/host.c."""
    libraries = ("-lshell32", "-lpsapi", "-luser32") if _is_windows(target) else ("-ldl", "-pthread")
    return _cc(target, out_file, HOST_PROGRAMS / "host.c", *libraries)


def build_launcher(target: str, out_dir: Path) -> Path:
    """Compile vcchk.exe or vcchk, which runs the command line on the runtime beside it."""
    launcher = HERE / "launcher"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _write_messages(work)
        if not _is_windows(target):
            return _cc(target, Path(out_dir) / "vcchk", f"-I{work}", launcher / "launcher_linux.c", "-ldl")
        return _cc(
            target, Path(out_dir) / "vcchk.exe",
            f"-I{work}", launcher / "launcher_win.c", launcher / "streams_win.c",
            _resource(work, "vcchk.exe", "Electronic health card command line"), "-lshell32",
        )  # fmt: skip


def build_python_exe(target: str, out_file: Path, *, python_library: Path) -> Path:
    """Compile a python.exe that imports ``python_library`` (python311.dll or libpython3.11.so) by its file name."""
    source = HERE / "launcher" / "python.c"
    if not _is_windows(target):
        return _cc(target, out_file, source, python_library, "-Wl,-rpath,$ORIGIN")
    with tempfile.TemporaryDirectory() as work:
        return _cc(target, out_file, "-municode", source, _import_library(target, Path(work), python_library))


def build_program(target: str, out_file: Path, *arguments: str | Path) -> Path:
    """Compile a plain program, or with ``-shared`` a plain library: sources, libraries and options of the compiler."""
    return _cc(target, out_file, *arguments)
