/* Finding and loading the core in this release's runtime folder; and the log line when that fails.
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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
static char home[PATH_MAX];
static char path[PATH_MAX + 64]; /* both under the lock */

void system_lock(void)
{
    pthread_mutex_lock(&lock);
}

void system_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

uint32_t system_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

/* Add a part to the path and make that folder; -1 where the whole does not fit. */
__attribute__((format(printf, 2, 3))) static int add_to_path(size_t *length, const char *format, ...)
{
    va_list list;
    int n;
    va_start(list, format);
    n = vsnprintf(path + *length, sizeof path - *length, format, list);
    va_end(list);
    if (n < 0 || (size_t)n >= sizeof path - *length)
        return -1;
    *length += (size_t)n;
    return 0;
}

/* One line into today's log, in the form vcchk/records/log.py gives its own. Failing to write it changes nothing. */
void system_log(const char *level, const char *cause)
{
    char line[CAUSE_SIZE + 200], day[16], stamp[24];
    const char *state = getenv("XDG_STATE_HOME");
    struct timeval now;
    struct tm t;
    size_t length = 0;
    int file, n;

    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &t);
    strftime(day, sizeof day, "%Y%m%d", &t);
    strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &t);
    n = snprintf(line, sizeof line, "%s.%03d %d.%ld %s libVirtualCardChk.so: %s\n", stamp, (int)(now.tv_usec / 1000),
                 (int)getpid(), (long)syscall(SYS_gettid), level, cause);
    if (n >= (int)sizeof line)
        n = (int)sizeof line - 1;
    if (state && *state)
        mkdir(state, 0700);
    else
        state = "/var/log";
    if (add_to_path(&length, "%s/vcchk", state))
        return;
    mkdir(path, 0700); /* as vcchk/records/folder.py makes it */
    if (add_to_path(&length, "/log"))
        return;
    mkdir(path, 0700);
    if (add_to_path(&length, "/vcchk-%s.log", day))
        return;
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
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

int system_lacks_address_space(void)
{
    const size_t size = 32 << 20; /* libpython and what it needs */
    void *hole = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (hole == MAP_FAILED)
        return 1;
    munmap(hole, size);
    return 0;
}

static const struct message *load_failure(const char *error)
{
    if (system_lacks_address_space())
        return &message_memory;
    return strstr(error, "No such file") ? &message_missing : &message_damaged;
}

/* The running core of another copy of the folder, else this one's. NULL: *attempt says why. */
static void *load_core(struct attempt *attempt)
{
    const char *truncated;
    size_t length = 0;
    /* Without a slash the name is compared with the loaded libraries' own; nothing is searched for. */
    void *core = dlopen("libvcchk_core.so", RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    attempt->is_foreign = core != NULL;
    if (core)
        return core;
    if (add_to_path(&length, "%s/" VCCHK_RUNTIME, home))
        return NULL;
    truncated = truncated_file(path);
    if (truncated) {
        snprintf(attempt->cause, CAUSE_SIZE, VCCHK_RUNTIME "/%s is truncated or no shared object", truncated);
        attempt->message = &message_damaged;
        return NULL;
    }
    if (add_to_path(&length, "/libvcchk_core.so"))
        return NULL;
    core = dlopen(path, CORE_FLAGS);
    if (!core) {
        const char *error = dlerror();
        snprintf(attempt->cause, CAUSE_SIZE, "dlopen failed: %s", error);
        attempt->message = load_failure(error);
    }
    return core;
}

static int find_home(void)
{
    Dl_info self;
    char *end;
    if (!dladdr((void *)&system_start, &self) || !realpath(self.dli_fname, home))
        return -1;
    dlopen(home, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE); /* Python cannot be unloaded, so we stay */
    end = strrchr(home, '/');
    if (!end)
        return -1;
    *end = 0;
    return 0;
}

void system_start(struct attempt *attempt)
{
    struct vcchk_host host = {VCCHK_CORE_VERSION, VCCHK_RELEASE, home, environ, 0};
    vcchk_core_start_fn *core_start;
    void *core;

    dotnet_prepare();
    if (find_home()) {
        snprintf(attempt->cause, CAUSE_SIZE, "own folder not found, errno %d", errno);
        attempt->message = &message_internal;
        return;
    }
    attempt->message = &message_internal;
    core = load_core(attempt);
    if (!core)
        return;
    core_start = (vcchk_core_start_fn *)dlsym(core, "vcchk_core_start");
    if (!core_start) {
        snprintf(attempt->cause, CAUSE_SIZE, "libvcchk_core.so: no vcchk_core_start");
        attempt->message = &message_mixed;
        attempt->is_final = 1;
        return;
    }
    attempt->message = NULL;
    runtime_begin(attempt, core_start, &host);
}
