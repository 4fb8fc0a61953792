/* imports_win.c: a function that a loaded image imports, replaced in its import address table. */
#ifndef VCCHK_IMPORTS_WIN_H
#define VCCHK_IMPORTS_WIN_H

#include <windows.h>

/* The table's entry of `function`; NULL when the image does not import it. */
ULONG_PTR *import_slot(HMODULE image, const char *function);

void import_put(ULONG_PTR *slot, ULONG_PTR value);

#endif
