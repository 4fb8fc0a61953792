/* A 32-bit program that has used up its address space, as a HIS does that has been at work for weeks: what is left are
 * holes of at most the given size. Arguments: example.h, then that size in KB.
 */
#include "example.h"

#include <windows.h>

typedef char *(__stdcall *transact_fn)(char *, char *, char *);

/* From large to small, so that what is left is smaller than `least`. */
static void take_all_but(SIZE_T least)
{
    SIZE_T size;
    for (size = 1u << 30; size >= least; size /= 2)
        while (VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS))
            ;
}

int main(int count, char **arguments)
{
    static char out[2048], code[16];
    HMODULE library;
    transact_fn trans;
    char *request;

    if (count != 6)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    library = LoadLibraryA("VirtualCardChk.dll");
    trans = library ? (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans") : NULL;
    if (!trans)
        return 4;
    take_all_but((SIZE_T)atoi(arguments[5]) * 1024);
    lstrcpynA(code, trans(arguments[2], request, out), sizeof code);
    example_text("code", code);
    example_text("out", out);
    example_text("end", "reached");
    return 0;
}
