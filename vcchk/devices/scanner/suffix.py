"""Whether the scanner on a port ends its codes with a line end: learned from what it sends, kept in the state folder.

Once a line end has been seen, a pause is never an end: a line that stalls (a USB hub, a virtual port on a busy till)
would hand on half a code. A scanner that is set back to the factory's settings loses its line end: a reading that
ends with a code and without its line end forgets what was learned.
"""

from __future__ import annotations

import os

from vcchk.devices import owner
from vcchk.records.folder import ensure_file, make_folder


class Suffix:
    """The memory of one port: a file that is there or not. A folder that cannot be written just learns nothing."""

    def __init__(self, port: str, folder: str) -> None:
        self._path = os.path.join(folder or owner.default_folder(), f"scanner-{owner.digest(port)}.suffix")

    def is_known(self) -> bool:
        """Tell whether codes from this port end with a line end."""
        return os.path.isfile(self._path)

    def learn(self) -> None:
        """A code has come with its line end."""
        try:
            make_folder(os.path.dirname(self._path))
            ensure_file(self._path)
        except OSError:
            pass  # the next code is judged by its form, as this one was

    def forget(self) -> None:
        """A code has come without its line end."""
        try:
            os.remove(self._path)
        except OSError:
            pass
