"""The cffi embedding: which functions C may call in Python, which Python may call in C; written out as C source.

Python is started by core.c; what is made here begins with a running interpreter: cffi's `cffi_start_python` makes the
module `_vcchk_core` and runs `INIT_CODE`.
"""

from __future__ import annotations

from pathlib import Path

MODULE = "_vcchk_core"

EXTERN_PYTHON = """
    int vcchk_py_virtual_card_trans(const char *url, const char *indata, char *outdata, char *ret);
    int vcchk_py_nation_ec_trans(const char *url, const char *indata, char *outdata, char *ret);
    int vcchk_py_set_qrflow_mode(int mode);
    int vcchk_py_ehealth_id_print(const char *ehealthid, const char *card_no, const char *name);
    int vcchk_py_set_ec_qrcode(char *errmsg);
    int vcchk_py_main(int argc, char **argv);
"""

FOR_PYTHON = """
    int vcchk_pump(int ms);
    int vcchk_sockets_revive(void);
    const char *vcchk_home(void);
    void vcchk_start_failed(const char *cause);
"""

# cffi runs its code once a process, and prints what fails to sys.stderr, which a HIS does not have. So it gets nothing
# that can fail, and core.c runs the rest: again, where it failed before, and with the cause told.
INIT_CODE = f"from {MODULE} import ffi, lib"

INSTALL_CODE = f"""
from {MODULE} import ffi, lib
try:
    import vcchk.runtime.importer
    vcchk.runtime.importer.install()
    import vcchk.entry.callbacks
    vcchk.entry.callbacks.install(ffi, lib)
except BaseException as error:
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    at = where and (where.tb_frame.f_code.co_filename + ":" + str(where.tb_lineno))
    lib.vcchk_start_failed((type(error).__name__ + ": " + str(error) + " at " + str(at)).encode("utf-8", "replace"))
    raise
"""

# cffi's own start function is static in its file.
APPENDIX = f"""
int vcchk_cffi_start(void)
{{
    return cffi_start_python();
}}

const char vcchk_install_code[] = {{{", ".join(str(byte) for byte in INSTALL_CODE.encode("ascii") + bytes(1))}}};
"""


def emit(path: Path) -> Path:
    """Write the generated C source to ``path``."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(FOR_PYTHON)
    ffi.embedding_api(EXTERN_PYTHON)
    ffi.set_source(MODULE, FOR_PYTHON)
    ffi.embedding_init_code(INIT_CODE)
    ffi.emit_c_code(str(path))
    # The core shows the shim one function only; cffi would export each of its own.
    source = path.read_text("utf-8")
    for attribute in ("__declspec(dllexport)", '__attribute__((visibility("default")))'):
        if source.count(f"CFFI_DLLEXPORT  {attribute}") != 1:
            raise ValueError(f"cffi's source does not define CFFI_DLLEXPORT as {attribute} any more")
        source = source.replace(f"CFFI_DLLEXPORT  {attribute}", "CFFI_DLLEXPORT")
    path.write_text(source + APPENDIX, "utf-8")
    return path
