/* Waiting for a scan while the host's window stays alive (docs/hosts.md, fact 13).
 *
 * Only where the thread that Python runs on is the caller's and owns a window. Paint, timer and key messages are
 * handled; others stay queued. user32 is used when the host has it: a host with windows does.
 */
#include <windows.h>

#include "../shim/guard.h"
#include "core.h"

/* Name, result, arguments of what is used of user32. */
#define USER32(X)                                                                                                      \
    X(EnumThreadWindows, BOOL, (DWORD, WNDENUMPROC, LPARAM))                                                           \
    X(MsgWaitForMultipleObjectsEx, DWORD, (DWORD, const HANDLE *, DWORD, DWORD, DWORD))                                \
    X(PeekMessageW, BOOL, (MSG *, HWND, UINT, UINT, UINT))                                                             \
    X(TranslateMessage, BOOL, (const MSG *))                                                                           \
    X(DispatchMessageW, LRESULT, (const MSG *))

#define FIELD(name, result, arguments) result(WINAPI *name) arguments;
static struct {
    USER32(FIELD)
} user32;

static int have_user32(void)
{
    HMODULE module = GetModuleHandleW(L"user32.dll");
    if (!module)
        return 0;
#define LOAD(name, result, arguments)                                                                                  \
    user32.name = (result(WINAPI *) arguments)(void *)GetProcAddress(module, #name);                                   \
    if (!user32.name)                                                                                                  \
        return 0;
    USER32(LOAD)
    return 1;
}

static BOOL CALLBACK found_window(HWND window, LPARAM found)
{
    (void)window;
    *(int *)found = 1;
    return FALSE;
}

static int owns_window(void)
{
    int found = 0;
    user32.EnumThreadWindows(GetCurrentThreadId(), found_window, (LPARAM)&found);
    return found;
}

/* Handle what waits in the queue; 1 = Esc was pressed (and is swallowed).
 *
 * Each of these functions may run a window procedure of the host's (PeekMessage those of sent messages), which may
 * unmask its exceptions again or leave values on the x87 stack: guard_reset behind it.
 */
static int drain(void)
{
    static const UINT ranges[][2] = {{WM_PAINT, WM_PAINT}, {WM_TIMER, WM_TIMER}, {WM_KEYFIRST, WM_KEYLAST}};
    MSG message;
    size_t i;
    int budget = 64; /* a window that never validates its paint region must not keep us for ever */
    for (i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        while (budget-- > 0 && user32.PeekMessageW(&message, NULL, ranges[i][0], ranges[i][1], PM_REMOVE)) {
            if (message.message == WM_KEYDOWN && message.wParam == VK_ESCAPE)
                return 1;
            user32.TranslateMessage(&message);
            user32.DispatchMessageW(&message);
            guard_reset();
        }
    }
    guard_reset();
    return 0;
}

int vcchk_pump(int ms)
{
    ULONGLONG end = GetTickCount64() + (ms > 0 ? (ULONGLONG)ms : 0);
    if (!core_on_callers_thread() || !have_user32() || !owns_window()) {
        Sleep(ms > 0 ? (DWORD)ms : 0);
        return 0;
    }
    for (;;) {
        ULONGLONG now;
        if (drain())
            return 1;
        now = GetTickCount64();
        if (now >= end)
            return 0;
        user32.MsgWaitForMultipleObjectsEx(0, NULL, (DWORD)(end - now), QS_PAINT | QS_TIMER | QS_KEY | QS_SENDMESSAGE, 0);
    }
}
