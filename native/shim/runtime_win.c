/* Finding and loading vcchk_runtime\vcchk_core.dll, once; and the log line when that fails.
 *
 * By absolute path from the shim's own module handle: no change of PATH, working directory or DLL directory, and nothing
 * planted in one of those is loaded (docs/hosts.md, facts 4 and 10). Nothing here runs inside DllMain. The stack is the
 * host's and may be 64 KB, so paths live on the heap.
 */
#include <windows.h>

#include "shim.h"

#define PATH_ROOM 32768          /* characters: the longest path Windows knows */
#define CAUSE_ROOM 1024          /* bytes, UTF-8 */
#define LONGEST_IN_RUNTIME 100   /* characters of the longest name below the DLL's folder */

static SRWLOCK lock = SRWLOCK_INIT;
static volatile LONG started;    /* 0 not yet, 1 done: the two below are final */
static const struct vcchk_core *the_core;
static const struct message *the_message;
static char home[PATH_ROOM * 3];

static void append(WCHAR *to, const WCHAR *text)
{
    lstrcatW(to, text); /* every caller's room is PATH_ROOM plus the names' length */
}

/* The folder of this DLL, with the long-path prefix where a file below it would pass 259 characters. */
static int own_folder(HMODULE self, WCHAR *to, WCHAR *scratch)
{
    DWORD length = GetModuleFileNameW(self, scratch, PATH_ROOM);
    if (!length || length >= PATH_ROOM)
        return 0;
    while (length && scratch[length - 1] != L'\\' && scratch[length - 1] != L'/')
        length--;
    if (length)
        length--;
    scratch[length] = 0;
    to[0] = 0;
    if (scratch[0] == L'U' && scratch[1] == L'N' && scratch[2] == L'C' && scratch[3] == L'\\') {
        /* Wine names a module of a network share without the first four characters of \??\UNC\server\share. */
        append(to, L"\\\\?\\");
        append(to, scratch);
        return 1;
    }
    /* A relative path would be looked for in the working directory and on PATH. */
    if (scratch[1] != L':' && scratch[0] != L'\\') {
        SetLastError(ERROR_BAD_PATHNAME);
        return 0;
    }
    if (length + LONGEST_IN_RUNTIME >= MAX_PATH && !(scratch[0] == L'\\' && scratch[1] == L'\\' && scratch[2] == L'?')) {
        if (scratch[0] == L'\\' && scratch[1] == L'\\') {
            append(to, L"\\\\?\\UNC");
            scratch++;
        } else {
            append(to, L"\\\\?\\");
        }
    }
    append(to, scratch);
    return 1;
}

static char *put_number(char *to, DWORD value, int width)
{
    char reversed[12];
    int n = 0;
    do
        reversed[n++] = (char)('0' + value % 10);
    while ((value /= 10) || n < width);
    while (n)
        *to++ = reversed[--n];
    *to = 0;
    return to;
}

static char *put(char *to, const char *text)
{
    while (*text)
        *to++ = *text++;
    *to = 0;
    return to;
}

