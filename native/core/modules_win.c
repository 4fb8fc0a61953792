/* Where the runtime's libraries look for theirs: in their own folder and in Windows' alone.
 *
 * CPython loads extension modules, and ctypes the libraries it is asked for, with Windows' default directories, which
 * begin with the folder of the HIS; python3.dll it looks for in that folder itself. With one file of the runtime
 * missing, a file of that name there would be loaded, and so would one of a name that is not among Windows' KnownDLLs
 * (winspool.drv). Our Python is a copy of our own: its import of LoadLibraryExW is redirected to this file, and so is
 * that of each module it loads.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <windows.h>

#include "core.h"
#include "imports_win.h"

typedef HMODULE(WINAPI *load_fn)(LPCWSTR, HANDLE, DWORD);

static void redirect_loads(HMODULE image);

static
#if defined(__i386__)
    __attribute__((force_align_arg_pointer))
#endif
    HMODULE WINAPI
    load_from_runtime_or_system(LPCWSTR name, HANDLE file, DWORD flags)
{
    const DWORD of_the_program =
        LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_USER_DIRS;
    HMODULE module;
    if (flags & of_the_program)
        flags = (flags & ~of_the_program) | LOAD_LIBRARY_SEARCH_SYSTEM32;
    module = LoadLibraryExW(name, file, flags);
    if (module && flags & LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR) {
        DWORD error = GetLastError();
        redirect_loads(module);
        SetLastError(error);
    }
    return module;
}

static void redirect_loads(HMODULE image)
{
    ULONG_PTR *slot = import_slot(image, "LoadLibraryExW");
    if (slot && *slot != (ULONG_PTR)load_from_runtime_or_system)
        import_put(slot, (ULONG_PTR)load_from_runtime_or_system);
}

void modules_restrict_search(void)
{
    HMODULE python;
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                           (LPCWSTR)(const void *)Py_GetVersion, &python))
        redirect_loads(python);
}
