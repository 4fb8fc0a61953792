"""This machine's own secrets: files in the state folder, each sealed for it by ``vcchk secret … --from-file``.

They are used where no settings file has the secret, so that many machines can share one INI.
"""

from __future__ import annotations

import os

from vcchk.settings import places
from vcchk.settings.option import SEALED
from vcchk.settings.sealable import SEALABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.settings.schema import Settings

CLIENT_CERT = "client-cert.pem"
"""Certificates and their private key, encrypted with ``client_key_password``."""


def add(settings: Settings, folder: str) -> Settings:
    """Return ``settings`` with what the files of the state folder ``folder`` have beyond them."""
    warnings: list[str] = []

    def sealed(secret: str) -> str:
        name = places.MACHINE_FILES[secret]
        try:
            with open(os.path.join(folder, name), encoding="ascii", errors="replace") as file:
                text = file.read(65536).strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            from vcchk.base.system_errors import reason

            warnings.append(f"读不出状态文件夹里的 {name}（{reason(error)}），请检查权限")
            return ""
        if not text.startswith(SEALED):
            warnings.append(f"{name} 里不是加密的内容，请在本机重新执行 vcchk secret")
            return ""
        return text

    for row in SEALABLE.values():
        value = "" if row.stored(settings) else sealed(row.name)
        if value:
            settings = row.put(settings, value)
    if not settings.gateway.client_cert:
        password = sealed("client_key_password")
        if password:
            gateway = settings.gateway.replace(
                client_cert=os.path.join(folder, CLIENT_CERT), client_key="", client_key_password=password
            )
            settings = settings.replace(gateway=gateway)
    return settings.replace(warnings=(*settings.warnings, *warnings)) if warnings else settings
