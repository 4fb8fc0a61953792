/* A host program driven by a script: the HIS of the demo and of the tests.
 *
 * It knows VirtualCardChk.dll through LoadLibrary and GetProcAddress only (dlopen and dlsym on Linux), as a HIS does.
 *
 *     host <dll> <commands> <answers>
 *
 * <commands> and <answers> are file names, or "-" for standard input and output. One command a line, one answer line
 * each (a JSON object in ASCII, flushed at once). A command file that ends without "quit" is followed: the host waits
 * for more lines, 10 ms a look, so that a driver can append a line and read the answer. Standard input ends at EOF.
 * The DLL is loaded by the first command that needs it.
 *
 * Commands; words are separated by one blank. A text argument is hexadecimal bytes, "." an empty text, "-" NULL:
 *
 *     trans <url> <indata> [<export>]      VirtualCardTrans, or another export of its form (_VirtualCardTrans@12)
 *     nation <url> <indata>                NationEcTrans
 *     qrflow <mode> [<export>]             Set_QRflow_Mode, mode decimal
 *     print <ehealthid> <card_no> <name> [<export>]
 *     autofill [<export>]                  SetEcQrcode
 *     load                                 LoadLibrary now; {"ok":true,"ms":...}
 *     free                                 FreeLibrary
 *     preload <path>                       LoadLibrary of another DLL first (a decoy); path as hex of UTF-8
 *     chdir <path>                         change the working directory; path as hex of UTF-8
 *     fpu <cw> <mxcsr>                     set the words in hex before every later call (e.g. fpu 1372 1900); fpu - keeps
 *     align <n>                            shift the stack by n bytes (0, 4, 8, 12) before every later call (32 bit)
 *     outdata null | <fill byte in hex>    OutData is NULL from now on, or pre-filled with that byte (default cc)
 *     reenter <command>                    32/64-bit Windows: run the command, and once more from a timer message meanwhile
 *     escape <command>                     run the command; meanwhile Esc is pressed in a window of this thread (Windows)
 *     thread <stack KB> <command>          run the command in a new thread with a stack of that size
 *     threads <count> <command>            run the command in that many threads at once; one answer with all returns
 *     repeat <count> <command>             run it that often; answers the last one, with "ms" the mean of one call
 *     export <name>                        {"name":...,"offset":address minus the module's base}
 *     memory                               {"private_kb":...,"handles":...}
 *     sleep <ms>
 *     exit <code>                          ExitProcess at once, calls in flight or not
 *     start <command>                      run it in a thread and answer at once {"ok":true}; its answer is dropped
 *     quit
 *
 * The answer of a call:
 *
 *     {"fn":"VirtualCardTrans","ret":"00","out":"7b22...","ms":1.234,"cw":["1372","1372"],"mxcsr":["1900","1900"],
 *      "popped":12,"guard":true,"tail":true,"at":"6e4c10"}
 *
 * ret: the returned text; a number for the int functions; null for NULL. out: OutData's bytes up to the NUL, in hex.
 * cw and mxcsr: before and after. popped: bytes the callee took off the stack (stdcall 12, 12, 4; cdecl 0; 64 bit 0).
 * guard: true = OutData's last byte by VirtualCardChk.h was the last byte of readable memory, and the call came
 * back. at: the returned pointer. tail: bytes behind the NUL still hold the fill byte. An error: {"error":"..."}; unknown names read so too.
 */

#define _CRT_SECURE_NO_WARNINGS
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#include <windows.h>

#include <psapi.h>
#include <shellapi.h>
#else
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#endif

#define LINE_ROOM (5 * 1024 * 1024)
#define PAGE 4096
#define MOST_THREADS 64

/* ---- what differs between the systems ---- */

