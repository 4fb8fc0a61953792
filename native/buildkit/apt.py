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
from pathlib import Path

from . import places, shell
from .say import Trouble

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


def install(packages: list[str], why: str) -> str:
    """Install what is missing of `packages`; returns a note. Raises Trouble that names the command to run by hand."""
    wanted = missing(packages)
    if not wanted:
        return "already there"
    _may_install(wanted, why)
    with _one_at_a_time:
        update()
        shell.run(["apt-get", *INSTALL, *wanted], log=LOG, what=f"Installing {' '.join(wanted)} ({why})", env=QUIET)
    return f"installed {' '.join(wanted)}"


_updated = False
_one_at_a_time = threading.RLock()  # apt's own lock makes a second apt-get fail rather than wait


def update() -> None:
    """`apt-get update`, once a run. Its failure is no end: one index out of step leaves the others usable."""
    global _updated
    with _one_at_a_time:
        if not _updated:
            shell.run(["apt-get", "update"], log=LOG, what="apt-get update", env=QUIET, check=False)
            _updated = True


def install_i386(packages: list[str], why: str) -> str:
    """Install `packages` (name:i386 among them) after adding the architecture; returns a note.

    Ways, in this order, each proven by a simulation first: as the machine is set up; without the security archive;
    without it and with newer libraries set back to the main archive's version, provided that nothing is removed.
    Raises Trouble when none can work.
    """
    wanted = missing(packages)
    if not wanted:
        return "already there"
    _may_install(wanted, why)
    with _one_at_a_time:
        return _install_i386(wanted, why)


def _install_i386(wanted: list[str], why: str) -> str:
    if "i386" not in shell.output(["dpkg", "--print-foreign-architectures"]).split():
        shell.run(["dpkg", "--add-architecture", "i386"], log=LOG, what="Adding the i386 architecture")
    update()
    private = _private_lists()
    ways = [
        ("", [], []),
        ("without the security archive", private, []),
        ("older libraries of the main archive", private, ["--allow-downgrades", *_prefer_main()]),
    ]
    refreshed = False
    for name, lists, extra in ways:
        if lists and not refreshed:
            shell.run(["apt-get", *lists, "update"], log=LOG, what="apt-get update", env=QUIET, check=False)
            refreshed = True
        if _simulated(["apt-get", *lists, *extra, "-s", *INSTALL, *wanted]):
            what = f"Installing {' '.join(wanted)} ({why})"
            shell.run(["apt-get", *lists, *extra, *INSTALL, *wanted], log=LOG, what=what, env=QUIET)
            return f"installed {' '.join(wanted)}{', ' if name else ''}{name}"
    raise Trouble(
        f"{' '.join(wanted)} cannot be installed here ({why}): apt finds no consistent set of i386 libraries. "
        f"See {places.LOGS / LOG}.log; `apt-get update` with an i386 index of every configured archive mends it."
    )


def _simulated(command: list[str]) -> bool:
    """True when apt would do it without removing anything that is installed."""
    plan = shell.output(command, env=QUIET, seconds=120)
    return bool(plan) and not re.search(r"^Remv ", plan, re.MULTILINE)


def _may_install(packages: list[str], why: str) -> None:
    if not usable():
        raise Trouble(f"{' '.join(packages)} needed ({why}), and this is no Debian: install the like by hand.")
    if os.geteuid() != 0:
        raise Trouble(f"{' '.join(packages)} needed ({why}). As root: apt-get install {' '.join(packages)}")


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
        raise Trouble(f"{' '.join(packages)} needed ({why}), and this is no Debian.")
    into.mkdir(parents=True, exist_ok=True)
    if shell.run(["apt-get", "download", *packages], log=LOG, what=why, cwd=into, env=QUIET, check=False):
        update()
        shell.run(
            ["apt-get", "download", *packages], log=LOG, what=f"Downloading {' '.join(packages)} ({why})", cwd=into
        )
    for archive in sorted(into.glob("*.deb")):
        shell.run(["dpkg", "-x", archive, into], log=LOG, what=f"Unpacking {archive.name}")
        archive.unlink()
