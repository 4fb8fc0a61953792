/* The start's lock and file, on Linux. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void start_lock(void)
{
    pthread_mutex_lock(&lock);
}

void start_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

FILE *core_open(const char *home, const char *tail)
{
    size_t size = strlen(home) + strlen(tail) + 1;
    char *path = malloc(size);
    FILE *file = NULL;
    if (path) {
        snprintf(path, size, "%s%s", home, tail);
        file = fopen(path, "rbe");
    }
    free(path);
    return file;
}
