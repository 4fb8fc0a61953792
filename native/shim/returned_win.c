/* The memory of returned codes on Windows (HOSTS.md row 9).
 *
 * .NET frees a `string` it was returned with CoTaskMemFree, so each reply to a .NET process is a block of its own. Other
 * hosts never free, keep the pointer as long as they like, and some write into it. The codes are four digits or "00":
 * each has one place for ever, written afresh by each call; a pointer once returned stays good without a limit. Foreign
 * codes of other forms share a ring.
 */
#include <windows.h>

#include "shim.h"

#define RING 512

static char success[8];
static char digits[10000][8];
static char ring[RING][VCCHK_RET_SIZE];
static volatile LONG turn;

static volatile LONG dotnet;  /* a .NET runtime is in this process */
static volatile LONG watched; /* ... and we are told when one comes */

static const WCHAR *const runtimes[] = {L"clr.dll", L"coreclr.dll", L"mscorwks.dll"};

static int same_name(const WCHAR *name, int length, const WCHAR *lower)
{
    int i;
    for (i = 0; i < length; i++) {
        WCHAR c = name[i] >= L'A' && name[i] <= L'Z' ? (WCHAR)(name[i] + 32) : name[i];
        if (c != lower[i])
            return 0;
    }
    return !lower[length];
}

/* ntdll's LdrRegisterDllNotification, documented without a header of its own. */
struct name {
    USHORT bytes;
    USHORT room;
    const WCHAR *text;
};

struct notice {
    ULONG flags;
    const struct name *full;
    const struct name *base;
    void *address;
    ULONG size;
};

/* Called under the loader lock: looks at the name, nothing else. */
static
#if defined(__i386__)
    __attribute__((force_align_arg_pointer))
#endif
    VOID CALLBACK
    on_module(ULONG reason, const struct notice *notice, void *context)
{
    size_t i;
    (void)context;
    if (reason != 1) /* LDR_DLL_NOTIFICATION_REASON_LOADED */
        return;
    for (i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
        if (same_name(notice->base->text, notice->base->bytes / 2, runtimes[i]))
            dotnet = 1;
}

static int look_for_dotnet(void)
{
    size_t i;
    for (i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
        if (GetModuleHandleW(runtimes[i]))
            return 1;
    return 0;
}

void returned_prepare(void)
{
    typedef LONG(NTAPI * register_fn)(ULONG, void *, void *, void **);
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    register_fn registered = ntdll ? (register_fn)(void *)GetProcAddress(ntdll, "LdrRegisterDllNotification") : NULL;
    static void *cookie;
    if (registered && registered(0, (void *)on_module, NULL, &cookie) == 0)
        watched = 1;
    if (look_for_dotnet())
        dotnet = 1;
}

/* Asking for a module that is not loaded costs milliseconds under Wine, so it is asked once. */
static int is_dotnet(void)
{
    return dotnet || (!watched && look_for_dotnet());
}

static void *dotnet_block(SIZE_T size)
{
    /* ole32 is in every .NET process; the shim itself imports kernel32 alone. */
    HMODULE ole32 = GetModuleHandleW(L"ole32.dll");
    void *(WINAPI *alloc)(SIZE_T);
    if (!ole32)
        ole32 = LoadLibraryW(L"ole32.dll");
    if (!ole32)
        return NULL;
    alloc = (void *(WINAPI *)(SIZE_T))(void *)GetProcAddress(ole32, "CoTaskMemAlloc");
    return alloc ? alloc(size) : NULL;
}

static char *place(const char *code)
{
    int number = 0, n = 0;
    for (; code[n] >= '0' && code[n] <= '9' && n < 5; n++)
        number = number * 10 + (code[n] - '0');
    if (!code[n] && n == 4)
        return digits[number];
    if (!code[n] && n == 2 && number == 0)
        return success;
    return ring[(ULONG)InterlockedIncrement(&turn) % RING];
}

char *returned_text(const char *code)
{
    char *block = is_dotnet() ? dotnet_block(VCCHK_RET_SIZE) : NULL;
    char *to = block ? block : place(code);
    int n = 0;
    do
        to[n] = code[n];
    while (code[n++]);
    return to;
}
