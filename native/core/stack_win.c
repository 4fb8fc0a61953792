/* Enough stack for Python (docs/hosts.md, fact 17), on Windows.
 *
 * Hosts start threads with 64 KB. Where less than 512 KB are left, the call runs on a thread of ours, which waits for
 * the next one afterwards: starting a thread costs more than most calls.
 */
#include <windows.h>

#include "../shim/guard.h"
#include "core.h"

#define ENOUGH (512 * 1024)
#define OURS (2 * 1024 * 1024) /* bytes reserved; Windows commits what is touched */
#define KEPT 4                 /* idle threads that wait for ever; more end after their call */

struct worker {
    struct worker *next;
    HANDLE wake;
    HANDLE done;
    void (*work)(void *argument, int on_caller);
    void *argument;
    int stays;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct worker *idle;
static int kept;

static int enough_left(void)
{
    MEMORY_BASIC_INFORMATION info;
    char here = 0;
    /* A stack is one reservation: its lowest address is AllocationBase. */
    if (!VirtualQuery(&here, &info, sizeof info))
        return 0;
    return (size_t)(&here - (char *)info.AllocationBase) >= ENOUGH;
}

static
#if defined(__i386__)
    __attribute__((force_align_arg_pointer))
#endif
    DWORD WINAPI
    serve(void *argument)
{
    struct worker *worker = argument;
    int stays;
    do {
        WaitForSingleObject(worker->wake, INFINITE);
        guard_reset(); /* a DLL of the host may have set it when the thread began */
        worker->work(worker->argument, 0);
        stays = worker->stays;
        SetEvent(worker->done);
    } while (stays);
    return 0;
}

static struct worker *take_worker(void)
{
    struct worker *worker;
    HANDLE thread;
    AcquireSRWLockExclusive(&lock);
    worker = idle;
    if (worker)
        idle = worker->next;
    ReleaseSRWLockExclusive(&lock);
    if (worker)
        return worker;
    worker = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *worker);
    if (!worker)
        return NULL;
    worker->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
    worker->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    AcquireSRWLockExclusive(&lock);
    worker->stays = kept < KEPT;
    kept += worker->stays;
    ReleaseSRWLockExclusive(&lock);
    thread = worker->wake && worker->done
                 ? CreateThread(NULL, OURS, serve, worker, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL)
                 : NULL;
    if (thread) {
        CloseHandle(thread);
        return worker;
    }
    AcquireSRWLockExclusive(&lock);
    kept -= worker->stays;
    ReleaseSRWLockExclusive(&lock);
    if (worker->wake)
        CloseHandle(worker->wake);
    if (worker->done)
        CloseHandle(worker->done);
    HeapFree(GetProcessHeap(), 0, worker);
    return NULL;
}

static void give_back(struct worker *worker)
{
    if (worker->stays) {
        AcquireSRWLockExclusive(&lock);
        worker->next = idle;
        idle = worker;
        ReleaseSRWLockExclusive(&lock);
    } else {
        CloseHandle(worker->wake);
        CloseHandle(worker->done);
        HeapFree(GetProcessHeap(), 0, worker);
    }
}

int stack_run(void (*work)(void *argument, int on_caller), void *argument)
{
    struct worker *worker;
    if (enough_left()) {
        work(argument, 1);
        return 0;
    }
    worker = take_worker();
    if (!worker)
        return -1;
    worker->work = work;
    worker->argument = argument;
    SetEvent(worker->wake);
    WaitForSingleObject(worker->done, INFINITE);
    give_back(worker);
    return 0;
}
