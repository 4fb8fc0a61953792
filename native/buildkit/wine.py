"""Wine: where the Windows programs run on Debian. A prefix of the project's own, made once, kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import apt, places, shell, targets
from .progress import BuildError
from .stamps import Stamp

LOG = "wine"
LOCALE = "zh_CN.UTF-8"
LOCALES = places.CACHE / "locale"
# The locale decides Windows' ANSI code page: Chinese gives 936, as hospitals have it. It must really exist, or else
# Wine takes file names and command lines for ASCII; one of our own (LOCPATH) needs no change of the machine.
ENVIRONMENT = {
    "WINEPREFIX": str(places.WINE_PREFIX),
    "WINEDEBUG": "-all",
    "LC_ALL": LOCALE,
    "LANG": LOCALE,
    "LOCPATH": str(LOCALES),
}


def locale() -> str:
    """Compile the Chinese locale from glibc's own sources (Debian's package locales, unpacked); returns a note."""
    folder = LOCALES / LOCALE
    if (folder / "LC_CTYPE").is_file():
        return "already there"
    sources = Path("/usr/share/i18n")
    if not (sources / "locales" / "zh_CN").is_file():
        apt.unpack(["locales"], places.CACHE / "debian", "the Chinese locale's sources")
        sources = places.CACHE / "debian" / "usr" / "share" / "i18n"
    LOCALES.mkdir(parents=True, exist_ok=True)
    # -c: go on after warnings; what counts is whether the files are there.
    command: list[str | Path] = ["localedef", "-c", "-i", "zh_CN", "-f", "UTF-8", folder]
    shell.run(command, log=LOG, what="Compiling the Chinese locale", env={"I18NPATH": str(sources)}, check=False)
    if not (folder / "LC_CTYPE").is_file():
        raise BuildError(f"localedef made no Chinese locale; see {places.LOGS / LOG}.log")
    return "compiled"


def install(bits: int) -> str:
    """Debian's Wine for programs of `bits`; returns a note. Raises BuildError that says what to do."""
    if bits == 64:
        return apt.install(["wine", "wine64"], "64-bit Windows programs run under it")
    return apt.install(["wine", "wine64", "wine32:i386"], "32-bit Windows programs run under it")


def available(bits: int) -> bool:
    """True when Wine for programs of `bits` is installed."""
    return not apt.missing(["wine32:i386" if bits == 32 else "wine64"]) if apt.usable() else bool(shutil.which("wine"))


def prefix() -> str:
    """Make the prefix once, as Windows 10; returns a note."""
    stamp = Stamp(places.WINE_PREFIX / "vcchk.stamp", "win10, with" + ("" if available(32) else "out") + " 32 bit")
    if stamp.fresh:
        return "already there"
    if places.WINE_PREFIX.exists():  # made by a Wine of another kind, or cut off half-way
        shutil.rmtree(places.WINE_PREFIX)
    places.CACHE.mkdir(exist_ok=True)
    run(["wineboot", "-i"], what="Making the Wine prefix", seconds=300)
    run(["winecfg", "-v", "win10"], what="Setting Wine to Windows 10", seconds=120)
    shell.run(["wineserver", "-w"], log=LOG, what="Writing the Wine prefix", env=ENVIRONMENT, seconds=60)
    if not (places.WINE_PREFIX / "system.reg").is_file():
        raise BuildError(f"Wine made no prefix; see {places.LOGS / LOG}.log")
    stamp.set()
    return "made"


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    what: str,
    seconds: float,
    env: dict[str, str] | None = None,
    log: str = LOG,
) -> None:
    """Run a Windows program to its end under Wine (or as it is, on Windows). Raises BuildError when it fails."""
    shell.run([*prefixed(), *command], log=log, what=what, seconds=seconds, env={**environment(), **(env or {})})


def prefixed() -> list[str]:
    """The words before a Windows program's name on this machine."""
    return [] if targets.on_windows() else ["wine"]


def environment() -> dict[str, str]:
    """What a Windows program's environment needs beyond this process's."""
    return {} if targets.on_windows() else dict(ENVIRONMENT)


def popen(command: Sequence[str | os.PathLike[str]], **options: object) -> subprocess.Popen[bytes]:
    """Start a Windows program; `options` are Popen's."""
    arguments = [os.fspath(part) for part in [*prefixed(), *command]]
    return subprocess.Popen(arguments, env={**os.environ, **environment()}, **options)  # type: ignore[call-overload,no-any-return]


def windows_path(path: Path) -> str:
    """How a Windows program calls `path` (Wine maps the whole file system to drive Z:)."""
    return str(path) if targets.on_windows() else "Z:" + str(path).replace("/", "\\")


def host_path(text: str) -> Path:
    """The file that a Windows program calls `text`."""
    if targets.on_windows():
        return Path(text)
    if text[:2].lower() != "z:":
        raise BuildError(f"{text} is not on Wine's drive Z:")
    return Path(text[2:].replace("\\", "/"))
