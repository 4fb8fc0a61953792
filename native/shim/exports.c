/* The functions a HIS calls. Each one: put the caller's floating point words away, let the core answer, never read a
 * failure as success. Symbol names and the decorated aliases are VirtualCardChk.def's.
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

#if !defined(_WIN32)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

volatile long vcchk_qrflow_stdcall = 0;

static const struct message *static_reply(int number)
{
    return number == VCCHK_BUSY ? &message_busy : &message_internal;
}

static char *transact(int nation, const char *url, const char *indata, char *outdata)
{
    const struct message *message;
    const struct vcchk_core *core = runtime_core(&message);
    if (core) {
        char ret[VCCHK_RET_SIZE] = {0};
        int number = (nation ? core->nation_ec_trans : core->virtual_card_trans)(url, indata, outdata, ret);
        if (number == VCCHK_DONE && ret[0]) {
            ret[VCCHK_RET_SIZE - 1] = 0;
            return returned_text(ret);
        }
        message = static_reply(number);
    }
    reply_write(outdata, message, indata);
    return returned_text(message->code);
}

EXPORT ENTRY char *VCCHK_STDCALL VirtualCardTrans(char *strUrl, char *InData, char *OutData)
{
    struct guard guard;
    char *code;
    guard_enter(&guard);
    code = transact(0, strUrl, InData, OutData);
    guard_leave(&guard);
    return code;
}

EXPORT ENTRY char *VCCHK_STDCALL NationEcTrans(char *strUrl, char *InData, char *OutData)
{
    struct guard guard;
    char *code;
    guard_enter(&guard);
    code = transact(1, strUrl, InData, OutData);
    guard_leave(&guard);
    return code;
}

EXPORT ENTRY int VCCHK_STDCALL EhealthID_Print(char *ehealthid, char *cardNo, char *name)
{
    struct guard guard;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    guard_enter(&guard);
    core = runtime_core(&message);
    number = core ? core->ehealth_id_print(ehealthid, cardNo, name) : message->number;
    guard_leave(&guard);
    return number;
}

EXPORT ENTRY int VCCHK_STDCALL SetEcQrcode(char *pErrmsg)
{
    struct guard guard;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    guard_enter(&guard);
    core = runtime_core(&message);
    if (core) {
        /* An answer of the core alone (busy, Python's failing value) leaves pErrmsg to us: mark it. */
        if (pErrmsg)
            pErrmsg[0] = 0;
        number = core->set_ec_qrcode(pErrmsg);
        if (number && pErrmsg && !pErrmsg[0])
            reply_write(pErrmsg, static_reply(number), 0);
    } else {
        number = message->number;
        reply_write(pErrmsg, message, 0);
    }
    guard_leave(&guard);
    return number;
}

static int set_qrflow_mode(int mode)
{
    struct guard guard;
    const struct message *message;
    const struct vcchk_core *core;
    int number;
    guard_enter(&guard);
    core = runtime_core(&message);
    number = core ? core->set_qrflow_mode(mode) : message->number;
    guard_leave(&guard);
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

EXPORT ENTRY int VCCHK_CDECL Set_QRflow_Mode(int mode)
{
    return set_qrflow_mode(mode);
}

#endif
