/* OpenSSL's cleaning up at the process's end is switched off, and so is its configuration file.
 *
 * ExitProcess ends the other threads wherever they are and then runs exit handlers; exit() on Linux runs them while
 * threads go on. OpenSSL's handler would take apart what a killed call has locked, or a running one uses (docs/hosts.md,
 * fact 10: nothing of ours is finalised). A precaution: no crash was traced to it.
 * The file, and OPENSSL_CONF in the host's environment, can name libraries to load: they have no say here, as little as
 * Python's own (docs/hosts.md, fact 11).
 * OPENSSL_init_crypto(3): OPENSSL_INIT_NO_ATEXIT counts in the first initialisation alone, so this comes before Python
 * imports anything of OpenSSL's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

/* openssl/crypto.h */
#define NO_LOAD_CONFIG 0x00000080
#define NO_ATEXIT 0x00080000

typedef int init_fn(uint64_t options, const void *settings);

static void *find(const char *home)
{
    size_t size = strlen(home) + 64;
    char *path = malloc(size);
    void *function = NULL;
    if (!path)
        return NULL;
#if defined(_WIN32)
    {
        WCHAR *wide = malloc(size * sizeof *wide);
        HMODULE library;
        snprintf(path, size, "%s\\" VCCHK_RUNTIME "\\vcccrypto-3.dll", home);
        if (wide && MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, (int)size) &&
            (library = LoadLibraryExW(wide, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32)))
            function = (void *)GetProcAddress(library, "OPENSSL_init_crypto");
        free(wide);
    }
#else
    {
        void *library;
        int flags = RTLD_NOW | RTLD_LOCAL;
#if !defined(VCCHK_NO_DEEPBIND)
        flags |= RTLD_DEEPBIND;
#endif
        snprintf(path, size, "%s/" VCCHK_RUNTIME "/libvcccrypto.so.3", home);
        library = dlopen(path, flags);
        if (library)
            function = dlsym(library, "OPENSSL_init_crypto");
    }
#endif
    free(path);
    return function;
}

void openssl_skip_cleanup(const char *home)
{
    init_fn *init = (init_fn *)find(home);
    if (init) /* a library that is missing or broken is reported by the import that needs it */
        init(NO_ATEXIT | NO_LOAD_CONFIG, NULL);
}
