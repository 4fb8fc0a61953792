/* What the core's files offer to each other. */
#ifndef VCCHK_CORE_H
#define VCCHK_CORE_H

#include "core_api.h"

/* stack_*.c: run work(argument) where at least 512 KB of stack are left: here, or on a thread of the DLL's.
 * on_caller tells which. 0, or -1 when no thread could be had. */
int stack_run(void (*work)(void *argument, int on_caller), void *argument);

/* streams_win.c: keep Python's start away from the host's standard handles (docs/hosts.md, fact 12). */
void streams_hide(void);
void streams_show(void);

/* openssl.c: OpenSSL does not clean up at the process's end; before its first use. */
void openssl_stay(const char *home);

/* Called by Python, declared in embedding.py. */
int vcchk_pump(int ms);

/* core.c: whether this thread is the one that the HIS called on; only then are its windows ours to look after. */
int core_on_callers_thread(void);

#endif
