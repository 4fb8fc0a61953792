/* Python's start must not look at the host's standard handles (docs/hosts.md, fact 12).
 *
 * A GUI host has none, a redirected one may have some that fail ("init_sys_streams ... Invalid handle"), and the C
 * library they belong to is the host's as well, so they cannot be taken away from it for a while. Python asks
 * _get_osfhandle whether a descriptor is usable. Our Python is a copy of our own: while it starts, its import of that
 * function leads here, and says of descriptors 0 to 2 that there is nothing. sys.stdin, sys.stdout and sys.stderr are None then,
 * as they are in any Windows program without a console.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <windows.h>

#include "core.h"

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

/* The entry of `function` in the import address table of the loaded image; NULL when it does not import it. */
static ULONG_PTR *import_slot(char *image, const char *function)
{
    IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(void *)(image + ((IMAGE_DOS_HEADER *)(void *)image)->e_lfanew);
    DWORD table = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    IMAGE_IMPORT_DESCRIPTOR *row = (IMAGE_IMPORT_DESCRIPTOR *)(void *)(image + table);
    if (!table)
        return NULL;
    for (; row->Name; row++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(void *)(image + row->OriginalFirstThunk);
        IMAGE_THUNK_DATA *addresses = (IMAGE_THUNK_DATA *)(void *)(image + row->FirstThunk);
        if (!row->OriginalFirstThunk)
            continue;
        for (; names->u1.AddressOfData; names++, addresses++) {
            IMAGE_IMPORT_BY_NAME *by_name = (IMAGE_IMPORT_BY_NAME *)(void *)(image + names->u1.AddressOfData);
            if (!IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) && !strcmp((const char *)by_name->Name, function))
                return (ULONG_PTR *)(void *)&addresses->u1.Function;
        }
    }
    return NULL;
}

static void put(ULONG_PTR value)
{
    DWORD protection;
    if (VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &protection)) {
        *slot = value;
        VirtualProtect(slot, sizeof *slot, protection, &protection);
    }
}

void streams_hide(void)
{
    HMODULE python;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (LPCWSTR)(const void *)Py_GetVersion, &python))
        return;
    slot = import_slot((char *)(void *)python, "_get_osfhandle");
    if (!slot)
        return;
    original = (get_osfhandle_fn)*slot;
    put((ULONG_PTR)without_streams);
}

void streams_show(void)
{
    if (slot)
        put((ULONG_PTR)original);
    slot = NULL;
}