#if defined(_WIN32)
#define STD __stdcall
#define CDE __cdecl
static WCHAR *wide(const char *utf8)
{
    int n = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0);
    WCHAR *to = malloc((size_t)n * sizeof *to);
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, to, n);
    return to;
}
static __attribute__((noinline)) double now_ms(void) /* its floating point work must not move behind a call */
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1000.0 / (double)frequency.QuadPart;
}
static void sleep_ms(unsigned ms)
{
    Sleep(ms);
}
static void *open_library(const char *path)
{
    WCHAR *name = wide(path);
    void *module = LoadLibraryW(name);
    free(name);
    return module;
}
static void close_library(void *module)
{
    FreeLibrary(module);
}
static void *symbol(void *module, const char *name)
{
    return (void *)GetProcAddress(module, name);
}
static unsigned long load_error(void)
{
    return GetLastError();
}
static int change_directory(const char *path)
{
    return SetCurrentDirectoryW(wide(path)) ? 0 : -1;
}
/* size bytes of which the last one ends at memory that may not be touched */
static char *guarded(size_t size)
{
    char *pages = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    VirtualAlloc(pages, PAGE, MEM_COMMIT, PAGE_READWRITE);
    return pages + PAGE - size;
}
static void unguard(char *buffer)
{
    VirtualFree((void *)((uintptr_t)buffer & ~(uintptr_t)(PAGE - 1)), 0, MEM_RELEASE);
}
typedef HANDLE thread_t;
#else
#define STD
#define CDE
static __attribute__((noinline)) double now_ms(void) /* its floating point work must not move behind a call */
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000.0 + (double)t.tv_nsec / 1e6;
}
static void sleep_ms(unsigned ms)
{
    usleep(ms * 1000);
}
static void *open_library(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        fprintf(stderr, "%s\n", dlerror());
    return module;
}
static void close_library(void *module)
{
    dlclose(module);
}
static void *symbol(void *module, const char *name)
{
    return dlsym(module, name);
}
static unsigned long load_error(void)
{
    return 0;
}
static int change_directory(const char *path)
{
    return chdir(path);
}
static char *guarded(size_t size)
{
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    return pages + PAGE - size;
}
static void unguard(char *buffer)
{
    munmap((void *)((uintptr_t)buffer & ~(uintptr_t)(PAGE - 1)), 2 * PAGE);
}
typedef pthread_t thread_t;
#endif

/* ---- the functions under test ---- */

enum kind { TRANS, QRFLOW, PRINT, AUTOFILL };

static const struct function {
    const char *command;
    enum kind kind;
    int arguments; /* words of the command besides an export's name */
    const char *name;
    size_t capacity; /* of its buffer, as VirtualCardChk.h has it */
} functions[] = {
    {"trans", TRANS, 2, "VirtualCardTrans", 2048}, {"nation", TRANS, 2, "NationEcTrans", 4096},
    {"qrflow", QRFLOW, 1, "Set_QRflow_Mode", 0}, {"print", PRINT, 3, "EhealthID_Print", 0},
    {"autofill", AUTOFILL, 0, "SetEcQrcode", 256},
};

static const char *dll_path;
static void *dll;
static FILE *answers;

static struct {
    unsigned cw, mxcsr; /* to set before a call */
    int fpu;
    unsigned align;
    int outdata_null;
    unsigned char fill;
} setting = {0, 0, 0, 0, 0, 0xcc};

struct words {
    unsigned cw, mxcsr;
};

static struct words read_fpu(void)
{
    uint16_t cw;
    uint32_t mxcsr;
    struct words result;
    __asm__ volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(cw), "=m"(mxcsr));
    result.cw = cw;
    result.mxcsr = mxcsr;
    return result;
}

static void write_fpu(struct words words)
{
    uint16_t cw = (uint16_t)words.cw;
    uint32_t mxcsr = words.mxcsr;
    __asm__ volatile("fnclex\n\tfldcw %0\n\tldmxcsr %1" : : "m"(cw), "m"(mxcsr));
}

