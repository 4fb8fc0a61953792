/* A program with signal and exception handlers of its own, which the library must leave alone.
 *
 * Windows: a vectored handler, an unhandled-exception filter, a console handler, C signals. Linux: handlers of every
 * signal a program may handle, a timer that interrupts whatever waits, an alternate stack, a signal mask. The program
 * makes a fault of its own before and after the calls and must be the one who handles it. Arguments: example.h.
 */
#include "example.h"

#include <signal.h>

#define CALLS 40

#if defined(_WIN32)

#include <windows.h>

typedef char *(__stdcall *transact_fn)(char *, char *, char *);

static char *page;          /* a fault on it is mended by the handler */
static volatile LONG mended, others;
static volatile LONG during; /* exceptions seen while the library was at work */
static volatile LONG working;

static __attribute__((force_align_arg_pointer)) LONG CALLBACK vectored(EXCEPTION_POINTERS *facts)
{
    EXCEPTION_RECORD *record = facts->ExceptionRecord;
    if (record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && (char *)record->ExceptionInformation[1] == page) {
        VirtualAlloc(page, 4096, MEM_COMMIT, PAGE_READWRITE);
        mended++;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    if (working)
        during++;
    else
        others++;
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG WINAPI unhandled(EXCEPTION_POINTERS *facts)
{
    (void)facts;
    return EXCEPTION_EXECUTE_HANDLER;
}

static BOOL WINAPI console(DWORD event)
{
    (void)event;
    return TRUE;
}

static void on_signal(int number)
{
    (void)number;
}

static void fault(void)
{
    page = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    *(volatile char *)page = 1;
    VirtualFree(page, 0, MEM_RELEASE);
}

int main(int count, char **arguments)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGABRT, SIGFPE, SIGSEGV, SIGILL};
    static char out[2048];
    HMODULE library;
    transact_fn trans;
    char *request, line[64];
    int i, good = 0, kept = 0;
    UINT mode;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    AddVectoredExceptionHandler(1, vectored);
    SetUnhandledExceptionFilter(unhandled);
    SetConsoleCtrlHandler(console, TRUE);
    mode = SetErrorMode(SEM_NOGPFAULTERRORBOX);
    mode = SetErrorMode(SEM_NOGPFAULTERRORBOX);
    for (i = 0; i < 6; i++)
        signal(numbers[i], on_signal);
    fault();
    library = LoadLibraryA("VirtualCardChk.dll");
    trans = (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans");
    working = 1;
    for (i = 0; i < CALLS; i++)
        good += !strcmp(trans(arguments[2], request, out), "00");
    working = 0;
    example_number("good", good);
    example_number("calls", CALLS);
    fault();
    example_number("mended", mended);
    example_number("during", during);
    example_number("others", others);
    example_number("filter", SetUnhandledExceptionFilter(unhandled) == unhandled);
    example_number("mode", SetErrorMode(SEM_NOGPFAULTERRORBOX) == mode);
    for (i = 0; i < 6; i++)
        kept += signal(numbers[i], on_signal) == on_signal;
    snprintf(line, sizeof line, "%d of 6", kept);
    example_text("signals", line);
    example_text("end", "reached");
    return 0;
}

#else

#include <dlfcn.h>
#include <setjmp.h>
#include <sys/time.h>

typedef char *(*transact_fn)(char *, char *, char *);

static sigjmp_buf back;
static volatile sig_atomic_t ticks, faults;
static char stack[65536];

static void on_signal(int number)
{
    if (number == SIGALRM)
        ticks++;
}

static void on_fault(int number)
{
    (void)number;
    faults++;
    siglongjmp(back, 1);
}

static void fault(void)
{
    if (!sigsetjmp(back, 1))
        *(volatile char *)(uintptr_t)8 = 1;
}

int main(int count, char **arguments)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGFPE, SIGUSR1, SIGUSR2, SIGALRM, SIGSEGV};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    static char out[2048];
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    struct sigaction action, now;
    sigset_t blocked, mask;
    stack_t alternate = {stack, 0, sizeof stack}, found;
    void *library;
    transact_fn trans;
    char *request, line[64];
    int i, good = 0, kept = 0;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    sigaltstack(&alternate, NULL);
    for (i = 0; i < COUNT; i++) {
        memset(&action, 0, sizeof action);
        action.sa_handler = numbers[i] == SIGSEGV ? on_fault : on_signal;
        action.sa_flags = SA_ONSTACK; /* no SA_RESTART: what waits is interrupted */
        sigaction(numbers[i], &action, NULL);
    }
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    fault();
    library = dlopen(arguments[1], RTLD_NOW);
    trans = library ? (transact_fn)dlsym(library, "VirtualCardTrans") : NULL;
    if (!trans)
        return 4;
    setitimer(ITIMER_REAL, &often, NULL);
    for (i = 0; i < CALLS; i++)
        good += !strcmp(trans(arguments[2], request, out), "00");
    setitimer(ITIMER_REAL, &never, NULL);
    example_number("good", good);
    example_number("calls", CALLS);
    example_number("ticks", ticks > 0);
    fault();
    example_number("mended", faults);
    for (i = 0; i < COUNT; i++) {
        sigaction(numbers[i], NULL, &now);
        kept += now.sa_handler == (numbers[i] == SIGSEGV ? on_fault : on_signal) && now.sa_flags & SA_ONSTACK;
    }
    snprintf(line, sizeof line, "%d of %d", kept, COUNT);
    example_text("signals", line);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    example_number("mask", sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGALRM) && !sigismember(&mask, SIGSEGV));
    sigaltstack(NULL, &found);
    example_number("stack", found.ss_sp == stack);
    example_text("end", "reached");
    return 0;
}

#endif
