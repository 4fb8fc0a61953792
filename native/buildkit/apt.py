"""Debian packages: what is missing is installed, 32-bit Wine included, where the machine's archives allow it.

Two faults of real mirrors are provided for. An index of one archive may not match its Release file, so that
`apt-get update` exits 100 while everything else is in order. And where the i386 index of the security archive is
missing, amd64 libraries come from security and i386 ones from the main archive in another version: multi-arch
libraries must be of one version, so 32-bit Wine is uninstallable ("held broken packages"). The second way below
leaves the security archive out, for this one installation, by apt lists of our own.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

from . import places, shell
from .progress import BuildError

QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
INSTALL = ["install", "-y", "--no-install-recommends"]
LOG = "apt"


def usable() -> bool:
    """True on a machine with apt and dpkg."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg-query") is not None


def missing(packages: list[str]) -> list[str]:
    """Those of `packages` (names, or name:architecture) that are not installed, nor provided by one that is.

    (The nodejs package of Node's own archive holds npm, and cannot be beside Debian's package of that name.)
    """
    lacking = [name for name in packages if not _installed(name)]
    provided = _provided() if lacking else set()
    return [name for name in lacking if name not in provided]


def _installed(name: str) -> bool:
    return shell.output(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", name]).startswith("ii")


def _provided() -> set[str]:
    """The names that installed packages provide beside their own (`name`, or `name (= version)`)."""
    rows = shell.output(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}:${Provides}\\n"]).splitlines()
    names = [name for row in rows if row.startswith("ii") for name in row.partition(":")[2].split(",")]
    return {words[0] for name in names if (words := name.split())}


_updated = False
_one_at_a_time = threading.RLock()  # apt's own lock makes a second apt-get fail rather than wait


def update() -> None:
    """`apt-get update`, once a run. Its failure is no end: one index out of step leaves the others usable."""
    global _updated
    with _one_at_a_time:
        if not _updated:
            shell.run(["apt-get", "update"], log=LOG, what="apt-get update", env=QUIET, check=False)
            _updated = True


def install(packages: list[str], why: str) -> str:
    """Install what is missing of `packages` (name, or name:architecture, which is added first); returns a note.

    By the first of `_WAYS` that can; what cannot be had together is tried one by one: where 32-bit Wine has taken a
    library of the main archive, what depends on that library must follow it, while other packages stand in the security
    archive alone. Raises BuildError that says what to do.
    """
    wanted = missing(packages)
    if not wanted:
        return "already there"
    _may_install(wanted, why)
    with _one_at_a_time:
        known = shell.output(["dpkg", "--print-foreign-architectures"]).split()
        for architecture in sorted({name.partition(":")[2] for name in wanted} - {"", *known}):
            what = f"Adding the {architecture} architecture"
            shell.run(["dpkg", "--add-architecture", architecture], log=LOG, what=what)
        update()
        note = _install(wanted, why)
        failed = [name for name in wanted if _install([name], why) is None] if note is None else []
    if failed:
        raise BuildError(
            f"{' '.join(failed)} cannot be installed here ({why}): apt finds no consistent set of libraries. See "
            f"{places.LOGS / LOG}.log; `apt-get update` with an index of every configured archive mends it."
        )
    return f"installed {' '.join(wanted)}{', one by one' if note is None else note}"


def _install(wanted: list[str], why: str) -> str | None:
    """Install by the first way that can; returns the way's note, None when there is none."""
    for note, options in _WAYS:
        command = ["apt-get", *options()]
        if _simulated([*command, "-s", *INSTALL, *wanted]):
            what = f"Installing {' '.join(wanted)} ({why})"
            shell.run([*command, *INSTALL, *wanted], log=LOG, what=what, env=QUIET)
            return note
    return None


@cache
def _without_security() -> list[str]:
    private = _private_lists()
    shell.run(["apt-get", *private, "update"], log=LOG, what="apt-get update", env=QUIET, check=False)
    return private


def _with_older_libraries() -> list[str]:
    return [*_without_security(), "--allow-downgrades", *_prefer_main()]


# Note behind what was installed, apt-get's options. Each is proven by a simulation first; none may remove anything.
_WAYS: tuple[tuple[str, Callable[[], list[str]]], ...] = (
    ("", list),  # as the machine is set up
    (", without the security archive", _without_security),
    (", older libraries of the main archive", _with_older_libraries),
)


def _simulated(command: list[str]) -> bool:
    """True when apt would do it without removing anything that is installed."""
    plan = shell.output(command, env=QUIET, seconds=120)
    return bool(plan) and not re.search(r"^Remv ", plan, re.MULTILINE)


def _may_install(packages: list[str], why: str) -> None:
    if not usable():
        raise BuildError(f"{' '.join(packages)} needed ({why}), and this is no Debian: install the like by hand.")
    if os.geteuid() != 0:
        raise BuildError(f"{' '.join(packages)} needed ({why}). As root: apt-get install {' '.join(packages)}")


def _private_lists() -> list[str]:
    """apt options for lists of our own: the machine's own sources less the security archive and third parties'."""
    folder = places.CACHE / "apt"
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text("\n".join(main_archive_lines(Path("/etc/apt"))) + "\n", "utf-8")
    return [
        "-o", f"Dir::Etc::sourcelist={sources}",
        "-o", f"Dir::Etc::sourceparts={folder / 'parts'}",
        "-o", f"Dir::State::lists={folder / 'lists'}",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip


def _prefer_main() -> list[str]:
    preferences = places.CACHE / "apt" / "preferences"
    preferences.write_text("Package: *\nPin: release o=Debian\nPin-Priority: 1001\n", "ascii")
    return ["-o", f"Dir::Etc::preferences={preferences}"]


def main_archive_lines(etc: Path) -> list[str]:
    """One-line sources (`deb [options] URI suite components`) of Debian's main archive, from what `etc` configures.

    Reads sources.list, sources.list.d/*.list (one-line format) and *.sources (deb822). Left out: security suites,
    source packages, third parties' archives (a suite that is not the release's own), disabled entries.
    """
    found: list[str] = []
    one_line = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    for path in one_line:
        if path.is_file():
            found += [text for text in map(str.strip, path.read_text("utf-8").splitlines()) if _main_one_line(text)]
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text("utf-8")):
            found += _deb822_lines(stanza)
    return found


def _main_one_line(text: str) -> bool:
    words = re.sub(r"\[[^]]*\]", " ", text).split()
    return len(words) >= 4 and words[0] == "deb" and _is_release(words[1], words[2])


def _deb822_lines(stanza: str) -> list[str]:
    fields: dict[str, str] = {}
    for text in stanza.splitlines():
        if not text.startswith(("#", " ", "\t")) and ":" in text:
            name, value = text.split(":", 1)
            fields[name.strip().lower()] = value.strip()
    if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
        return []
    signed = fields.get("signed-by", "")
    options = f"[signed-by={signed}] " if signed.startswith("/") else ""
    return [
        f"deb {options}{uri} {suite} {fields.get('components', '')}".rstrip()
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
        if _is_release(uri, suite)
    ]


def _is_release(uri: str, suite: str) -> bool:
    """True for the release's own suite and its point updates; security archives and third parties' are not."""
    codename = _codename()
    return "security" not in uri and suite in (codename, f"{codename}-updates", "stable", "stable-updates")


def _codename() -> str:
    try:
        text = Path("/etc/os-release").read_text("utf-8")
    except OSError:
        return ""
    found = re.search(r"^VERSION_CODENAME=(\S+)", text, re.MULTILINE)
    return found[1].strip('"') if found else ""


def unpack(packages: list[str], into: Path, why: str) -> None:
    """Download Debian packages and unpack them below `into` without installing them; needs no root."""
    if not usable():
        raise BuildError(f"{' '.join(packages)} needed ({why}), and this is no Debian.")
    into.mkdir(parents=True, exist_ok=True)
    if shell.run(["apt-get", "download", *packages], log=LOG, what=why, cwd=into, env=QUIET, check=False):
        update()
        shell.run(
            ["apt-get", "download", *packages], log=LOG, what=f"Downloading {' '.join(packages)} ({why})", cwd=into
        )
    for archive in sorted(into.glob("*.deb")):
        shell.run(["dpkg", "-x", archive, into], log=LOG, what=f"Unpacking {archive.name}")
        archive.unlink()
