"""The C parts of libVirtualCardChk.so built with AddressSanitizer and UBSan by gcc, and a program to drive them.

AddressSanitizer refuses RTLD_DEEPBIND, so this build leaves it out and is driven from C, where no other Python is.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from native import compile as compiler
from native import messages
from native.buildkit import assemble, targets, toolchains
from native.core import embedding

FLAGS = ["-O1", "-g", "-fPIC", "-D_GNU_SOURCE", "-DVCCHK_NO_DEEPBIND", "-pthread", "-fno-omit-frame-pointer",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]  # fmt: skip
# Python keeps its objects to the end; a breach ends the program with a code of its own.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:exitcode=99:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


def _gcc(*arguments: str | Path) -> None:
    done = subprocess.run(
        [toolchains.gcc(), *FLAGS, compiler.definition_of_release(), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def rebuild(folder: Path) -> None:
    """Replace the shim and the core in ``folder``, a copy of dist/linux, by sanitized ones."""
    runtime = folder / compiler.runtime_name()
    work = folder / "sanitized"
    work.mkdir()
    (work / "messages.h").write_text(messages.header(compiler.runtime_name()), "ascii")
    generated = embedding.emit(work / "embedding.c")
    target = targets.TABLE["linux"]
    for old in (folder / target.dll, runtime / target.core):
        old.unlink()  # hard links to the built ones
    shared = ("-shared", "-fvisibility=hidden", f"-I{work}")
    _gcc(*shared, *compiler.sources("shim", "linux"), "-ldl", "-o", folder / target.dll)
    _gcc(
        *shared, "-I", assemble.headers(target), *compiler.sources("core", "linux"), generated,
        runtime / "libvcchkp311.so", "-Wl,-rpath,$ORIGIN", "-ldl", "-o", runtime / target.core,
    )  # fmt: skip


def program(source: Path, out: Path) -> Path:
    """Compile a program that has AddressSanitizer in it; returns ``out``."""
    _gcc(source, "-ldl", "-o", out)
    return out