/* One line into today's log, in the form vcchk/records/log.py gives its own. Failing to write it changes nothing. */
static void log_line(const char *cause, WCHAR *path)
{
    char line[CAUSE_ROOM + 200], *at = line;
    SYSTEMTIME t;
    HANDLE file;
    DWORD length, written;
    WCHAR name[32];
    char day[32], *d = day;
    int i;

    GetLocalTime(&t);
    at = put_number(at, t.wYear, 4);
    *at++ = '-';
    at = put_number(at, t.wMonth, 2);
    *at++ = '-';
    at = put_number(at, t.wDay, 2);
    *at++ = ' ';
    at = put_number(at, t.wHour, 2);
    *at++ = ':';
    at = put_number(at, t.wMinute, 2);
    *at++ = ':';
    at = put_number(at, t.wSecond, 2);
    *at++ = '.';
    at = put_number(at, t.wMilliseconds, 3);
    *at++ = ' ';
    at = put_number(at, GetCurrentProcessId(), 1);
    *at++ = '.';
    at = put_number(at, GetCurrentThreadId(), 1);
    at = put(at, " ERROR VirtualCardChk.dll: ");
    at = put(at, cause);
    at = put(at, "\r\n");

    length = GetEnvironmentVariableW(L"ProgramData", path, PATH_ROOM - 64);
    if (!length || length >= PATH_ROOM - 64)
        lstrcpyW(path, L"C:\\ProgramData");
    append(path, L"\\vcchk");
    CreateDirectoryW(path, NULL);
    append(path, L"\\log");
    CreateDirectoryW(path, NULL);
    d = put(d, "\\vcchk-");
    d = put_number(d, t.wYear, 4);
    d = put_number(d, t.wMonth, 2);
    d = put_number(d, t.wDay, 2);
    put(d, ".log");
    for (i = 0; (name[i] = (WCHAR)day[i]); i++)
        ;
    append(path, name);
    file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                       FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, line, (DWORD)(at - line), &written, NULL);
    CloseHandle(file);
}

/* ERROR_MOD_NOT_FOUND is said of a DLL that is not there and of one whose own imports are not. */
static const struct message *load_failure(DWORD error)
{
    return error == ERROR_MOD_NOT_FOUND || error == ERROR_PATH_NOT_FOUND || error == ERROR_FILE_NOT_FOUND
               ? &message_missing
               : &message_damaged;
}

static const struct message *start(WCHAR *folder, WCHAR *path, char *cause)
{
    struct vcchk_host host = {VCCHK_CORE_VERSION, home, &vcchk_qrflow_stdcall, NULL, 0};
    vcchk_core_start_fn *core_start;
    HMODULE self, core;
    int result;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (LPCWSTR)(const void *)&runtime_core, &self) ||
        !own_folder(self, folder, path) ||
        !WideCharToMultiByte(CP_UTF8, 0, folder, -1, home, sizeof home, NULL, NULL)) {
        put_number(put(cause, "own folder not found, Windows error "), GetLastError(), 1);
        return &message_internal;
    }
    lstrcpyW(path, folder);
    append(path, L"\\vcchk_runtime\\vcchk_core.dll");
    core = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!core) {
        DWORD error = GetLastError();
        put_number(put(cause, "vcchk_runtime\\vcchk_core.dll: LoadLibrary failed, Windows error "), error, 1);
        return load_failure(error);
    }
    /* CPython cannot be unloaded and loaded again. */
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)core, &self);
    core_start = (vcchk_core_start_fn *)(void *)GetProcAddress(core, "vcchk_core_start");
    if (!core_start) {
        put(cause, "vcchk_runtime\\vcchk_core.dll: no vcchk_core_start");
        return &message_mixed;
    }
    result = core_start(&host, &the_core, cause, CAUSE_ROOM);
    if (result == VCCHK_CORE_MIXED)
        return &message_mixed;
    return result ? &message_start : NULL;
}

const struct vcchk_core *runtime_core(const struct message **message)
{
    if (!started) {
        AcquireSRWLockExclusive(&lock);
        if (!started) {
            /* A broken file must not open Windows' own error box: for this thread, for this moment. */
            DWORD mode, none;
            BOOL quiet = SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &mode);
            SIZE_T room = (PATH_ROOM + 128) * sizeof(WCHAR);
            char *memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 2 * room + CAUSE_ROOM);
            dotnet_prepare();
            if (memory) {
                WCHAR *folder = (WCHAR *)(void *)memory, *path = (WCHAR *)(void *)(memory + room);
                char *cause = memory + 2 * room;
                the_message = start(folder, path, cause);
                if (the_message) {
                    the_core = NULL;
                    log_line(cause, path);
                }
                HeapFree(GetProcessHeap(), 0, memory);
            } else {
                the_message = &message_internal;
            }
            if (quiet)
                SetThreadErrorMode(mode, &none);
            MemoryBarrier();
            started = 1;
        }
        ReleaseSRWLockExclusive(&lock);
    }
    *message = the_message;
    return the_core;
}
