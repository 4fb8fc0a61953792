/* Milliseconds on the machine's steady clock, and the percentiles of a run. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdio.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <windows.h>

static double clock_ms(void)
{
    LARGE_INTEGER now, rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return 1000.0 * (double)now.QuadPart / (double)rate.QuadPart;
}
#else
#include <time.h>

static double clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1000.0 * (double)now.tv_sec + (double)now.tv_nsec / 1e6;
}
#endif

#if defined(__GNUC__)
#define MAYBE_UNUSED __attribute__((unused))
#else
#define MAYBE_UNUSED
#endif

/* Between two timed calls, in every caller alike: a HIS does not call in a tight loop, and a server that never goes to
 * sleep answers a peer that does nothing else sooner than one that has worked meanwhile. Busy, so that the caller's own
 * processor stays as it is. */
#define PAUSE_MS 0.5

static MAYBE_UNUSED void pause_between_calls(void)
{
    double until = clock_ms() + PAUSE_MS;
    while (clock_ms() < until) {
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the times and prints their percentiles as members of a JSON object, with a comma behind each. */
static MAYBE_UNUSED void print_times(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    printf("\"p50_ms\":%.4f,\"p90_ms\":%.4f,\"p99_ms\":%.4f,", times[count / 2], times[count * 9 / 10],
           times[count * 99 / 100]);
}

#endif
