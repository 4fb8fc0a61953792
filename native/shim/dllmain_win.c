/* The shim's entry point and the two functions the compiler may call; nothing else of a C library is in the shim.
 *
 * DllMain does nothing: waiting, LoadLibrary or COM under the loader lock deadlock hosts (docs/hosts.md, fact 10).
 */
#include <windows.h>

BOOL WINAPI DllMainCRTStartup(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reason;
    (void)reserved;
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