/* Call with n words on the stack, shifted by `align` bytes; *popped tells what the callee took off. */
static intptr_t invoke(void *function, int n, intptr_t a, intptr_t b, intptr_t c, unsigned align, int *popped)
{
#if defined(__i386__)
    struct {
        void *function;
        intptr_t arguments[3];
        int n;
        unsigned align;
        int popped;
        intptr_t result;
    } frame = {function, {a, b, c}, n, align, 0, 0};
    __asm__ volatile("movl %%esp, %%edi\n\t"         /* where the stack has to come back to */
                     "andl $-16, %%esp\n\t"
                     "subl 20(%%ebx), %%esp\n\t"
                     "movl 16(%%ebx), %%ecx\n\t"
                     "1: testl %%ecx, %%ecx\n\t"
                     "jz 2f\n\t"
                     "pushl (%%ebx,%%ecx,4)\n\t"     /* arguments start at offset 4: word n is at 4*n */
                     "decl %%ecx\n\t"
                     "jmp 1b\n\t"
                     "2: movl %%esp, %%esi\n\t"
                     "call *(%%ebx)\n\t"
                     "movl %%esp, %%ecx\n\t"
                     "subl %%esi, %%ecx\n\t"
                     "movl %%ecx, 24(%%ebx)\n\t"
                     "movl %%eax, 28(%%ebx)\n\t"
                     "movl %%edi, %%esp\n\t"
                     :
                     : "b"(&frame)
                     : "eax", "ecx", "edx", "esi", "edi", "memory", "cc");
    *popped = frame.popped;
    return frame.result;
#else
    (void)n;
    (void)align;
    *popped = 0;
    return ((intptr_t(*)(intptr_t, intptr_t, intptr_t))function)(a, b, c);
#endif
}

/* ---- answers ---- */

struct answer {
    char *text;
    size_t length, room;
};

static void say(struct answer *answer, const char *format, ...)
{
    va_list list;
    int n;
    for (;;) {
        size_t left = answer->room - answer->length;
        va_start(list, format);
        n = vsnprintf(answer->text ? answer->text + answer->length : NULL, answer->text ? left : 0, format, list);
        va_end(list);
        if (answer->text && (size_t)n < left)
            break;
        answer->room = answer->room * 2 + (size_t)n + 256;
        answer->text = realloc(answer->text, answer->room);
    }
    answer->length += (size_t)n;
}

static void say_text(struct answer *answer, const char *bytes)
{
    if (!bytes) {
        say(answer, "null");
        return;
    }
    say(answer, "\"");
    for (; *bytes; bytes++) {
        unsigned char c = (unsigned char)*bytes;
        if (c < 32 || c > 126 || c == '"' || c == '\\')
            say(answer, "\\u%04x", c);
        else
            say(answer, "%c", c);
    }
    say(answer, "\"");
}

/* ---- running one command ---- */

static char *word(char **rest)
{
    char *start = *rest, *end;
    if (!start)
        return NULL;
    while (*start == ' ')
        start++;
    if (!*start)
        return NULL;
    end = strchr(start, ' ');
    if (end)
        *end++ = 0;
    *rest = end;
    return start;
}

