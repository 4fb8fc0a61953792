/* A host that loads the library as a HIS does and times its calls; the same source for Linux and Windows.
 *
 *     caller <library> <url> <file with InData> <count> <threads>
 *
 * One line of JSON on stdout: milliseconds of loading the library and making the first call (`first_ms`), of each of
 * `count` later calls (`p50_ms`, `p90_ms`, `p99_ms`), the calls a second of `threads` threads that make `count` calls
 * each, the process's private memory before the library was loaded and at the end, and the first answer's code. A call
 * that is not answered with "00" ends the program with exit code 1: nothing failed is ever timed.
 */
#define _CRT_SECURE_NO_WARNINGS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#if defined(_WIN32)
#include <psapi.h>
#define STD __stdcall
#else
#include <dlfcn.h>
#include <pthread.h>
#define STD
#endif

#define ROOM 2048

typedef char *(STD *trans_function)(char *url, char *indata, char *outdata);

static trans_function trans;
static char *url, *indata;
static int count;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "caller: %s %s\n", what, detail);
    exit(1);
}

static trans_function load(const char *path)
{
    trans_function found;
#if defined(_WIN32)
    HMODULE module = LoadLibraryA(path);
    if (!module)
        fail("cannot load", path);
    found = (trans_function)(void *)GetProcAddress(module, "VirtualCardTrans");
#else
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        fail("cannot load", dlerror());
    *(void **)&found = dlsym(module, "VirtualCardTrans");
#endif
    if (!found)
        fail("no VirtualCardTrans in", path);
    return found;
}

/* Memory that is this process's alone, in KB: what Windows calls private bytes. */
static long private_kb(void)
{
#if defined(_WIN32)
    PROCESS_MEMORY_COUNTERS_EX now;
    memset(&now, 0, sizeof now);
    if (!GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&now, sizeof now))
        fail("GetProcessMemoryInfo", "");
    return (long)(now.PrivateUsage / 1024);
#else
    char line[256];
    long kb = 0, one;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (!file)
        fail("no", "/proc/self/smaps_rollup");
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Private_Clean: %ld", &one) == 1 || sscanf(line, "Private_Dirty: %ld", &one) == 1)
            kb += one;
    fclose(file);
    return kb;
#endif
}

static void call(void)
{
    char out[ROOM];
    char *ret = trans(url, indata, out);
    if (!ret || strcmp(ret, "00"))
        fail(ret ? ret : "NULL", out);
}

static char *whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    if (!file || !text || !fread(text, 1, (1 << 20) - 1, file))
        fail("cannot read", path);
    fclose(file);
    return text;
}

#if defined(_WIN32)
static DWORD WINAPI work(void *unused)
#else
static void *work(void *unused)
#endif
{
    int i;
    (void)unused;
    for (i = 0; i < count; i++)
        call();
    return 0;
}

static double run_threads(int threads)
{
    double began = clock_ms();
    int i;
#if defined(_WIN32)
    HANDLE handles[64];
    for (i = 0; i < threads; i++)
        handles[i] = CreateThread(NULL, 0, work, NULL, 0, NULL);
    WaitForMultipleObjects((DWORD)threads, handles, TRUE, INFINITE);
#else
    pthread_t handles[64];
    for (i = 0; i < threads; i++)
        pthread_create(&handles[i], NULL, work, NULL);
    for (i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
#endif
    return clock_ms() - began;
}

int main(int argc, char **argv)
{
    double began, first, took = 0, *times;
    long before, after;
    int threads, i;
    if (argc != 6)
        fail("usage:", "caller <library> <url> <file with InData> <count> <threads>");
    url = argv[2];
    indata = whole(argv[3]);
    count = atoi(argv[4]);
    threads = atoi(argv[5]);
    if (threads < 1 || threads > 64)
        fail("threads", argv[5]);
    times = calloc((size_t)count + 1, sizeof *times);
    before = private_kb();
    began = clock_ms();
    trans = load(argv[1]);
    call();
    first = clock_ms() - began;
    if (threads == 1) {
        for (i = 0; i < count; i++) {
            double from = clock_ms();
            call();
            times[i] = clock_ms() - from;
            took += times[i];
        }
    } else {
        /* Connections of their own for all threads first, so that the count is of warm calls. */
        int wanted = count;
        count = 2;
        run_threads(threads);
        count = wanted;
        took = run_threads(threads);
    }
    after = private_kb();
    printf("{\"first_ms\":%.3f,", first);
    if (threads == 1 && count)
        print_times(times, count);
    printf("\"calls_per_s\":%.1f,\"memory_before_kb\":%ld,\"memory_after_kb\":%ld}\n",
           took > 0 ? 1000.0 * count * threads / took : 0.0, before, after);
    return 0;
}
