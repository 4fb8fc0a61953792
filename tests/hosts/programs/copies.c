/* A program in which two parts bring a copy of the library each. Arguments: example.h, then the second library. */
#include "example.h"

#if defined(_WIN32)
#include <windows.h>
#define STD __stdcall
static void *find(const char *library, const char *name)
{
    WCHAR path[1024];
    HMODULE module;
    MultiByteToWideChar(CP_ACP, 0, library, -1, path, 1024);
    module = LoadLibraryW(path);
    return module ? (void *)GetProcAddress(module, name) : NULL;
}
#else
#include <dlfcn.h>
#define STD
static void *find(const char *library, const char *name)
{
    void *module = dlopen(library, RTLD_NOW);
    return module ? dlsym(module, name) : NULL;
}
#endif

typedef char *(STD *transact_fn)(char *, char *, char *);

int main(int count, char **arguments)
{
    static char out[2048];
    transact_fn first, second;
    char *request;

    if (count != 6)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    first = (transact_fn)find(arguments[1], "VirtualCardTrans");
    second = (transact_fn)find(arguments[5], "VirtualCardTrans");
    if (!first || !second || first == second)
        return 4;
    example_text("first", first(arguments[2], request, out));
    example_text("second", second(arguments[2], request, out));
    example_text("out", out);
    example_text("again", first(arguments[2], request, out));
    example_text("end", "reached");
    return 0;
}
