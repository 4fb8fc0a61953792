/* What the shim's files offer to each other. */
#ifndef VCCHK_SHIM_H
#define VCCHK_SHIM_H

#include <stdint.h>

#include "../core/core_api.h"
#include "messages.h" /* made by native/messages.py */

#define CAUSE_SIZE 1024 /* bytes, UTF-8, with the NUL */

/* exports.c: whether Set_QRflow_Mode takes its argument off the stack (32-bit Windows). */
extern volatile long vcchk_qrflow_stdcall;

/* ini.c: whether an INI of these bytes says `[abi] qrflow_convention = stdcall`. */
int ini_says_stdcall(const unsigned char *data, size_t size);

/* utf8.c: has_long tells of a sequence of 3 or 4 bytes. */
int utf8_is_valid(const unsigned char *p, const unsigned char *end, int *has_long);

/* runtime.c: the core, started by the first call; NULL when that failed: *message says which reply to give. */
const struct vcchk_core *runtime_core(const struct message **message);

/* runtime.c: the core when it runs; starts nothing. */
const struct vcchk_core *runtime_core_if_started(void);

/* One try to start the core. message: NULL when it runs. cause: for the log; empty when there is nothing to say. */
struct attempt {
    const struct vcchk_core *core;
    const struct message *message;
    int is_final;   /* no later try can end otherwise */
    int is_foreign; /* the core is another copy's, which this process had loaded before */
    char cause[CAUSE_SIZE];
};

/* runtime.c: start Python by the loaded core's function and fill in the rest of *attempt. */
void runtime_begin(struct attempt *attempt, vcchk_core_start_fn *core_start, const struct vcchk_host *host);

/* runtime_win.c, runtime_linux.c */
void system_lock(void);
void system_unlock(void);
uint32_t system_ms(void); /* a clock that wraps around */
int system_lacks_address_space(void); /* too little address space for what the start needs */
void system_start(struct attempt *attempt);
void system_log(const char *level, const char *cause);

/* process_linux.c, nothing on Windows: around each call. */
#if defined(_WIN32)
struct process_call {
    char none;
};
static inline void process_enter(struct process_call *call)
{
    (void)call;
}
static inline void process_leave(const struct process_call *call)
{
    (void)call;
}
static inline int process_is_broken(void)
{
    return 0;
}
#else
#include <signal.h>
struct process_call {
    sigset_t mask;      /* of the calling thread, before */
    int was_pending;    /* SIGPIPE waited before the call: it is the host's */
};
void process_enter(struct process_call *call);
void process_leave(const struct process_call *call);
int process_is_broken(void); /* this process was forked from one with calls in flight */
#endif

/* dotnet_*.c: called once, by the first call. */
void dotnet_prepare(void);

/* dotnet_*.c: a block that a .NET host may free; NULL in other hosts. */
void *dotnet_block(size_t size);

/* returned.c: a copy of code (at most 15 bytes) that the caller may keep, or free when it is .NET. */
char *returned_text(const char *code);

/* reply.c */
void reply_write(char *out, const struct message *message, const char *request);

/* The same as JSON, for NationEcTrans: callers parse its OutData on failure, too, and read code and message. */
void reply_write_object(char *out, const struct message *message, const char *request);

#endif
