/* vcchk.exe: the command line on the DLL's own runtime; the core is loaded as the shim loads it. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <shellapi.h>

#include "../core/core_api.h"
#include "messages.h"
#include "streams_win.h"

#define PATH_MAX_CHARACTERS 32768 /* characters: the longest path Windows knows */
#define LONGEST_IN_RUNTIME 100

static char *utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *to = malloc((size_t)size);
    if (to)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, to, size, NULL, NULL);
    return to;
}

/* One line on standard error, as Python writes there: into a console as it is, elsewhere in the console's code page. */
static void tell(const char *cause)
{
    WCHAR line[1600];
    char bytes[sizeof line * 2];
    HANDLE to = GetStdHandle(STD_ERROR_HANDLE);
    UINT page = GetConsoleOutputCP();
    char text[1500];
    DWORD mode, written;
    int length, size;
    snprintf(text, sizeof text, "vcchk: %s (%s)\r\n", message_program.utf8, cause);
    length = MultiByteToWideChar(CP_UTF8, 0, text, -1, line, (int)(sizeof line / sizeof *line)) - 1;
    if (GetConsoleMode(to, &mode)) {
        WriteConsoleW(to, line, (DWORD)length, &written, NULL);
    } else {
        size = WideCharToMultiByte(page ? page : GetACP(), 0, line, length, bytes, sizeof bytes, NULL, NULL);
        WriteFile(to, bytes, (DWORD)size, &written, NULL);
    }
}

int main(void)
{
    static WCHAR folder[PATH_MAX_CHARACTERS + 8], path[PATH_MAX_CHARACTERS + 64];
    static char cause[1024];
    struct vcchk_host host = {VCCHK_CORE_VERSION, VCCHK_RELEASE, NULL, NULL, 1};
    const struct vcchk_core *core;
    vcchk_core_start_fn *core_start;
    HMODULE module;
    WCHAR **arguments, *end;
    char **argv;
    int argc, i;
    DWORD length = GetModuleFileNameW(NULL, folder, PATH_MAX_CHARACTERS);

    if (!length || length >= PATH_MAX_CHARACTERS || !(end = wcsrchr(folder, L'\\'))) {
        snprintf(cause, sizeof cause, "own folder not found, Windows error %lu", GetLastError());
        tell(cause);
        return 3;
    }
    *end = 0;
    if (end - folder + LONGEST_IN_RUNTIME >= MAX_PATH && folder[0] != L'\\') {
        memmove(folder + 4, folder, ((size_t)(end - folder) + 1) * sizeof *folder);
        memcpy(folder, L"\\\\?\\", 4 * sizeof *folder);
    }
    lstrcpyW(path, folder);
    lstrcatW(path, L"\\" VCCHK_RUNTIME L"\\vcchk_core.dll");
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX); /* our own process: no boxes */
    module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!module && GetLastError() == ERROR_INVALID_PARAMETER) /* Windows 7 without KB2533623 */
        module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    core_start = module ? (vcchk_core_start_fn *)(void *)GetProcAddress(module, "vcchk_core_start") : NULL;
    if (!core_start) {
        snprintf(cause, sizeof cause, "vcchk_core.dll: Windows error %lu", GetLastError());
        tell(cause);
        return 3;
    }
    host.home = utf8(folder);
    streams_open();
    if (core_start(&host, &core, cause, sizeof cause)) {
        tell(cause);
        streams_close();
        return 3;
    }
    arguments = CommandLineToArgvW(GetCommandLineW(), &argc);
    argv = calloc((size_t)argc + 1, sizeof *argv);
    for (i = 0; argv && i < argc; i++)
        argv[i] = utf8(arguments[i]);
    /* ExitProcess, not Py_Finalize: threads of the sandbox may still run. The core has flushed Python's streams. */
    i = core->main(argc, argv);
    streams_close();
    ExitProcess((UINT)i);
}
