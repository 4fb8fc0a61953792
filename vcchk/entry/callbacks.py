"""What the C core calls: the exported functions' callbacks and the command line. Imported by nobody in vcchk.

The core (native/core) imports this module once and calls `install`; from then on each exported function lands here.
Whatever happens, a callback writes a return code and a text and comes back; the C side has values of its own for the
case that even this fails.
"""

from __future__ import annotations

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


def install(ffi: Any, lib: Any) -> None:
    """Connect the exported functions to Python. Called once by the core's embedding init code."""
    places.set_home(ffi.string(lib.vcchk_home()).decode("utf-8"))
    pump.attach(lib)
    boundary = Boundary(Transactions.from_ini())

    def argument(pointer: Any) -> bytes | None:
        return None if pointer == ffi.NULL else ffi.string(pointer)

    def write(pointer: Any, data: bytes) -> None:
        ffi.memmove(pointer, data + b"\0", len(data) + 1)

    def transact(url: Any, in_data: Any, out: Any, ret: Any, run: Any) -> int:
        if out == ffi.NULL:
            # Nothing is sent whose answer could not be handed back.
            boundary.transactions.refused(RequestError("9001", "OutData 是空指针"))
            write(ret, b"9001")
            return 0
        code, data = run(argument(url), argument(in_data))
        write(out, data)
        write(ret, code.encode("ascii", "replace")[: RET_SIZE - 1])
        return 0

    def virtual_card_trans(url: Any, in_data: Any, out: Any, ret: Any) -> int:
        return transact(url, in_data, out, ret, boundary.virtual_card_trans)

    def nation_ec_trans(url: Any, in_data: Any, out: Any, ret: Any) -> int:
        return transact(url, in_data, out, ret, boundary.nation_ec_trans)

    def set_ec_qrcode(errmsg: Any) -> int:
        number, data = boundary.set_ec_qrcode()
        if errmsg != ffi.NULL:
            write(errmsg, data)
        return number

    def ehealth_id_print(ehealthid: Any, card_no: Any, name: Any) -> int:
        return boundary.ehealth_id_print(argument(ehealthid), argument(card_no), argument(name))

    def main(argc: int, argv: Any) -> int:
        from vcchk.cli.main import run

        return run([ffi.string(argv[i]).decode("utf-8") for i in range(1, argc)])

    # A failing value other than 0 and no onerror text: what raises even here never reads as success.
    for name, function in (
        ("vcchk_py_virtual_card_trans", virtual_card_trans),
        ("vcchk_py_nation_ec_trans", nation_ec_trans),
        ("vcchk_py_set_qrflow_mode", boundary.set_qrflow_mode),
        ("vcchk_py_ehealth_id_print", ehealth_id_print),
        ("vcchk_py_set_ec_qrcode", set_ec_qrcode),
        ("vcchk_py_main", main),
    ):
        ffi.def_extern(name=name, error=8009, onerror=boundary.transactions.callback_failed)(function)
