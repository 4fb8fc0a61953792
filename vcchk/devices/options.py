"""A driver's own INI keys: declared in the driver as a table, read here with warnings instead of refusals."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from vcchk.base.nearest import nearest
from vcchk.settings import DeviceSettings, places
from vcchk.settings.option import Option, expand

__all__ = ["FileOption", "Option", "read"]

MAX_FILE_BYTES = 1 << 20


class FileOption(Option):
    """A key whose value names a file: the driver gets the file's bytes, since it does no I/O of its own."""

    def read(self, text: str) -> bytes:
        """Return the file's bytes; a relative path is beside the DLL. Raise ValueError with a Chinese reason."""
        path = os.path.join(places.home(), expand(text))
        try:
            with open(path, "rb") as file:
                return file.read(MAX_FILE_BYTES)
        except OSError as error:
            from vcchk.base.system_errors import reason

            raise ValueError(f"文件 {path} 打不开：{reason(error)}") from None
        except ValueError:
            raise ValueError("不是文件的路径") from None


def read(rows: Iterable[Option], section: DeviceSettings) -> tuple[dict[str, Any], list[str]]:
    """Return (values of every option of the driver, Chinese warnings) from its device's section.

    A bad value leaves the default; a key that neither the driver nor its kind of device has is a warning, with its
    place and the name that may be meant.
    """
    texts = section.options
    values: dict[str, Any] = {}
    warnings: list[str] = []

    def warn(name: str, sentence: str) -> None:
        position = section.positions.get(name, "")
        warnings.append(f"{position}：{sentence}" if position else sentence)

    for row in rows:
        values[row.name], slip = row.read_or_fallback(texts.get(row.name, ""))
        if slip:
            warn(row.name, slip)
    for name in texts:
        if name not in values:
            warn(name, f"{name} 不是该型号的设置项{nearest(name, [*values, *section._options])}")
    return values, warnings
