/* The functions a HIS calls. Each one saves the caller's state, lets the core answer, restores the state, and returns
 * no failure as success. The names are those of VirtualCardChk.win32.def, decorated ones among them, and of
 * VirtualCardChk.win64.def.
 */
#include "../VirtualCardChk.h"
#include "guard.h"
#include "shim.h"

/* Hosts align the stack to 4 bytes, the compiler's SSE code assumes 16 (docs/hosts.md, fact 6). */
#if defined(__i386__)
#define ENTRY __attribute__((force_align_arg_pointer))
#else
#define ENTRY
#endif

#if defined(_WIN32)
#define EXPORT
#define STDCALL __stdcall
#else
#define EXPORT __attribute__((visibility("default")))
#define STDCALL
#endif

volatile long vcchk_qrflow_stdcall = 0;

/* What each call saves and restores: the caller's floating point state, and on Linux its thread's signal mask. */
struct call_state {
    struct guard guard;
    struct process_call process;
};

static void enter(struct call_state *state)
{
    guard_enter(&state->guard);
    process_enter(&state->process);
}

static void leave(const struct call_state *state)
{
    process_leave(&state->process);
    guard_leave(&state->guard);
}

static const struct vcchk_core *find_core(const struct message **message)
{
    if (process_is_broken()) {
        *message = &message_forked;
        return 0;
    }
    return runtime_core(message);
}

static const struct message *static_reply(int number)
{
    return number == VCCHK_BUSY ? &message_busy : number == VCCHK_NO_MEMORY ? &message_memory : &message_internal;
}

/* The number that an `int` function returns: VCCHK_NO_MEMORY stays between core and shim, a HIS gets 8009. */
static int int_result(int number)
{
    return number == VCCHK_NO_MEMORY ? message_memory.number : number;
}

static char *transact(int nation, const char *url, const char *indata, char *outdata)
{
    const struct message *message;
    const struct vcchk_core *core = find_core(&message);
    if (core) {
        char ret[VCCHK_RET_SIZE] = {0};
        int number = (nation ? core->nation_ec_trans : core->virtual_card_trans)(url, indata, outdata, ret);
        if (number == VCCHK_DONE && ret[0]) {
            ret[VCCHK_RET_SIZE - 1] = 0;
            return returned_text(ret);
        }
        message = static_reply(number);
    }
    (nation ? reply_write_object : reply_write)(outdata, message, indata);
    return returned_text(message->code);
}

EXPORT ENTRY char *STDCALL VirtualCardTrans(char *strUrl, char *InData, char *OutData)
{
    struct call_state state;
    char *code;
    enter(&state);
    code = transact(0, strUrl, InData, OutData);
    leave(&state);
    return code;
}

EXPORT ENTRY char *STDCALL NationEcTrans(char *strUrl, char *InData, char *OutData)
{
    struct call_state state;
    char *code;
    enter(&state);
    code = transact(1, strUrl, InData, OutData);
    leave(&state);
    return code;
}

EXPORT ENTRY int STDCALL EhealthID_Print(char *ehealthid, char *cardNo, char *name)
{
    struct call_state state;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    enter(&state);
    core = find_core(&message);
    number = core ? int_result(core->ehealth_id_print(ehealthid, cardNo, name)) : message->number;
    leave(&state);
    return number;
}

EXPORT ENTRY int STDCALL SetEcQrcode(char *pErrmsg)
{
    struct call_state state;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    enter(&state);
    core = find_core(&message);
    if (core) {
        /* An answer of the core alone (busy, Python's failing value) leaves pErrmsg to us: mark it. */
        if (pErrmsg)
            pErrmsg[0] = 0;
        number = core->set_ec_qrcode(pErrmsg);
        if (number && pErrmsg && !pErrmsg[0])
            reply_write(pErrmsg, static_reply(number), 0);
        number = int_result(number);
    } else {
        number = message->number;
        reply_write(pErrmsg, message, 0);
    }
    leave(&state);
    return number;
}

static int set_qrflow_mode(int mode)
{
    struct call_state state;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    enter(&state);
    core = find_core(&message);
    number = core ? int_result(core->set_qrflow_mode(mode)) : message->number;
    leave(&state);
    return number;
}

#if defined(_WIN32) && defined(__i386__)

ENTRY __attribute__((used)) int vcchk_set_qrflow_mode(int mode)
{
    return set_qrflow_mode(mode);
}

/* Documents declare this one function without a calling convention. Which one the callers of a site compiled is read
 * from the INI by the call itself, so the flag is looked at after it (docs/hosts.md, fact 8). */
__asm__(".text\n"
        ".globl _Set_QRflow_Mode\n"
        "_Set_QRflow_Mode:\n"
        "    pushl 4(%esp)\n"
        "    call _vcchk_set_qrflow_mode\n"
        "    addl $4, %esp\n"
        "    cmpl $0, _vcchk_qrflow_stdcall\n"
        "    jne 1f\n"
        "    ret\n"
        "1:  ret $4\n");

#else

EXPORT ENTRY int Set_QRflow_Mode(int mode)
{
    return set_qrflow_mode(mode);
}

#endif
