"""What the C core calls: the exported functions' callbacks and the command line. Imported by nobody in vcchk.

The core (native/core) imports this module once and calls `install`; from then on each exported function lands here.
Whatever happens, a callback writes a return code and a text and comes back; the C side has values of its own for the
case that even this fails.
"""

from __future__ import annotations

import os
import sys

from vcchk.base.errors import RequestError
from vcchk.boundary.abi import Boundary
from vcchk.runtime import pump
from vcchk.settings import places
from vcchk.transaction.sequence import Transactions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RET_SIZE = 16
"""Bytes of the ``ret`` buffer that the core hands in."""


class Callbacks:
    """The exported functions on this side: C's pointers in, a number and what is written behind pointers out."""

    def __init__(self, ffi: Any) -> None:
        self._ffi = ffi
        self._boundary = Boundary(Transactions.from_ini())
        self._is_forked = False
        self._parents_boundaries: list[Boundary] = []
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self._is_forked = True

    @property
    def boundary(self) -> Boundary:
        """What answers; a forked child's first call makes its own, with locks, threads, connections and files."""
        if self._is_forked:
            self._is_forked = False
            self._parents_boundaries.append(self._boundary)  # never finalised here
            self._boundary = Boundary(Transactions.from_ini())
        return self._boundary

    def failed(self, *arguments: Any) -> None:
        """Log what a callback raised; the C side has its own failing value."""
        self.boundary.transactions.callback_failed(*arguments)

    def _argument(self, pointer: Any) -> bytes | None:
        return None if pointer == self._ffi.NULL else self._ffi.string(pointer)

    def _write(self, pointer: Any, data: bytes) -> None:
        self._ffi.memmove(pointer, data + b"\0", len(data) + 1)

    def _transact(self, url: Any, in_data: Any, out: Any, ret: Any, run: Any) -> int:
        if out == self._ffi.NULL:
            # Nothing is sent whose answer could not be handed back.
            self.boundary.transactions.report_refusal(RequestError("9001", "OutData 是空指针"))
            self._write(ret, b"9001")
            return 0
        code, data = run(self._argument(url), self._argument(in_data))
        self._write(out, data)
        self._write(ret, code.encode("ascii", "replace")[: RET_SIZE - 1])
        return 0

    def virtual_card_trans(self, url: Any, in_data: Any, out: Any, ret: Any) -> int:
        """VirtualCardTrans."""
        return self._transact(url, in_data, out, ret, self.boundary.virtual_card_trans)

    def nation_ec_trans(self, url: Any, in_data: Any, out: Any, ret: Any) -> int:
        """NationEcTrans."""
        return self._transact(url, in_data, out, ret, self.boundary.nation_ec_trans)

    def set_qrflow_mode(self, mode: int) -> int:
        """Set_QRflow_Mode."""
        return self.boundary.set_qrflow_mode(mode)

    def ehealth_id_print(self, ehealthid: Any, card_no: Any, name: Any) -> int:
        """EhealthID_Print."""
        return self.boundary.ehealth_id_print(*map(self._argument, (ehealthid, card_no, name)))

    def set_ec_qrcode(self, errmsg: Any) -> int:
        """SetEcQrcode."""
        number, data = self.boundary.set_ec_qrcode()
        if errmsg != self._ffi.NULL:
            self._write(errmsg, data)
        return number

    def main(self, argc: int, argv: Any) -> int:
        """Run the command line of vcchk.exe."""
        from vcchk.cli.main import run

        # As Python's own start has it: a file's name on Linux may be of any bytes.
        return run([self._ffi.string(argv[i]).decode("utf-8", "surrogateescape") for i in range(1, argc)])


NAMES = ("virtual_card_trans", "nation_ec_trans", "set_qrflow_mode", "ehealth_id_print", "set_ec_qrcode", "main")
"""The methods that C calls, each as ``vcchk_py_`` and its name."""


def install(ffi: Any, lib: Any) -> None:
    """Connect the exported functions to Python; called by the core's start (native/core/embedding.py, INSTALL_CODE)."""
    places.set_home(ffi.string(lib.vcchk_home()).decode("utf-8", "surrogateescape"))
    pump.attach(lib)
    callbacks = Callbacks(ffi)
    for name in NAMES:
        # A failing value other than 0 and no onerror text: what raises even here never reads as success.
        ffi.def_extern(name=f"vcchk_py_{name}", error=8009, onerror=callbacks.failed)(getattr(callbacks, name))
