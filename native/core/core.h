/* What the core's files offer to each other. */
#ifndef VCCHK_CORE_H
#define VCCHK_CORE_H

#include <stdio.h>

#include "core_api.h"

/* stack_*.c: run work(argument) where at least 512 KB of stack are left: here, or on a thread of the DLL's.
 * on_caller tells which. 0, or -1 when no thread could be had. */
int stack_run(void (*work)(void *argument, int on_caller), void *argument);

/* streams_win.c: keep Python's start away from the host's standard handles (docs/hosts.md, fact 12). */
void streams_hide(void);
void streams_show(void);

/* modules_win.c: from now on Python's libraries are looked for in the runtime and in Windows' folder alone. */
void modules_restrict_search(void);

/* openssl.c: keep OpenSSL from cleaning up at the process's end; to be called before its first use. */
void openssl_skip_cleanup(const char *home);

/* start_*.c: one start at a time, whoever calls; and a file below home, opened for reading (NULL and errno). */
void start_lock(void);
void start_unlock(void);
FILE *core_open(const char *home, const char *tail);

/* fork_linux.c, NULL on Windows: see struct vcchk_core. */
#if defined(_WIN32)
#define fork_before NULL
#define fork_parent NULL
#define fork_child NULL
#else
void fork_before(void);
void fork_parent(void);
void fork_child(void);
/* stack_linux.c: in a forked child; the idle threads are the parent's. */
void stack_forget_workers(void);
#endif

/* Called by Python, declared in embedding.py. */
int vcchk_pump(int ms);
int vcchk_sockets_revive(void); /* 1: Winsock had been ended by the host, and works again */

/* core.c: whether this thread is the one that the HIS called on; only then are its windows ours to look after. */
int core_on_callers_thread(void);

#endif