/* "-" is NULL, "." empty, else hexadecimal bytes; with NULs of its own at the end */
static char *unhex(const char *text)
{
    size_t n = strlen(text) / 2, i;
    char *bytes;
    if (!strcmp(text, "-"))
        return NULL;
    if (!strcmp(text, "."))
        n = 0;
    bytes = malloc(n + 1);
    for (i = 0; i < n; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    bytes[n] = 0;
    return bytes;
}

static void run(char *line, struct answer *answer);

static int need_dll(struct answer *answer)
{
    if (!dll)
        dll = open_library(dll_path);
    if (!dll)
        say(answer, "{\"error\":\"LoadLibrary failed, %lu\"}", load_error());
    return dll != NULL;
}

static void call(const struct function *function, char *rest, struct answer *answer)
{
    char *arguments[3] = {NULL, NULL, NULL}, *out = NULL, *name;
    size_t capacity = function->capacity, length, i;
    int mode = 0, popped = 0, n;
    struct words before, after, mine = read_fpu();
    void *address;
    intptr_t result = 0;
    double start, ms;

    for (n = 0; n < function->arguments; n++) {
        char *text = word(&rest);
        if (!text) {
            say(answer, "{\"error\":\"too few words\"}");
            return;
        }
        if (function->kind == QRFLOW)
            mode = atoi(text);
        else
            arguments[n] = unhex(text);
    }
    name = word(&rest);
    if (!name)
        name = (char *)function->name;
    if (!need_dll(answer))
        return;
    address = symbol(dll, name);
    if (!address) {
        say(answer, "{\"error\":\"no export %s\"}", name);
        return;
    }
    if (function->kind == TRANS || function->kind == AUTOFILL) {
        if (!setting.outdata_null) {
            out = guarded(capacity);
            memset(out, setting.fill, capacity);
        }
    }
    start = now_ms();
    if (setting.fpu) {
        struct words wanted = {setting.cw, setting.mxcsr};
        write_fpu(wanted);
    }
    before = read_fpu();
    switch (function->kind) {
    case TRANS:
        result = invoke(address, 3, (intptr_t)arguments[0], (intptr_t)arguments[1], (intptr_t)out, setting.align, &popped);
        break;
    case QRFLOW:
        result = invoke(address, 1, mode, 0, 0, setting.align, &popped);
        break;
    case PRINT:
        result = invoke(address, 3, (intptr_t)arguments[0], (intptr_t)arguments[1], (intptr_t)arguments[2], setting.align,
                        &popped);
        break;
    case AUTOFILL:
        result = invoke(address, 1, (intptr_t)out, 0, 0, setting.align, &popped);
        break;
    }
    after = read_fpu();
    write_fpu(mine);
    ms = now_ms() - start;

    say(answer, "{\"fn\":\"%s\",\"ret\":", name);
    if (function->kind == TRANS)
        say_text(answer, (const char *)result);
    else
        say(answer, "%d", (int)result);
    say(answer, ",\"out\":");
    if (out) {
        for (length = 0; length < capacity && out[length]; length++)
            ;
        say(answer, "\"");
        for (i = 0; i < length; i++)
            say(answer, "%02x", (unsigned char)out[i]);
        for (i = length + 1; i < capacity && (unsigned char)out[i] == setting.fill; i++)
            ;
        say(answer, "\",\"guard\":true,\"tail\":%s", i >= capacity ? "true" : "false");
        unguard(out);
    } else {
        say(answer, "null,\"guard\":false,\"tail\":true");
    }
    say(answer, ",\"ms\":%.3f,\"cw\":[\"%04x\",\"%04x\"],\"mxcsr\":[\"%04x\",\"%04x\"],\"popped\":%d,\"at\":\"%lx\"}", ms, before.cw, after.cw,
        before.mxcsr, after.mxcsr, popped, (unsigned long)(uintptr_t)result);
    for (i = 0; i < 3; i++)
        free(arguments[i]);
}

/* ---- threads ---- */

struct job {
    char *line;
    struct answer answer;
};

#if defined(_WIN32)
static __attribute__((force_align_arg_pointer)) DWORD WINAPI job_main(LPVOID argument)
{
    struct job *job = argument;
    run(job->line, &job->answer);
    return 0;
}
static thread_t start_job(struct job *job, size_t stack)
{
    return CreateThread(NULL, stack, job_main, job, stack ? STACK_SIZE_PARAM_IS_A_RESERVATION : 0, NULL);
}
static void join(thread_t thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
#else
static void *job_main(void *argument)
{
    struct job *job = argument;
    run(job->line, &job->answer);
    return NULL;
}
static thread_t start_job(struct job *job, size_t stack)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack)
        pthread_attr_setstacksize(&attributes, stack);
    pthread_create(&thread, &attributes, job_main, job);
    pthread_attr_destroy(&attributes);
    return thread;
}
static void join(thread_t thread)
{
    pthread_join(thread, NULL);
}
#endif

