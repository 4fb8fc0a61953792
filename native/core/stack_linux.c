/* Enough stack for Python (docs/hosts.md, fact 17), on Linux.
 *
 * Where less than 512 KB are left, the call runs on a thread of ours, which waits for the next one afterwards.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "../shim/guard.h"
#include "core.h"

#define ENOUGH (512 * 1024)
#define OURS (4 * 1024 * 1024) /* bytes of address space; pages come as they are touched */
#define KEPT 4                 /* idle threads that wait for ever; more end after their call */

struct worker {
    struct worker *next;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*work)(void *argument, int on_caller); /* NULL: nothing to do */
    void *argument;
    int stays;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker *idle;
static int kept;
static _Thread_local char *lowest; /* of this thread's stack; asked once, since the main thread's costs a file read */

static int enough_left(void)
{
    char here = 0;
    if (!lowest) {
        pthread_attr_t attributes;
        void *address;
        size_t size;
        if (pthread_getattr_np(pthread_self(), &attributes))
            return 0;
        if (!pthread_attr_getstack(&attributes, &address, &size))
            lowest = address;
        pthread_attr_destroy(&attributes);
        if (!lowest)
            return 0;
    }
    return &here - lowest >= ENOUGH;
}

static void *serve(void *argument)
{
    struct worker *worker = argument;
    int stays;
    do {
        pthread_mutex_lock(&worker->lock);
        while (!worker->work)
            pthread_cond_wait(&worker->changed, &worker->lock);
        pthread_mutex_unlock(&worker->lock);
        guard_reset(); /* a thread inherits the state of the one that made it */
        worker->work(worker->argument, 0);
        stays = worker->stays;
        pthread_mutex_lock(&worker->lock);
        worker->work = NULL;
        pthread_cond_signal(&worker->changed);
        pthread_mutex_unlock(&worker->lock);
    } while (stays);
    return NULL;
}

/* The host's signals are the host's threads' business. */
static int start_thread(struct worker *worker, pthread_t *thread)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int failed;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, OURS);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(thread, &attributes, serve, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed;
}

static struct worker *take_worker(pthread_t *thread)
{
    struct worker *worker;
    pthread_mutex_lock(&lock);
    worker = idle;
    if (worker)
        idle = worker->next;
    pthread_mutex_unlock(&lock);
    if (worker)
        return worker;
    worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->changed, NULL);
    pthread_mutex_lock(&lock);
    worker->stays = kept < KEPT;
    kept += worker->stays;
    pthread_mutex_unlock(&lock);
    if (!start_thread(worker, thread)) {
        if (worker->stays)
            pthread_detach(*thread);
        return worker;
    }
    pthread_mutex_lock(&lock);
    kept -= worker->stays;
    pthread_mutex_unlock(&lock);
    free(worker);
    return NULL;
}

void stack_forget_workers(void)
{
    pthread_mutex_init(&lock, NULL);
    idle = NULL;
    kept = 0;
}

int stack_run(void (*work)(void *argument, int on_caller), void *argument)
{
    struct worker *worker;
    pthread_t thread;
    if (enough_left()) {
        work(argument, 1);
        return 0;
    }
    worker = take_worker(&thread);
    if (!worker)
        return -1;
    pthread_mutex_lock(&worker->lock);
    worker->work = work;
    worker->argument = argument;
    pthread_cond_signal(&worker->changed);
    while (worker->work)
        pthread_cond_wait(&worker->changed, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
    if (worker->stays) {
        pthread_mutex_lock(&lock);
        worker->next = idle;
        idle = worker;
        pthread_mutex_unlock(&lock);
    } else {
        pthread_join(thread, NULL);
        free(worker);
    }
    return 0;
}
