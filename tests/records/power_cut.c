/* A layer under a program (LD_PRELOAD): traces what it writes, syncs and removes below one folder, so that a test can tell
 * what a disk held when the power went. TRACE_FOLDER: the folder; TRACE_FILE: where the trace goes.
 *
 * A record: operation (write, truncate, sync, unlink), length of the name (2 bytes), name, offset or size (8), length of the data (4), data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int trace = -1;

static ssize_t put(const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return real(trace, data, size);
}

static void record_name(char operation, const char *name, size_t length, int64_t offset, const void *data,
                        uint32_t size) {
    const char *folder = getenv("TRACE_FOLDER"), *path = getenv("TRACE_FILE");
    char head[4200], *end = head;
    if (!folder || !path || length <= strlen(folder) || memcmp(name, folder, strlen(folder)))
        return;
    if (trace < 0)
        trace = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    uint16_t name_size = (uint16_t)length;
    *end++ = operation;
    memcpy(end, &name_size, 2), end += 2;
    memcpy(end, name, name_size), end += name_size;
    memcpy(end, &offset, 8), end += 8;
    memcpy(end, &size, 4), end += 4;
    put(head, (size_t)(end - head));
    if (size)
        put(data, size);
}

static void record(char operation, int file, int64_t offset, const void *data, uint32_t size) {
    char link[64] = "/proc/self/fd/", name[4096], digits[16];
    int count = 0, at = (int)strlen(link);
    if (file < 0)
        return;
    for (int rest = file; rest || !count; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count)
        link[at++] = digits[--count];
    link[at] = 0;
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length > 0)
        record_name(operation, name, (size_t)length, offset, data, size);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
        real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    off_t offset = lseek(file, 0, SEEK_CUR);
    ssize_t done = real(file, data, size);
    if (done > 0 && file != trace)
        record('w', file, offset, data, (uint32_t)done);
    return done;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ssize_t done = real(file, data, size, offset);
    if (done > 0)
        record('w', file, offset, data, (uint32_t)done);
    return done;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    return pwrite(file, data, size, offset);
}

int ftruncate(int file, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    int failed = real(file, size);
    if (!failed)
        record('t', file, size, 0, 0);
    return failed;
}

int ftruncate64(int file, off64_t size) {
    return ftruncate(file, size);
}

int fsync(int file) {
    REAL(int, "fsync", int);
    int failed = real(file);
    if (!failed)
        record('s', file, 0, 0, 0);
    return failed;
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int);
    int failed = real(file);
    if (!failed)
        record('s', file, 0, 0, 0);
    return failed;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int failed = real(path);
    if (!failed)
        record_name('u', path, strlen(path), 0, 0, 0);
    return failed;
}
