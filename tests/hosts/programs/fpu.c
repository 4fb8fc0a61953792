/* A program whose floating point unit is not as a compiler leaves it: values on the x87 stack, MMX without EMMS,
 * exceptions unmasked, a flag pending. The library must work, and the program must find all of it as it was.
 *
 * Arguments: example.h, then the state: clean, full, half, mmx, unmasked, pending or sse.
 */
#include "example.h"

#define CALLS 3

#if defined(_WIN32)
#include <windows.h>
#define STD __stdcall
static void *find(const char *library, const char *name)
{
    static HMODULE module;
    if (!module)
        module = LoadLibraryA(library);
    return module ? (void *)GetProcAddress(module, name) : NULL;
}
#else
#include <dlfcn.h>
#define STD
static void *find(const char *library, const char *name)
{
    static void *module;
    if (!module)
        module = dlopen(library, RTLD_NOW);
    return module ? dlsym(module, name) : NULL;
}
#endif

typedef char *(STD *transact_fn)(char *, char *, char *);
typedef int (STD *print_fn)(char *, char *, char *);
typedef int (STD *autofill_fn)(char *);
typedef int (*screen_fn)(int);

/* What the program's unit holds: FNSAVE's image and MXCSR. */
struct state {
    uint32_t control, status, tag, ip, cs, dp, ds;
    unsigned char st[8][10];
    uint32_t mxcsr;
};

static struct state read_state(void)
{
    struct state state;
    __asm__ volatile("fnsave %0\n\tfnclex\n\tfrstor %0\n\tstmxcsr %1" : "=m"(state), "=m"(state.mxcsr) : : "memory");
    return state;
}

static void set(uint16_t control, uint32_t mxcsr)
{
    __asm__ volatile("fldcw %0\n\tldmxcsr %1" : : "m"(control), "m"(mxcsr));
}

static int prepare(const char *kind)
{
    static const float third = 1.0f / 3, nought = 0.0f;
    int i;
    __asm__ volatile("fninit");
    if (!strcmp(kind, "clean"))
        return 0;
    if (!strcmp(kind, "full"))
        for (i = 0; i < 8; i++)
            __asm__ volatile("flds %0" : : "m"(third));
    else if (!strcmp(kind, "half"))
        for (i = 0; i < 3; i++)
            __asm__ volatile("fldpi");
    else if (!strcmp(kind, "mmx"))
        __asm__ volatile("movl $0x12345678, %%eax\n\tmovd %%eax, %%mm0\n\tmovq %%mm0, %%mm5" : : : "eax");
    else if (!strcmp(kind, "unmasked"))
        set(0x1332, 0x1900);
    else if (!strcmp(kind, "pending")) {
        set(0x037b, 0x1f80);             /* division by zero raises */
        __asm__ volatile("fld1\n\tfdivs %0" : : "m"(nought)); /* ... at the next x87 instruction that waits */
    } else if (!strcmp(kind, "sse"))
        set(0x037f, 0xffc0);             /* denormals to zero, rounding to zero */
    else
        return -1;
    return 0;
}

static int differs(const struct state *a, const struct state *b)
{
    return (a->control & 0xffff) != (b->control & 0xffff) || (a->status & 0xffff) != (b->status & 0xffff) ||
           (a->tag & 0xffff) != (b->tag & 0xffff) || memcmp(a->st, b->st, sizeof a->st) || a->mxcsr != b->mxcsr;
}

int main(int count, char **arguments)
{
    static char out[2048], other[4096], message[256], line[32];
    static struct state before, after[7];
    static const char *code[CALLS], *refused;
    transact_fn trans, nation;
    print_fn print;
    autofill_fn autofill;
    screen_fn screen;
    char *request;
    int i, changed = 0;

    if (count != 6)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    trans = (transact_fn)find(arguments[1], "VirtualCardTrans");
    nation = (transact_fn)find(arguments[1], "NationEcTrans");
    print = (print_fn)find(arguments[1], "EhealthID_Print");
    autofill = (autofill_fn)find(arguments[1], "SetEcQrcode");
    screen = (screen_fn)find(arguments[1], "Set_QRflow_Mode");
    if (!trans || !nation || !print || !autofill || !screen)
        return 4;
    if (prepare(arguments[5]))
        return 2;
    before = read_state();
    for (i = 0; i < CALLS; i++) {
        code[i] = trans(arguments[2], request, out);
        after[i] = read_state();
    }
    refused = nation(arguments[2], "", other);
    after[CALLS] = read_state();
    print("0", "1", "2");
    after[CALLS + 1] = read_state();
    autofill(message);
    after[CALLS + 2] = read_state();
    screen(1);
    after[CALLS + 3] = read_state();
    __asm__ volatile("fninit");
    set(0x037f, 0x1f80);
    for (i = 0; i < 7; i++)
        changed += differs(&before, &after[i]);
    for (i = 0; i < CALLS; i++) {
        snprintf(line, sizeof line, "code.%d", i);
        example_text(line, code[i]);
    }
    example_text("refused", refused);
    example_number("changed", changed);
    example_text("out", out);
    example_text("end", "reached");
    return 0;
}
