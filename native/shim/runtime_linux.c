/* Finding and loading vcchk_runtime/libvcchk_core.so, once; and the log line when that fails.
 *
 * By absolute path from the shim's own address. RTLD_DEEPBIND makes the core and our libpython look into their own
 * libraries before the host's: a host that is a Python program has another interpreter under the same names (docs/hosts.md,
 * fact 18). AddressSanitizer refuses that flag; its build leaves it out.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

#if defined(VCCHK_NO_DEEPBIND)
#define CORE_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
#else
#define CORE_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND)
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int started; /* 1: the two below are final */
static const struct vcchk_core *the_core;
static const struct message *the_message;
static char home[PATH_MAX];
static char path[PATH_MAX + 64]; /* under the lock */
static char cause[1024];

/* One line into today's log, in the form vcchk/records/log.py gives its own. Failing to write it changes nothing. */
static void log_line(void)
{
    char line[sizeof cause + 200], day[16], stamp[24];
    const char *state = getenv("XDG_STATE_HOME");
    struct timeval now;
    struct tm t;
    int file, n;

    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &t);
    strftime(day, sizeof day, "%Y%m%d", &t);
    strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &t);
    n = snprintf(line, sizeof line, "%s.%03d %d.%ld ERROR libVirtualCardChk.so: %s\n", stamp, (int)(now.tv_usec / 1000),
                 (int)getpid(), (long)syscall(SYS_gettid), cause);
    if (n >= (int)sizeof line)
        n = (int)sizeof line - 1;
    if (state && *state) {
        mkdir(state, 0700);
        snprintf(path, sizeof path, "%s/vcchk", state);
    } else {
        snprintf(path, sizeof path, "/var/log/vcchk");
    }
    mkdir(path, 0755);
    strcat(path, "/log");
    mkdir(path, 0755);
    snprintf(path + strlen(path), sizeof path - strlen(path), "/vcchk-%s.log", day);
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return;
    if (write(file, line, (size_t)n) < 0)
        errno = 0; /* nobody is left to tell */
    close(file);
}

/* ld.so maps what the headers say and the process dies on the first page that a truncated file does not have, so each
 * file is measured first: the section headers are an ELF file's last part. Returns the broken one's name, or NULL. */
static const char *truncated_file(const char *folder)
{
    static char name[NAME_MAX + 1];
    DIR *files = opendir(folder);
    struct dirent *entry;
    const char *found = NULL;
    if (!files)
        return NULL;
    while (!found && (entry = readdir(files))) {
        ElfW(Ehdr) head;
        struct stat facts;
        int file;
        if (!strstr(entry->d_name, ".so"))
            continue;
        file = openat(dirfd(files), entry->d_name, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            continue; /* dlopen will say why */
        if (read(file, &head, sizeof head) != (ssize_t)sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) ||
            fstat(file, &facts) || (off_t)(head.e_shoff + (size_t)head.e_shnum * head.e_shentsize) > facts.st_size) {
            snprintf(name, sizeof name, "%s", entry->d_name);
            found = name;
        }
        close(file);
    }
    closedir(files);
    return found;
}

static const struct message *start(void)
{
    struct vcchk_host host = {VCCHK_CORE_VERSION, home, &vcchk_qrflow_stdcall, environ, 0};
    vcchk_core_start_fn *core_start;
    const char *words;
    Dl_info self;
    void *core;
    int result;

    if (!dladdr((void *)&runtime_core, &self) || !realpath(self.dli_fname, home)) {
        snprintf(cause, sizeof cause, "own folder not found, errno %d", errno);
        return &message_internal;
    }
    dlopen(home, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE); /* Python cannot be unloaded, so we stay */
    *strrchr(home, '/') = 0;
    snprintf(path, sizeof path, "%s/vcchk_runtime", home);
    words = truncated_file(path);
    if (words) {
        snprintf(cause, sizeof cause, "vcchk_runtime/%s is truncated or no shared object", words);
        return &message_damaged;
    }
    strcat(path, "/libvcchk_core.so");
    core = dlopen(path, CORE_FLAGS);
    if (!core) {
        words = dlerror();
        snprintf(cause, sizeof cause, "dlopen failed: %s", words);
        return strstr(words, "No such file") ? &message_missing : &message_damaged;
    }
    core_start = (vcchk_core_start_fn *)dlsym(core, "vcchk_core_start");
    if (!core_start) {
        snprintf(cause, sizeof cause, "vcchk_runtime/libvcchk_core.so: no vcchk_core_start");
        return &message_mixed;
    }
    result = core_start(&host, &the_core, cause, sizeof cause);
    if (result == VCCHK_CORE_MIXED)
        return &message_mixed;
    return result ? &message_start : NULL;
}

const struct vcchk_core *runtime_core(const struct message **message)
{
    if (!__atomic_load_n(&started, __ATOMIC_ACQUIRE)) {
        pthread_mutex_lock(&lock);
        if (!started) {
            dotnet_prepare();
            the_message = start();
            if (the_message) {
                the_core = NULL;
                log_line();
            }
            __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&lock);
    }
    *message = the_message;
    return the_core;
}
