"""What `build` left in dist/: complete, self-consistent, private, small; every module of it can be imported."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile

import pytest

from native import pe
from native.buildkit import contents, licences, packing, places, sbom, targets, vendor
from native.buildkit.targets import Target
from tests.builds import built

MIB = 2**20
CMD_WORDS = {
    "assoc", "break", "call", "cd", "chdir", "cls", "color", "copy", "date", "del", "dir", "dpath", "echo",
    "endlocal", "erase", "exit", "for", "ftype", "goto", "if", "md", "mkdir", "mklink", "move", "path",
    "pause", "popd", "prompt", "pushd", "rd", "rem", "ren", "rename", "rmdir", "set", "setlocal", "shift",
    "start", "time", "title", "type", "ver", "verify", "vol",
}  # fmt: skip
# Modules of another system (or of a browser), which import there alone.
ELSEWHERE = ("vcchk.insurance.autofill.", "encodings.mbcs", "encodings.oem", "click._winconsole", "serial.serialwin32",
             "serial.win32", "serial.tools.list_ports_windows", "serial.serialposix", "serial.tools.list_ports_posix",
             "serial.tools.list_ports_linux", "vcchk.devices.spool")  # fmt: skip


@pytest.fixture(params=["win32", "win64", "linux"])
def target(request: pytest.FixtureRequest) -> Target:
    return built(request.param)


def test_sums_name_every_file_and_hold(target: Target) -> None:
    rows = dict(line.split("  ", 1)[::-1] for line in (target.dist / "SHA256SUMS").read_text("utf-8").splitlines())
    files = {path.relative_to(target.dist).as_posix(): path for path in target.dist.rglob("*") if path.is_file()}
    assert files.keys() - {"SHA256SUMS"} == rows.keys()
    for name, path in files.items():
        assert name == "SHA256SUMS" or hashlib.sha256(path.read_bytes()).hexdigest() == rows[name], name


def test_the_folder_holds_what_a_hospital_copies(target: Target) -> None:
    names = {path.name for path in target.dist.iterdir()}
    assert names == {
        target.dll, target.exe, "VirtualCardChk.example.ini", target.runtime.name, "README.txt", "VirtualCardChk.h",
        "SHA256SUMS", sbom.FILE, licences.FILE, "docs", "examples", *(["setup.cmd"] if target.windows else []),
    }  # fmt: skip
    guide = (target.dist / "README.txt").read_bytes().decode("gbk" if target.windows else "utf-8")
    assert guide.count("\r\n") == (guide.count("\n") if target.windows else 0)
    assert "{" not in guide
    assert "白名单" in guide
    assert not any(path.is_symlink() for path in target.dist.rglob("*"))


def test_the_readme_of_dist_names_what_the_folder_holds() -> None:
    readme = (places.ROOT / "dist" / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if line.startswith("| `win32/`")).split("|")[2]
    names = {name.rstrip("/").replace("<version>", places.version()) for name in re.findall(r"`([^`]+)`", row)}
    assert names == {path.name for path in built("win32").dist.iterdir()}


def test_the_zip_is_the_folder(target: Target) -> None:
    with zipfile.ZipFile(target.archive) as archive:
        inside = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert inside == {
        path.relative_to(target.dist).as_posix(): path.read_bytes() for path in target.dist.rglob("*") if path.is_file()
    }


def test_sizes(target: Target) -> None:
    if target.name != "win32":
        pytest.skip("limits are set for win32")
    folder, zipped = packing.sizes(target.dist, target.archive, without=vendor.FOLDERS)
    assert folder <= 24 * MIB
    assert zipped <= 11 * MIB


def test_file_names_are_ascii(target: Target) -> None:
    """Windows 7's Explorer unpacks others garbled; on Windows two that differ in case alone are one."""
    with zipfile.ZipFile(target.archive) as archive:
        names = archive.namelist()
    assert [name for name in names if not name.isascii()] == []
    assert len({name.lower() for name in names}) == len(names)