static void on_thread(char *rest, struct answer *answer)
{
    char *stack = word(&rest);
    struct job job = {rest, {NULL, 0, 0}};
    join(start_job(&job, (size_t)atoi(stack) * 1024));
    say(answer, "%s", job.answer.text);
    free(job.answer.text);
}

static void on_threads(char *rest, struct answer *answer)
{
    int count = atoi(word(&rest)), i;
    static struct job jobs[MOST_THREADS];
    thread_t threads[MOST_THREADS];
    double start = now_ms();
    if (count > MOST_THREADS)
        count = MOST_THREADS;
    for (i = 0; i < count; i++) {
        struct job job = {strdup(rest), {NULL, 0, 0}};
        jobs[i] = job;
    }
    for (i = 0; i < count; i++)
        threads[i] = start_job(&jobs[i], 0);
    for (i = 0; i < count; i++)
        join(threads[i]);
    say(answer, "{\"ms\":%.3f,\"answers\":[", now_ms() - start);
    for (i = 0; i < count; i++) {
        say(answer, "%s%s", i ? "," : "", jobs[i].answer.text);
        free(jobs[i].answer.text);
        free(jobs[i].line);
    }
    say(answer, "]}");
}

static void start_and_leave(char *rest, struct answer *answer)
{
    struct job *job = calloc(1, sizeof *job);
    job->line = strdup(rest);
    start_job(job, 0);
    say(answer, "{\"ok\":true}");
}

/* ---- re-entry from a message ---- */

#if defined(_WIN32)
static char *reentered;
static struct answer inner;
static int inner_calls;

static __attribute__((force_align_arg_pointer)) LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM w, LPARAM l)
{
    if (message == WM_TIMER && w == 7 && reentered && !inner.text) {
        char *line = strdup(reentered);
        inner_calls++;
        run(line, &inner);
        free(line);
        return 0;
    }
    if (message == WM_TIMER && w == 8) {
        KillTimer(window, 8);
        PostMessageW(window, WM_KEYDOWN, VK_ESCAPE, 0);
        return 0;
    }
    return DefWindowProcW(window, message, w, l);
}

static HWND make_window(void)
{
    WNDCLASSW type = {0};
    type.lpfnWndProc = window_procedure;
    type.lpszClassName = L"vcchk_host";
    RegisterClassW(&type);
    return CreateWindowW(L"vcchk_host", L"host", WS_OVERLAPPED, 0, 0, 100, 100, NULL, NULL, NULL, NULL);
}

static void escape(char *rest, struct answer *answer)
{
    HWND window = make_window();
    SetTimer(window, 8, 50, NULL);
    run(rest, answer);
    KillTimer(window, 8);
    DestroyWindow(window);
}

static void reenter(char *rest, struct answer *answer)
{
    HWND window = make_window();
    struct answer outer = {NULL, 0, 0};
    char *line = strdup(rest);
    reentered = strdup(rest);
    SetTimer(window, 7, 50, NULL);
    run(line, &outer);
    KillTimer(window, 7);
    DestroyWindow(window);
    say(answer, "{\"outer\":%s,\"inner\":%s}", outer.text, inner.text ? inner.text : "null");
    free(line);
    free(outer.text);
    free(inner.text);
    free(reentered);
    memset(&inner, 0, sizeof inner);
    reentered = NULL;
}
#endif

/* ---- the other commands ---- */

static void repeat(char *rest, struct answer *answer)
{
    int count = atoi(word(&rest)), i;
    size_t base = answer->length;
    double start = now_ms();
    for (i = 0; i < count; i++) {
        char *line = strdup(rest);
        answer->length = base;
        run(line, answer);
        free(line);
    }
    answer->length--; /* the closing brace */
    say(answer, ",\"count\":%d,\"mean_ms\":%.4f}", count, (now_ms() - start) / (count ? count : 1));
}

