/* Two things that a call must not do to the process it runs in, on Linux: end it by SIGPIPE, or hang in a forked child.
 *
 * SIGPIPE's default ends the program, and only its program may say otherwise. A write to a socket whose peer has gone
 * raises it in the writing thread (write(2), EPIPE), whoever writes: Python, OpenSSL, pyserial. So it is blocked in
 * the calling thread during a call, threads that are made in a call inherit that, and one that waits at the end is ours
 * and is taken away. The program's handlers and its own SIGPIPE are not touched.
 *
 * A forked child has the forking thread alone. Locks that other threads held in a call stay locked there for ever, so
 * such a child is answered 8009. Without calls in flight Python is forked as os.fork does it.
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

static int in_flight; /* calls of all threads */
static int is_broken;
static _Thread_local int depth; /* calls of this thread */

static _Thread_local int holds_python; /* between before_fork and the two behind it */
static _Thread_local int is_own_fork;

static int others_in_flight(void)
{
    return __atomic_load_n(&in_flight, __ATOMIC_SEQ_CST) > 0;
}

static void before_fork(void)
{
    const struct vcchk_core *core = runtime_core_if_started();
    is_own_fork = depth > 0; /* subprocess in a call of ours: the child executes another program at once */
    if (is_own_fork || !core || others_in_flight())
        return;
    core->fork_before();
    holds_python = 1;
    if (others_in_flight()) { /* begun meanwhile, and perhaps past Python's lock */
        core->fork_parent();
        holds_python = 0;
    }
}

static void after_fork_in_parent(void)
{
    if (holds_python)
        runtime_core_if_started()->fork_parent();
    holds_python = 0;
}

static void after_fork_in_child(void)
{
    if (is_own_fork)
        return;
    if (holds_python)
        runtime_core_if_started()->fork_child();
    else if (others_in_flight())
        is_broken = 1;
    holds_python = 0;
    in_flight = 0;
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int process_is_broken(void)
{
    return is_broken;
}

static int sigpipe_waits(void)
{
    sigset_t pending;
    return !sigpending(&pending) && sigismember(&pending, SIGPIPE) == 1;
}

void process_enter(struct process_call *call)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sigset_t sigpipe;
    pthread_once(&once, watch_forks);
    depth++;
    __atomic_add_fetch(&in_flight, 1, __ATOMIC_SEQ_CST);
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &call->mask);
    call->was_pending = sigismember(&call->mask, SIGPIPE) == 1 && sigpipe_waits();
}

void process_leave(const struct process_call *call)
{
    if (!call->was_pending && sigpipe_waits()) {
        static const struct timespec at_once = {0, 0};
        sigset_t sigpipe;
        siginfo_t facts;
        sigemptyset(&sigpipe);
        sigaddset(&sigpipe, SIGPIPE);
        /* The kernel delivers the thread's own before the process's; si_pid of a write's is this process. */
        if (sigtimedwait(&sigpipe, &facts, &at_once) == SIGPIPE && facts.si_pid != getpid())
            kill(getpid(), SIGPIPE); /* somebody sent it to the program */
    }
    pthread_sigmask(SIG_SETMASK, &call->mask, NULL);
    __atomic_sub_fetch(&in_flight, 1, __ATOMIC_SEQ_CST);
    depth--;
}
