/* A program whose window procedure leaves the x87 stack full and exceptions unmasked, while the library waits for a scan
 * and handles the window's messages. Arguments: example.h, then the file of a request that waits.
 */
#include "example.h"

#include <windows.h>

typedef char *(__stdcall *transact_fn)(char *, char *, char *);

static volatile LONG spoiled;

static __attribute__((force_align_arg_pointer)) LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l)
{
    static const uint16_t unmasked = 0x1332;
    if (message == WM_TIMER || message == WM_USER) {
        __asm__ volatile("fninit\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfldcw %0" : : "m"(unmasked));
        spoiled++;
        return 0;
    }
    return DefWindowProcW(window, message, w, l);
}

/* Messages that are sent, not posted, arrive inside any function of user32's. */
static DWORD WINAPI send_messages(void *window)
{
    int i;
    for (i = 0; i < 20; i++) {
        SendMessageTimeoutW(window, WM_USER, 0, 0, SMTO_NORMAL, 200, NULL);
        Sleep(50);
    }
    return 0;
}

int main(int count, char **arguments)
{
    static char out[2048];
    WNDCLASSW class = {0};
    HMODULE library;
    HANDLE thread;
    HWND window;
    transact_fn trans;
    char *request, *waiting;

    if (count != 6)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    waiting = example_read(arguments[5]);
    class.lpfnWndProc = procedure;
    class.hInstance = GetModuleHandleW(NULL);
    class.lpszClassName = L"VcchkSpoiler";
    RegisterClassW(&class);
    window = CreateWindowW(class.lpszClassName, L"HIS", WS_OVERLAPPEDWINDOW, 0, 0, 200, 100, NULL, NULL, class.hInstance, NULL);
    library = LoadLibraryA("VirtualCardChk.dll");
    trans = library ? (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans") : NULL;
    if (!trans || !window)
        return 4;
    SetTimer(window, 1, 30, NULL);
    thread = CreateThread(NULL, 0, send_messages, window, 0, NULL);
    example_text("waited", trans(arguments[2], waiting, out));
    example_text("said", out);
    WaitForSingleObject(thread, 10000);
    KillTimer(window, 1);
    __asm__ volatile("fninit");
    example_text("code", trans(arguments[2], request, out));
    example_number("spoiled", spoiled > 3);
    example_text("end", "reached");
    return 0;
}
