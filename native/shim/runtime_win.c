/* Finding and loading the core in this release's runtime folder; and the log line when that fails.
 *
 * By absolute path from the shim's own module handle: no change of PATH, working directory or DLL directory, and nothing
 * planted in one of those is loaded (docs/hosts.md, facts 4 and 10). Nothing here runs inside DllMain. The stack is the
 * host's and may be 64 KB, so paths live on the heap.
 */
#include <windows.h>

#include "shim.h"

#define PATH_MAX_CHARACTERS 32768 /* the longest path Windows knows */
#define LONGEST_IN_RUNTIME 100    /* characters of the longest name below the DLL's folder */

/* A path with what is put behind it by name; on the heap. */
struct path {
    WCHAR text[PATH_MAX_CHARACTERS + 128];
};

static SRWLOCK lock = SRWLOCK_INIT;
static char home[PATH_MAX_CHARACTERS * 3]; /* UTF-8, under the lock */

void system_lock(void)
{
    AcquireSRWLockExclusive(&lock);
}

void system_unlock(void)
{
    ReleaseSRWLockExclusive(&lock);
}

uint32_t system_ms(void)
{
    return GetTickCount();
}

static struct path *new_path(void)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(struct path));
}

static void free_path(struct path *path)
{
    if (path)
        HeapFree(GetProcessHeap(), 0, path);
}

/* Cut rather than written past; a path that was cut does not exist. */
static void append(struct path *to, const WCHAR *text)
{
    int length = lstrlenW(to->text);
    while (*text && length + 1 < (int)(sizeof to->text / sizeof *to->text))
        to->text[length++] = *text++;
    to->text[length] = 0;
}

