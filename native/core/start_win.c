/* The start's lock and file, on Windows. */
#include <errno.h>
#include <stdlib.h>
#include <windows.h>

#include "core.h"

static SRWLOCK lock = SRWLOCK_INIT;

void start_lock(void)
{
    AcquireSRWLockExclusive(&lock);
}

void start_unlock(void)
{
    ReleaseSRWLockExclusive(&lock);
}

FILE *core_open(const char *home, const char *tail)
{
    size_t size = strlen(home) + strlen(tail) + 1;
    char *path = malloc(size);
    WCHAR *wide = malloc(size * sizeof *wide);
    FILE *file = NULL;
    if (path && wide) {
        snprintf(path, size, "%s%s", home, tail);
        if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, (int)size))
            file = _wfopen(wide, L"rb");
    }
    free(path);
    free(wide);
    return file;
}
