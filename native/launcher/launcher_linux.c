/* vcchk: the command line on the library's own runtime; the core is loaded as the shim loads it. */
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/core_api.h"
#include "messages.h"

int main(int argc, char **argv)
{
    static char folder[PATH_MAX], path[PATH_MAX + 64], cause[1024];
    struct vcchk_host host = {VCCHK_CORE_VERSION, VCCHK_RELEASE, folder, environ, 1};
    const struct vcchk_core *core;
    vcchk_core_start_fn *core_start;
    void *module;
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *end;

    /* As Python's own program does: a peer that has gone is an error of that connection, not the end of us. */
    signal(SIGPIPE, SIG_IGN);
    if (length <= 0 || (folder[length] = 0, !(end = strrchr(folder, '/')))) {
        fprintf(stderr, "vcchk: %s (own folder not found)\n", message_program.utf8);
        return 3;
    }
    *end = 0;
    snprintf(path, sizeof path, "%s/" VCCHK_RUNTIME "/libvcchk_core.so", folder);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    core_start = module ? (vcchk_core_start_fn *)dlsym(module, "vcchk_core_start") : NULL;
    if (!core_start) {
        fprintf(stderr, "vcchk: %s (%s)\n", message_program.utf8, dlerror());
        return 3;
    }
    if (core_start(&host, &core, cause, sizeof cause)) {
        fprintf(stderr, "vcchk: %s (%s)\n", message_program.utf8, cause);
        return 3;
    }
    /* _exit, not Py_Finalize: threads of the sandbox may still run. The core has flushed Python's streams. */
    _exit(core->main(argc, argv));
}
