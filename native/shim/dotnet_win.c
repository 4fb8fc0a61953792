/* Is the host a .NET program? Then it frees returned strings with CoTaskMemFree (docs/hosts.md, fact 9). */
#include <windows.h>

#include "shim.h"

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
    USHORT max_bytes;
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

void dotnet_prepare(void)
{
    typedef LONG(NTAPI * register_fn)(ULONG, void *, void *, void **);
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    register_fn registered = ntdll ? (register_fn)(void *)GetProcAddress(ntdll, "LdrRegisterDllNotification") : NULL;
    static void *cookie;
    if (dotnet || watched) /* the start is tried again */
        return;
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

void *dotnet_block(size_t size)
{
    /* ole32 is in every .NET process; the shim itself imports kernel32 alone. */
    HMODULE ole32;
    void *(WINAPI *alloc)(SIZE_T);
    if (!is_dotnet())
        return NULL;
    ole32 = GetModuleHandleW(L"ole32.dll");
    if (!ole32)
        ole32 = LoadLibraryW(L"ole32.dll");
    alloc = ole32 ? (void *(WINAPI *)(SIZE_T))(void *)GetProcAddress(ole32, "CoTaskMemAlloc") : NULL;
    return alloc ? alloc(size) : NULL;
}
