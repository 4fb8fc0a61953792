/* The shim's entry point and what the compiler may call; nothing else of a C library is in the shim.
 *
 * DllMain does nothing: waiting, LoadLibrary or COM under the loader lock deadlock hosts (docs/hosts.md, fact 10).
 */
#include <stdint.h>
#include <windows.h>

/* The stack protector's word, between a function's buffers and its return address. */
uintptr_t __stack_chk_guard = (uintptr_t)0xb0a5d9e3;

__attribute__((noreturn)) void __stack_chk_fail(void)
{
    /* What Windows does for its own: the process ends at once, no handler of anybody's runs (docs: __fastfail). */
    __asm__ volatile("int $0x29" : : "c"(2)); /* FAST_FAIL_STACK_COOKIE_CHECK_FAILURE */
    __builtin_unreachable();
}

__attribute__((no_stack_protector)) BOOL WINAPI DllMainCRTStartup(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        LARGE_INTEGER count;
        QueryPerformanceCounter(&count);
        __stack_chk_guard ^= (uintptr_t)count.QuadPart ^ (uintptr_t)instance ^ (uintptr_t)GetCurrentProcessId() << 8;
        __stack_chk_guard &= ~(uintptr_t)0xff; /* a NUL in it stops what copies text */
    }
    return TRUE;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *p = to;
    while (count--)
        *p++ = (unsigned char)value;
    return to;
}

void *memcpy(void *to, const void *from, size_t count)
{
    unsigned char *p = to;
    const unsigned char *q = from;
    while (count--)
        *p++ = *q++;
    return to;
}