static void export_address(char *name, struct answer *answer)
{
    void *address;
    if (!need_dll(answer))
        return;
    address = symbol(dll, name);
    if (!address)
        say(answer, "{\"error\":\"no export %s\"}", name);
    else
        say(answer, "{\"name\":\"%s\",\"offset\":%lu}", name, (unsigned long)((uintptr_t)address - (uintptr_t)dll));
}

#if defined(_WIN32)
/* Open handles of this process, from the list of all: Wine's GetProcessHandleCount always says 0. */
static DWORD handle_count(void)
{
    typedef LONG(NTAPI * query_fn)(int, void *, ULONG, ULONG *);
    struct handle {
        ULONG process;
        BYTE type, flags;
        USHORT value;
        void *object;
        ULONG access;
    };
    struct list {
        ULONG_PTR count;
        struct handle handle[];
    };
    query_fn query = (query_fn)(void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation");
    ULONG room = 4 * 1024 * 1024;
    struct list *list = calloc(1, room);
    DWORD found = 0;
    ULONG i;
    if (list && query(16 /* SystemHandleInformation */, list, room, NULL) == 0)
        for (i = 0; i < (ULONG)list->count; i++)
            found += list->handle[i].process == GetCurrentProcessId();
    free(list);
    return found;
}
#endif

static void memory(struct answer *answer)
{
#if defined(_WIN32)
    PROCESS_MEMORY_COUNTERS counters = {0};
    DWORD handles = handle_count();
    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters);
    say(answer, "{\"private_kb\":%lu,\"working_kb\":%lu,\"handles\":%lu}", (unsigned long)(counters.PagefileUsage / 1024),
        (unsigned long)(counters.WorkingSetSize / 1024), (unsigned long)handles);
#else
    unsigned long size = 0, resident = 0, handles = 0;
    DIR *folder;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%lu %lu", &size, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        handles++;
    if (folder)
        closedir(folder);
    say(answer, "{\"private_kb\":%lu,\"working_kb\":%lu,\"handles\":%lu}", resident * 4, resident * 4, handles);
#endif
}

static void run(char *line, struct answer *answer)
{
    char *rest = line, *command = word(&rest);
    size_t i;
    if (!command) {
        say(answer, "{\"error\":\"empty line\"}");
        return;
    }
    for (i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!strcmp(command, functions[i].command)) {
            call(&functions[i], rest, answer);
            return;
        }
    }
    if (!strcmp(command, "thread")) {
        on_thread(rest, answer);
    } else if (!strcmp(command, "threads")) {
        on_threads(rest, answer);
    } else if (!strcmp(command, "start")) {
        start_and_leave(rest, answer);
    } else if (!strcmp(command, "repeat")) {
        repeat(rest, answer);
#if defined(_WIN32)
    } else if (!strcmp(command, "reenter")) {
        reenter(rest, answer);
    } else if (!strcmp(command, "escape")) {
        escape(rest, answer);
#endif
    } else if (!strcmp(command, "load")) {
        double start = now_ms();
        if (need_dll(answer))
            say(answer, "{\"ok\":true,\"ms\":%.3f}", now_ms() - start);
    } else if (!strcmp(command, "free")) {
        if (dll)
            close_library(dll);
        dll = NULL;
        say(answer, "{\"ok\":true}");
    } else if (!strcmp(command, "preload")) {
        char *path = unhex(word(&rest));
        if (open_library(path))
            say(answer, "{\"ok\":true}");
        else
            say(answer, "{\"error\":\"LoadLibrary failed, %lu\"}", load_error());
        free(path);
    } else if (!strcmp(command, "chdir")) {
        char *path = unhex(word(&rest));
        say(answer, change_directory(path) ? "{\"error\":\"chdir\"}" : "{\"ok\":true}");
        free(path);
    } else if (!strcmp(command, "fpu")) {
        char *cw = word(&rest), *mxcsr = word(&rest);
        setting.fpu = cw && mxcsr;
        if (setting.fpu) {
            setting.cw = (unsigned)strtoul(cw, NULL, 16);
            setting.mxcsr = (unsigned)strtoul(mxcsr, NULL, 16);
        }
        say(answer, "{\"ok\":true}");
    } else if (!strcmp(command, "align")) {
        setting.align = (unsigned)atoi(word(&rest));
        say(answer, "{\"ok\":true}");
    } else if (!strcmp(command, "outdata")) {
        char *how = word(&rest);
        setting.outdata_null = !strcmp(how, "null");
        if (!setting.outdata_null)
            setting.fill = (unsigned char)strtoul(how, NULL, 16);
        say(answer, "{\"ok\":true}");
    } else if (!strcmp(command, "export")) {
        export_address(word(&rest), answer);
    } else if (!strcmp(command, "memory")) {
        memory(answer);
    } else if (!strcmp(command, "sleep")) {
        sleep_ms((unsigned)atoi(word(&rest)));
        say(answer, "{\"ok\":true}");
    } else {
        say(answer, "{\"error\":\"unknown command\"}");
    }
}

