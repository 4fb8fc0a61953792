/* A program that calls WSACleanup more often than WSAStartup, between the library's calls and while one is at work.
 * Arguments: example.h.
 */
#include "example.h"

#include <winsock2.h>

#include <windows.h>

typedef char *(__stdcall *transact_fn)(char *, char *, char *);

static volatile LONG ends;

static DWORD WINAPI clean_up(void *nothing)
{
    (void)nothing;
    while (!ends) {
        WSACleanup();
        Sleep(200);
    }
    return 0;
}

int main(int count, char **arguments)
{
    static char out[2048];
    WSADATA facts;
    HMODULE library;
    HANDLE thread;
    transact_fn trans;
    char *request;
    int i, good = 0;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    WSAStartup(MAKEWORD(2, 2), &facts);
    library = LoadLibraryA("VirtualCardChk.dll");
    trans = library ? (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans") : NULL;
    if (!trans)
        return 4;
    example_text("first", trans(arguments[2], request, out));
    for (i = 0; i < 20; i++)
        WSACleanup();
    example_number("ended", closesocket(INVALID_SOCKET) && WSAGetLastError() == WSANOTINITIALISED);
    example_text("second", trans(arguments[2], request, out));
    example_text("third", trans(arguments[2], request, out));
    thread = CreateThread(NULL, 0, clean_up, NULL, 0, NULL);
    for (i = 0; i < 10; i++)
        good += trans(arguments[2], request, out)[1] == '0'; /* "00", or 80xx where one was cut off in the middle */
    ends = 1;
    WaitForSingleObject(thread, INFINITE);
    example_number("good", good);
    example_text("last", trans(arguments[2], request, out));
    example_text("end", "reached");
    return 0;
}
