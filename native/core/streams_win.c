/* Python's start must not look at the host's standard handles (docs/hosts.md, fact 12).
 *
 * A GUI host has none, a redirected one may have some that fail ("init_sys_streams ... Invalid handle"), and the C
 * library they belong to is the host's as well, so they cannot be taken away from it for a while. Python asks
 * _get_osfhandle whether a descriptor is usable. Our Python is a copy of our own: while it starts, its import of that
 * function is redirected to this file, which says that descriptors 0 to 2 are closed. sys.stdin, sys.stdout and
 * sys.stderr are None then, as they are in any Windows program without a console.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <windows.h>

#include "core.h"
#include "imports_win.h"

typedef intptr_t(__cdecl *get_osfhandle_fn)(int);

static get_osfhandle_fn original;
static ULONG_PTR *slot;

static
#if defined(__i386__)
    __attribute__((force_align_arg_pointer))
#endif
    intptr_t __cdecl
    without_streams(int descriptor)
{
    if (descriptor >= 0 && descriptor <= 2)
        return (intptr_t)INVALID_HANDLE_VALUE;
    return original(descriptor);
}

void streams_hide(void)
{
    HMODULE python;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (LPCWSTR)(const void *)Py_GetVersion, &python))
        return;
    slot = import_slot(python, "_get_osfhandle");
    if (!slot)
        return;
    original = (get_osfhandle_fn)*slot;
    import_put(slot, (ULONG_PTR)without_streams);
}

void streams_show(void)
{
    if (slot)
        import_put(slot, (ULONG_PTR)original);
    slot = NULL;
}
