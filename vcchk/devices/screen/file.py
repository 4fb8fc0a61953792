"""A screen that shows a folder: the QR as a PNG file, replaced in one step so that no half file is ever shown."""

from __future__ import annotations

import os
import time
from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices import bitmap, owner
from vcchk.devices.options import Option
from vcchk.records.folder import make_folder
from vcchk.settings import ScreenSettings, places

REPLACE_TRIES, REPLACE_PAUSE_SECONDS = 10, 0.02
"""Windows refuses to replace a file while another program replaces or reads it."""
OPTIONS = (
    Option(name="file", default="", help="图片文件的路径；不填为状态目录下的 screen.png", is_path=True),
    Option(name="size", default=600, help="图片边长（像素）", low=100, high=4000),
    Option(name="idle", default="blank", help="不显示时：blank 换成白图，delete 删除文件", choices=("blank", "delete")),
)


def _replace_file(partial: str, path: str) -> None:
    for tries_left in reversed(range(REPLACE_TRIES)):
        try:
            os.replace(partial, path)
            return
        except PermissionError:
            if not tries_left:
                os.remove(partial)
                raise
            time.sleep(REPLACE_PAUSE_SECONDS)


class Display:
    """The PNG file. ``port`` of the section is not used."""

    def __init__(self, section: ScreenSettings, values: dict[str, Any], folder: str) -> None:
        name = values["file"] or os.path.join(folder or owner.default_folder(), "screen.png")
        self._path = name if os.path.isabs(name) else os.path.join(places.home(), name)
        self._size: int = values["size"]
        self._idle: str = values["idle"]

    def show(self, text: str, seconds: float) -> None:
        """Write the QR of ``text``, dark on white. Raises DeviceError ``write_failed``."""
        picture = bitmap.modules(text, "M")
        scale = max(1, self._size // (len(picture) + 2 * bitmap.QUIET))
        self._replace(bitmap.enlarge(picture, scale, bitmap.QUIET, self._size))

    def clear(self) -> None:
        """Write a white picture, or delete the file. Raises DeviceError ``write_failed``."""
        if self._idle == "delete":
            try:
                os.remove(self._path)
            except FileNotFoundError:
                pass
            except OSError as error:
                raise self._failed(error) from error
            return
        self._replace(bitmap.blank(self._size, self._size))

    def _replace(self, picture: bitmap.Bitmap) -> None:
        partial = f"{self._path}.{os.getpid()}.tmp"  # several programs of a machine may show on one file
        try:
            make_folder(os.path.dirname(self._path))
            with open(partial, "wb") as file:
                file.write(bitmap.png(picture))
            _replace_file(partial, self._path)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> DeviceError:
        from vcchk.base.system_errors import reason

        sentence = f"图片文件写不出（{reason(error)}），请检查文件夹是否存在、可写"
        return DeviceError("write_failed", sentence, cause=f"{self._path}: {error}")

    def close(self) -> None:
        """Nothing to let go of."""
