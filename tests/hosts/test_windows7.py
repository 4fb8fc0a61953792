"""Windows 7 SP1: every import of every shipped binary is in a golden list, and none of them came later.

There is no Windows 7 here. What stands in for it: imports_win32.txt, read line by line against Microsoft's
documentation ("Minimum supported client"), and a list of what later Windows versions brought, of which nothing may
appear. A change of the golden list is a change of what the DLL needs: look each new name up before it is accepted.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from pathlib import Path

import pytest

from native import pe
from native.buildkit import targets
from tests.builds import runnable

GOLDEN = Path(__file__).with_name("imports_win32.txt")
READMES = [Path(__file__).parents[2] / name for name in ("README.md", "README.zh-CN.md")]

# Functions that came after Windows 7 SP1, by the library that has them (Microsoft Learn, "Minimum supported client").
LATER = {
    "kernel32.dll": """
        AddDllDirectory ClosePseudoConsole CopyFile2 CreateFile2 CreateFile3 CreateFileMappingFromApp
        CreatePseudoConsole DiscardVirtualMemory GetCurrentPackageFamilyName GetCurrentPackageFullName
        GetCurrentPackageId GetCurrentThreadStackLimits GetFirmwareType GetMachineTypeAttributes
        GetMemoryErrorHandlingCapabilities GetOverlappedResultEx GetPackageFamilyName GetProcessInformation
        GetProcessMitigationPolicy GetSystemTimePreciseAsFileTime GetTempPath2A GetTempPath2W
        GetThreadDescription GetThreadInformation InterlockedPushListSListEx IsNativeVhdBoot IsWow64Process2
        LoadPackagedLibrary MapViewOfFile2 MapViewOfFile3 MapViewOfFileFromApp OfferVirtualMemory
        OpenFileMappingFromApp PathCchCombineEx PathCchFindExtension PathCchSkipRoot PrefetchVirtualMemory
        QueryUnbiasedInterruptTimePrecise ReclaimVirtualMemory RemoveDllDirectory ResizePseudoConsole
        SetDefaultDllDirectories SetProcessInformation SetProcessMitigationPolicy SetThreadDescription
        SetThreadInformation UnmapViewOfFile2 UnmapViewOfFileEx VirtualAlloc2 VirtualAllocFromApp
        VirtualProtectFromApp WaitOnAddress WakeByAddressAll WakeByAddressSingle
        Wow64SetThreadDefaultGuestMachine
    """,
    "user32.dll": """
        AdjustWindowRectExForDpi EnableMouseInPointer EnableNonClientDpiScaling GetDialogDpiChangeBehavior
        GetDpiForSystem GetDpiForWindow GetPointerInfo GetPointerType GetSystemMetricsForDpi
        GetThreadDpiAwarenessContext IsImmersiveProcess IsValidDpiAwarenessContext
        LogicalToPhysicalPointForPerMonitorDPI SetProcessDpiAwarenessContext SetThreadDpiAwarenessContext
        SystemParametersInfoForDpi
    """,
    "ws2_32.dll": "GetAddrInfoExCancel GetAddrInfoExOverlappedResult GetHostNameW ProcessSocketNotifications",
    "bcrypt.dll": "BCryptHash BCryptKeyDerivation BCryptProcessMultiOperations BCryptCreateMultiHash",
    "iphlpapi.dll": "GetNetworkConnectivityHint NotifyNetworkConnectivityHintChange",
    "crypt32.dll": "CertIsStrongHashToSign",
}
# Libraries that Windows 7 SP1 has by an update, and the update's name in the README.
BY_UPDATE = {"api-ms-win-crt-": "KB2999226"}


def files() -> list[Path]:
    target = runnable("win32")
    found = [path for path in target.dist.rglob("*") if path.suffix.lower() in (".dll", ".pyd", ".exe")]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """Imported library (lower case) -> functions, over every shipped binary."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in files():
        for library, functions in pe.imports(path).items():
            found[library.lower()].update(functions)
    return dict(found)


def golden() -> dict[str, set[str]]:
    rows: dict[str, set[str]] = defaultdict(set)
    for line in GOLDEN.read_text("ascii").splitlines():
        if line and not line.startswith("#"):
            library, function = line.split()
            rows[library].add(function)
    return dict(rows)


def own() -> set[str]:
    return {path.name.lower() for path in files()}


def test_every_import_is_in_the_golden_list(imported: dict[str, set[str]]) -> None:
    foreign = {library: functions for library, functions in imported.items() if library not in own()}
    new = {(library, name) for library, names in foreign.items() for name in names - golden().get(library, set())}
    gone = {(library, name) for library, names in golden().items() for name in names - foreign.get(library, set())}
    assert not new, f"look up each one's 'Minimum supported client', then add it to {GOLDEN.name}: {sorted(new)}"
    assert not gone, f"no longer needed: {sorted(gone)}"


def test_what_comes_from_ours_is_there(imported: dict[str, set[str]]) -> None:
    """Every function that one shipped binary takes from another is exported there."""
    for path in files():
        needed = imported.get(path.name.lower(), set())
        exports = pe.Image(path.read_bytes()).exports() if needed else {}
        by_name = {name for name in needed if not name.startswith("#")}
        assert by_name <= exports.keys(), (path.name, by_name - exports.keys())


def test_nothing_came_after_windows_7(imported: dict[str, set[str]]) -> None:
    for library, names in LATER.items():
        assert not imported.get(library, set()) & set(names.split()), library
    sets = [library for library in imported if library.startswith(("api-ms-", "ext-ms-"))]
    assert sets, "the C library's"
    for library in sets:
        update = [name for prefix, name in BY_UPDATE.items() if library.startswith(prefix)]
        assert update, f"{library} is no part of Windows 7 and comes with no update"
        for readme in READMES:
            assert update[0] in readme.read_text("utf-8"), (readme.name, update[0])


def test_the_path_functions_are_ours(imported: dict[str, set[str]]) -> None:
    """What Windows 7 lacks is provided, under a private name (docs/hosts.md, fact 15)."""
    name = pe.PRIVATE_NAMES["api-ms-win-core-path-l1-1-0.dll"]
    assert imported[name] == {"PathCchCombineEx", "PathCchFindExtension", "PathCchSkipRoot"}
    assert "api-ms-win-core-path-l1-1-0.dll" not in imported
    assert name in own()


def test_headers_say_windows_7_or_older() -> None:
    """The loader refuses an image whose subsystem version is newer than the system: 6.1 is Windows 7."""
    for path in files():
        data = path.read_bytes()
        header = struct.unpack_from("<I", data, 0x3C)[0]
        system = struct.unpack_from("<HH", data, header + 24 + 40)
        subsystem = struct.unpack_from("<HH", data, header + 24 + 48)
        assert subsystem <= (6, 1), (path.name, subsystem)
        assert system <= (6, 1), (path.name, system)
        machine = struct.unpack_from("<H", data, header + 4)[0]
        assert machine == 0x14C, path.name


def test_the_update_for_loading_extension_modules_is_named() -> None:
    """CPython loads .pyd files with LOAD_LIBRARY_SEARCH_..., which Windows 7 knows since KB2533623."""
    assert targets.TABLE["win32"].python == "python311.dll"
    for readme in READMES:
        assert "KB2533623" in readme.read_text("utf-8"), readme.name