/* ---- reading lines, writing answers ---- */

/* One line without its end; at the end of a followed file, wait. NULL: standard input has ended. */
static char *next_line(FILE *commands, int follow)
{
    static char *line;
    size_t length = 0;
    if (!line)
        line = malloc(LINE_ROOM);
    for (;;) {
        int c = fgetc(commands);
        if (c == EOF) {
            if (!follow)
                return length ? (line[length] = 0, line) : NULL;
            clearerr(commands);
            sleep_ms(10);
            continue;
        }
        if (c == '\n') {
            while (length && line[length - 1] == '\r')
                length--;
            line[length] = 0;
            return line;
        }
        if (length + 1 < LINE_ROOM)
            line[length++] = (char)c;
    }
}

static void serve(FILE *commands, int follow)
{
    char *line;
    while ((line = next_line(commands, follow))) {
        struct answer answer = {NULL, 0, 0};
        if (!strcmp(line, "quit"))
            break;
        if (!strncmp(line, "exit ", 5)) {
            fflush(answers);
#if defined(_WIN32)
            ExitProcess((UINT)atoi(line + 5));
#else
            exit(atoi(line + 5));
#endif
        }
        run(line, &answer);
        fprintf(answers, "%s\n", answer.text);
        fflush(answers);
        free(answer.text);
    }
}

static int host_main(const char *path, FILE *commands, int follow, FILE *to)
{
    dll_path = path;
    answers = to;
    if (!commands || !answers)
        return 2;
    serve(commands, follow);
    return 0;
}

#if defined(_WIN32)
int main(void)
{
    int count, n;
    WCHAR **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    char *path;
    int in, out;
    if (count != 4) {
        fprintf(stderr, "host <dll> <commands> <answers>\n");
        return 2;
    }
    n = WideCharToMultiByte(CP_UTF8, 0, arguments[1], -1, NULL, 0, NULL, NULL);
    path = malloc((size_t)n);
    WideCharToMultiByte(CP_UTF8, 0, arguments[1], -1, path, n, NULL, NULL);
    in = !lstrcmpW(arguments[2], L"-");
    out = !lstrcmpW(arguments[3], L"-");
    return host_main(path, in ? stdin : _wfopen(arguments[2], L"rb"), !in, out ? stdout : _wfopen(arguments[3], L"wb"));
}
#else
int main(int count, char **arguments)
{
    int in, out;
    if (count != 4) {
        fprintf(stderr, "host <dll> <commands> <answers>\n");
        return 2;
    }
    in = !strcmp(arguments[2], "-");
    out = !strcmp(arguments[3], "-");
    return host_main(arguments[1], in ? stdin : fopen(arguments[2], "rb"), !in, out ? stdout : fopen(arguments[3], "wb"));
}
#endif