/* The folder of this DLL, with the long-path prefix where a file below it would pass 259 characters. */
static int own_folder(HMODULE self, struct path *to)
{
    struct path *found = new_path();
    WCHAR *text;
    DWORD length;
    int is_device, is_share, done = 0;
    if (!found)
        return 0;
    text = found->text;
    length = GetModuleFileNameW(self, text, PATH_MAX_CHARACTERS);
    if (!length || length >= PATH_MAX_CHARACTERS)
        goto end;
    while (length && text[length - 1] != L'\\' && text[length - 1] != L'/')
        length--;
    if (length)
        length--;
    text[length] = 0;
    to->text[0] = 0;
    if (text[0] == L'U' && text[1] == L'N' && text[2] == L'C' && text[3] == L'\\') {
        /* Wine names a module of a network share without the first four characters of \??\UNC\server\share. */
        append(to, L"\\\\?\\");
        append(to, text);
        done = 1;
        goto end;
    }
    /* A relative path would be looked for in the working directory and on PATH. */
    if (text[1] != L':' && text[0] != L'\\') {
        SetLastError(ERROR_BAD_PATHNAME);
        goto end;
    }
    is_share = text[0] == L'\\' && text[1] == L'\\';
    is_device = is_share && text[2] == L'?';
    if (length + LONGEST_IN_RUNTIME >= MAX_PATH && !is_device)
        append(to, is_share ? L"\\\\?\\UNC" : L"\\\\?\\");
    append(to, is_share && to->text[0] ? text + 1 : text);
    done = 1;
end:
    free_path(found);
    return done;
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

/* A folder as vcchk/records/folder.py makes it: the next shift's user must be able to write there, too. */
static void make_folder(const WCHAR *path)
{
    typedef BOOL(WINAPI * convert_fn)(const WCHAR *, DWORD, void **, ULONG *);
    HMODULE advapi = LoadLibraryExW(L"advapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    convert_fn convert =
        advapi ? (convert_fn)(void *)GetProcAddress(advapi, "ConvertStringSecurityDescriptorToSecurityDescriptorW") : NULL;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    if (convert && convert(STATE_FOLDER_SDDL, 1, &attributes.lpSecurityDescriptor, NULL)) {
        CreateDirectoryW(path, &attributes);
        LocalFree(attributes.lpSecurityDescriptor);
    }
}

static char *put_time(char *at, const SYSTEMTIME *t)
{
    static const char between[] = "-- ::.";
    const WORD part[] = {t->wYear, t->wMonth, t->wDay, t->wHour, t->wMinute, t->wSecond};
    size_t i;
    for (i = 0; i < sizeof part / sizeof *part; i++) {
        at = put_number(at, part[i], i ? 2 : 4);
        *at++ = between[i];
    }
    return put_number(at, t->wMilliseconds, 3);
}

/* One line into today's log, in the form vcchk/records/log.py gives its own. Failing to write it changes nothing. */
void system_log(const char *level, const char *cause)
{
    char line[CAUSE_SIZE + 200], *at = line, day[32], *d = day;
    SYSTEMTIME t;
    HANDLE file;
    DWORD length, written;
    WCHAR name[32];
    struct path *path = new_path();
    int i;

    if (!path)
        return;
    GetLocalTime(&t);
    at = put_time(at, &t);
    *at++ = ' ';
    at = put_number(at, GetCurrentProcessId(), 1);
    *at++ = '.';
    at = put_number(at, GetCurrentThreadId(), 1);
    *at++ = ' ';
    at = put(at, level);
    at = put(at, " VirtualCardChk.dll: ");
    at = put(at, cause);
    at = put(at, "\r\n");

    length = GetEnvironmentVariableW(L"ProgramData", path->text, PATH_MAX_CHARACTERS);
    if (!length || length >= PATH_MAX_CHARACTERS)
        lstrcpyW(path->text, L"C:\\ProgramData");
    append(path, L"\\vcchk");
    make_folder(path->text);
    append(path, L"\\log");
    make_folder(path->text);
    d = put(d, "\\vcchk-");
    d = put_number(d, t.wYear, 4);
    d = put_number(d, t.wMonth, 2);
    d = put_number(d, t.wDay, 2);
    put(d, ".log");
    for (i = 0; (name[i] = (WCHAR)day[i]); i++)
        ;
    append(path, name);
    file = CreateFileW(path->text, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    free_path(path);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, line, (DWORD)(at - line), &written, NULL);
    CloseHandle(file);
}

#if defined(__i386__)
/* VCCHK_INI, else VirtualCardChk.ini beside the DLL, as vcchk/settings/places.py has it. */
static HANDLE open_ini(const struct path *folder)
{
    struct path *path = new_path();
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD length;
    if (!path)
        return file;
    length = GetEnvironmentVariableW(L"VCCHK_INI", path->text, PATH_MAX_CHARACTERS);
    if (!length || length >= PATH_MAX_CHARACTERS) {
        lstrcpyW(path->text, folder->text);
        append(path, L"\\VirtualCardChk.ini");
    }
    file = CreateFileW(path->text, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    free_path(path);
    return file;
}

/* The caller's stack must be right even when Python cannot start. */
static void read_convention(const struct path *folder)
{
    enum { MOST = 1 << 20 };
    HANDLE file = open_ini(folder);
    DWORD size, count = 0;
    unsigned char *data;
    if (file == INVALID_HANDLE_VALUE)
        return;
    size = GetFileSize(file, NULL);
    data = size <= MOST ? HeapAlloc(GetProcessHeap(), 0, size + 1) : NULL;
    if (data && ReadFile(file, data, size, &count, NULL))
        vcchk_qrflow_stdcall = ini_says_stdcall(data, count);
    if (data)
        HeapFree(GetProcessHeap(), 0, data);
    CloseHandle(file);
}
#else
static void read_convention(const struct path *folder)
{
    (void)folder; /* 64-bit Windows has one convention */
}
#endif

/* Whether the largest file of the runtime would find a hole in the address space. */
int system_lacks_address_space(void)
{
    void *hole = VirtualAlloc(NULL, 8 << 20, MEM_RESERVE, PAGE_NOACCESS);
    if (hole)
        VirtualFree(hole, 0, MEM_RELEASE);
    return !hole;
}

/* ERROR_MOD_NOT_FOUND is said of a DLL that is not there, of one whose own imports are not, and by Wine also of one for
 * which there is no memory. */
static const struct message *load_failure(DWORD error)
{
    if (system_lacks_address_space())
        return &message_memory;
    return error == ERROR_MOD_NOT_FOUND || error == ERROR_PATH_NOT_FOUND || error == ERROR_FILE_NOT_FOUND
               ? &message_missing
               : &message_damaged;
}

/* What the core imports comes from its own folder and Windows' alone: not from the HIS's folder, the working directory
 * or PATH. A Windows 7 without KB2533623 does not know these flags. */
static HMODULE load(const WCHAR *path)
{
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!module && GetLastError() == ERROR_INVALID_PARAMETER)
        module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    return module;
}

static void start_in(struct attempt *attempt, struct path *path)
{
    struct vcchk_host host = {VCCHK_CORE_VERSION, VCCHK_RELEASE, home, NULL, 0};
    vcchk_core_start_fn *core_start;
    HMODULE self, core;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (LPCWSTR)(const void *)&system_start, &self) ||
        !own_folder(self, path) || !WideCharToMultiByte(CP_UTF8, 0, path->text, -1, home, sizeof home, NULL, NULL)) {
        put_number(put(attempt->cause, "own folder not found, Windows error "), GetLastError(), 1);
        attempt->message = &message_internal;
        return;
    }
    read_convention(path);
    core = GetModuleHandleW(L"vcchk_core.dll"); /* of another copy of the folder, or of vcchk.exe in this one */
    attempt->is_foreign = core != NULL;
    if (!core) {
        append(path, L"\\" VCCHK_RUNTIME L"\\vcchk_core.dll");
        core = load(path->text);
    }
    if (!core) {
        DWORD error = GetLastError();
        put_number(put(attempt->cause, VCCHK_RUNTIME "\\vcchk_core.dll: LoadLibrary failed, Windows error "), error, 1);
        attempt->message = load_failure(error);
        return;
    }
    /* CPython cannot be unloaded and loaded again. */
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)core, &self);
    core_start = (vcchk_core_start_fn *)(void *)GetProcAddress(core, "vcchk_core_start");
    if (!core_start) {
        put(attempt->cause, "vcchk_core.dll: no vcchk_core_start");
        attempt->message = &message_mixed;
        attempt->is_final = 1;
        return;
    }
    runtime_begin(attempt, core_start, &host);
}

void system_start(struct attempt *attempt)
{
    /* A broken file must not open Windows' own error box: for this thread, for this moment. */
    DWORD mode, none;
    BOOL is_quiet = SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &mode);
    struct path *path = new_path();
    dotnet_prepare();
    if (path) {
        start_in(attempt, path);
    } else {
        put(attempt->cause, "no memory for a path");
        attempt->message = &message_memory;
    }
    free_path(path);
    if (is_quiet)
        SetThreadErrorMode(mode, &none);
}
