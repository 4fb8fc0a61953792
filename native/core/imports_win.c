/* The import address table of a loaded image (Microsoft PE/COFF specification, "The .idata Section"). */
#include "imports_win.h"

#include <string.h>

ULONG_PTR *import_slot(HMODULE module, const char *function)
{
    char *image = (char *)(void *)module;
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

void import_put(ULONG_PTR *slot, ULONG_PTR value)
{
    DWORD protection;
    if (VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &protection)) {
        *slot = value;
        VirtualProtect(slot, sizeof *slot, protection, &protection);
    }
}
