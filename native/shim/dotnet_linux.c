/* Is the host a .NET program? Mono and .NET free returned strings with free (docs/hosts.md, fact 9). */
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

static int dotnet;
static unsigned long long looked_at = ~0ULL; /* how many libraries had been loaded when we last looked */

static int look(struct dl_phdr_info *info, size_t size, void *first)
{
    const char *name = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
    (void)size;
    if (*(int *)first) {
        *(int *)first = 0;
        if (info->dlpi_adds == __atomic_load_n(&looked_at, __ATOMIC_RELAXED))
            return 1;
        __atomic_store_n(&looked_at, info->dlpi_adds, __ATOMIC_RELAXED);
    }
    if (name && (!strcmp(name, "/libcoreclr.so") || !strncmp(name, "/libmonosgen-2.0.so", 19)))
        dotnet = 1;
    return 0;
}

void dotnet_prepare(void)
{
    if (dlsym(RTLD_DEFAULT, "mono_jit_init")) /* the mono program itself */
        dotnet = 1;
}

void *dotnet_block(size_t size)
{
    int first = 1;
    if (!dotnet)
        dl_iterate_phdr(look, &first);
    return dotnet ? malloc(size) : NULL;
}
