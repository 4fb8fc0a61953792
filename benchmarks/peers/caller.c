/* A host that loads the library as a HIS does and times its calls; the same source for Linux and Windows.
 *
 *     caller <library> <url> <file with InData> <count> <threads>
 *
 * One line of JSON on stdout: milliseconds of loading the library and making the first call (`first_ms`), of each of
 * `count` later calls (`p50_ms`, `p90_ms`, `p99_ms`), the calls a second of `threads` threads that make `count` calls
 * each. A call that is not answered with "00" ends the program with exit code 1: nothing failed is ever timed.
 *
 * With 0 threads it makes `count` calls, and waits for a line on stdin before it loads the library and before it ends:
 * so that somebody can look how much memory it has then.
 */
#define _CRT_SECURE_NO_WARNINGS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#if defined(_WIN32)
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

static void pause_for(const char *moment)
{
    char line[16];
    printf("%s\n", moment);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        exit(1);
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
    int threads, i;
    if (argc != 6)
        fail("usage:", "caller <library> <url> <file with InData> <count> <threads>");
    url = argv[2];
    indata = whole(argv[3]);
    count = atoi(argv[4]);
    threads = atoi(argv[5]);
    if (threads < 0 || threads > 64)
        fail("threads", argv[5]);
    times = calloc((size_t)count + 1, sizeof *times);
    if (!threads)
        pause_for("before");
    began = clock_ms();
    trans = load(argv[1]);
    call();
    first = clock_ms() - began;
    if (threads <= 1) {
        for (i = 0; i < count; i++) {
            double from;
            pause_between_calls();
            from = clock_ms();
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
    if (!threads)
        pause_for("after");
    printf("{\"first_ms\":%.3f,", first);
    if (threads <= 1 && count)
        print_times(times, count);
    printf("\"calls_per_s\":%.1f}\n", took > 0 ? 1000.0 * count * (threads ? threads : 1) / took : 0.0);
    return 0;
}
