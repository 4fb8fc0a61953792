/* Winsock after a WSACleanup too many in the host.
 *
 * WSAStartup and WSACleanup count for the whole process. A HIS that calls the second more often ends Python's sockets:
 * every function answers WSANOTINITIALISED (10093), and nothing has left the machine. One WSAStartup mends it: looked
 * for at each call's begin, and by Python where a connection fails so.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winsock2.h>

#include "core.h"

typedef int(WINAPI *startup_fn)(WORD, WSADATA *);
typedef int(WINAPI *close_fn)(SOCKET);
typedef int(WINAPI *error_fn)(void);

static startup_fn startup;
static close_fn close_socket;
static error_fn last_error;

/* Of the module that Python's own sockets use; nothing is to be mended before they have loaded it. */
static int find(void)
{
    HMODULE winsock = GetModuleHandleW(L"ws2_32.dll");
    if (!winsock)
        return 0;
    startup = (startup_fn)(void *)GetProcAddress(winsock, "WSAStartup");
    last_error = (error_fn)(void *)GetProcAddress(winsock, "WSAGetLastError");
    close_socket = (close_fn)(void *)GetProcAddress(winsock, "closesocket");
    return startup && last_error && close_socket;
}

int vcchk_sockets_revive(void)
{
    WSADATA facts;
    if (!close_socket && !find())
        return 0;
    /* The cheapest call that tells: with Winsock at work it says that this is no socket. */
    if (!close_socket(INVALID_SOCKET) || last_error() != WSANOTINITIALISED)
        return 0;
    return startup(MAKEWORD(2, 2), &facts) == 0;
}
