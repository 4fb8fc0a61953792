/* What the shim's files offer to each other. */
#ifndef VCCHK_SHIM_H
#define VCCHK_SHIM_H

#include "../core/core_api.h"
#include "messages.h" /* made by native/messages.py */

extern volatile long vcchk_qrflow_stdcall;

/* runtime_*.c: the core, started by the first call; NULL when that failed: *message says which reply to give. */
const struct vcchk_core *runtime_core(const struct message **message);

/* dotnet_*.c: called once, by the first call. */
void dotnet_prepare(void);

/* dotnet_*.c: a block that a .NET host may free; NULL in other hosts. */
void *dotnet_block(size_t size);

/* returned.c: a copy of code (at most 15 bytes) that the caller may keep, or free when it is .NET. */
char *returned_text(const char *code);

/* reply.c */
void reply_write(char *out, const struct message *message, const char *request);

#endif