def test_programs_are_no_words_of_cmd_exe(target: Target) -> None:
    """``verify`` in cmd.exe is its own; the tutorial's programs are started by their bare names."""
    programs = {path.stem.lower() for path in target.dist.rglob("*.exe")} | {vendor.PROGRAM, "vcchk", "setup"}
    assert programs & CMD_WORDS == set()


def test_examples_are_in_the_encoding_of_their_compilers(target: Target) -> None:
    sources = {path: vendor.EXAMPLES / path.relative_to(target.dist / "examples")
               for path in (target.dist / "examples").rglob("*.*")}  # fmt: skip
    for path, source in {**sources, target.dist / vendor.HEADER.name: vendor.HEADER}.items():
        if path.suffix not in (".exe", ""):
            data = path.read_bytes()
            original = source.read_text("utf-8")
            charset = "gbk" if target.windows and path.suffix in vendor.GBK else "utf-8-sig"
            assert data.decode(charset).replace("\r\n", "\n") == original, path.name
            assert data.count(b"\r\n") == (data.count(b"\n") if target.windows else 0), path.name


def test_the_documentation_has_its_pictures_and_its_search(target: Target) -> None:
    docs = target.dist / "docs"
    assert (docs / "tutorial.zh-CN.html").is_file()
    assert (docs / "screenshots" / "console-start.png").is_file()
    index = (docs / "search" / "search_index.js").read_text("utf-8")
    assert json.dumps("扩展屏").strip('"') in index or "扩展屏" in index


def test_windows_binaries_import_private_names_and_windows_alone(target: Target) -> None:
    if not target.windows:
        pytest.skip("of Windows")
    own = {path.name.lower() for path in target.runtime.rglob("*") if path.suffix in (".dll", ".pyd")}
    assert not own & pe.PRIVATE_NAMES.keys()
    for path in [*target.dist.glob("*.dll"), *target.dist.glob("*.exe"), *target.runtime.rglob("*.dll"),
                 *target.runtime.rglob("*.pyd")]:  # fmt: skip
        imported = {name.lower() for name in pe.imports(path)}
        assert not imported & pe.PRIVATE_NAMES.keys(), path.name
        ours = {name for name in imported if name.startswith("vcc")}
        assert ours <= own, path.name


def test_nothing_tells_where_it_was_built(target: Target) -> None:
    root = str(targets.places.ROOT).encode()
    for path in target.dist.rglob("*"):
        if path.is_file():
            assert root not in path.read_bytes(), path.name


def _modules(target: Target) -> dict[str, list[str]]:
    found = {}
    for name in ("core.zip", "tools.zip"):
        with zipfile.ZipFile(target.runtime / name) as archive:
            entries = [entry[:-4] for entry in archive.namelist() if entry.endswith(".pyc")]
        found[name] = [entry.removesuffix("/__init__").replace("/", ".") for entry in entries]
    return found


def test_no_package_but_ours_is_split_between_the_zips(target: Target) -> None:
    found = _modules(target)
    core, tools = ({name.split(".")[0] for name in found[part]} for part in ("core.zip", "tools.zip"))
    assert core & tools == {"vcchk"}
    assert {name for name in contents.CORE_SEEDS if name.startswith("vcchk")} <= set(found["core.zip"])


def test_no_call_needs_the_tools(target: Target) -> None:
    packages = {name.split(".")[1] for name in _modules(target)["core.zip"] if name.startswith("vcchk.")}
    assert packages & contents.OUR_TOOLS == set()
    assert packages >= {"transaction", "records", "devices", "insurance", "runtime"}


def test_every_module_of_the_linux_runtime_can_be_imported() -> None:
    target = built("linux")
    names = [name for part in _modules(target).values() for name in part if not name.endswith("__main__")]
    wanted = [name for name in names if not name.startswith(ELSEWHERE)]
    path = [str(target.runtime / "core.zip"), str(target.runtime), str(target.runtime / "tools.zip")]
    code = (
        "import importlib, sys\n"
        f"sys.path[:] = {path!r}\n"
        "import vcchk.runtime.importer\n"
        "vcchk.runtime.importer.install()\n"
        "for name in sys.argv[1:]:\n"
        "    try: importlib.import_module(name)\n"
        "    except BaseException as error: print(name, type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, *wanted], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
