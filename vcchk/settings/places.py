"""Where files live: the folder of the DLL, its runtime, the INI, and the folder that is written to.

Programs often run from a network share, so nothing is written beside the DLL unless the INI says so.
"""

from __future__ import annotations

import os
import sys

from vcchk import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.settings.schema import Settings

RUNTIME_NAME = f"vcchk_runtime-{__version__}"
"""Of this version alone: what a running program of an older one reads is never replaced under it."""
INI_NAME = "VirtualCardChk.ini"
EXAMPLE_NAME = "VirtualCardChk.example.ini"
"""Shipped in INI_NAME's place, so that neither an upgrade nor a plain copy touches what a site has set."""
MACHINE_FILES = {
    "key": "wire.key",
    "cipher_secret": "wire.cipher_secret",
    "sm2_private_key": "wire.sm2_private_key",
    "proxy": "gateway.proxy",
    "client_key_password": "client-cert.password",
}
"""This machine's own secrets in the state folder, each sealed for it (`vcchk.settings.machine`)."""

_home: str | None = None


def set_home(folder: str) -> None:
    """Set the folder of VirtualCardChk.dll or vcchk.exe; the core does so once at its start."""
    global _home
    _home = folder


def home() -> str:
    """Return the folder of the DLL (else ``VCCHK_HOME``, else the working directory), absolute."""
    return _home or os.environ.get("VCCHK_HOME") or os.getcwd()


def runtime() -> str | None:
    """Return the private runtime's folder, or None when running in an ordinary Python."""
    if _home is None:
        return None
    folder = os.path.join(_home, RUNTIME_NAME)
    return folder if os.path.isdir(folder) else None


def ini_path(folder: str = "") -> str:
    """Return the path of the INI (which need not exist) of a library in ``folder``, else in `home`."""
    return os.environ.get("VCCHK_INI") or os.path.join(folder or home(), INI_NAME)


def state_folder(settings: Settings, base: str = "") -> str:
    """Return the folder for log and journal: one a machine, shared by its programs. It is not made here.

    ``base``: what a relative ``[log] folder`` is below; the library's own folder when it is "".
    """
    folder = settings.log.folder
    if folder:
        return os.path.join(base or home(), folder)
    if sys.platform == "win32":
        return os.path.join(os.environ.get("PROGRAMDATA") or r"C:\ProgramData", "vcchk")
    xdg = os.environ.get("XDG_STATE_HOME")
    if xdg:
        return os.path.join(xdg, "vcchk")
    return "/var/log/vcchk"


def computer_name() -> str:
    """Return this machine's name."""
    if sys.platform == "win32":
        return os.environ.get("COMPUTERNAME", "")
    return os.uname().nodename


def computer_names() -> frozenset[str]:
    """Return what sections like ``[printer@PC-017]`` may call this machine, in lower case.

    Windows cuts ``COMPUTERNAME`` to 15 bytes, seven Chinese characters; its own windows show the whole name. On Linux
    the name may have the domain's behind it.
    """
    from _socket import gethostname  # for sites with such sections

    names = [computer_name().lower(), gethostname().lower()]
    return frozenset(names) | {name.partition(".")[0] for name in names}
