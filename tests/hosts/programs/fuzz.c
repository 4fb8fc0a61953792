/* Calls with mutated texts and tight buffers; counts what came back and every breach of the contract.
 *
 *     fuzz <library> <url> <corpus file> <answers file> <calls> <seed>
 *
 * The corpus is a row of texts, each with its length before it (4 bytes, little endian); NULs may be in them. The host
 * of <url> is never mutated: nothing but the sandbox is ever asked. Texts end where their memory ends, OutData too:
 * on Windows at a page that may not be touched, elsewhere at AddressSanitizer's red zone.
 *
 * A breach: NULL or an empty code returned, a code that is not "00" or of letters and digits, OutData empty, without
 * its NUL, or written to behind it, an int function that answers 0 though no device is set up.
 */
#include "../../../native/VirtualCardChk.h"
#include "example.h"

#if defined(_WIN32)
#include <windows.h>
#define STD __stdcall
#define CDE __cdecl
#else
#include <dlfcn.h>
#define STD
#define CDE
#endif

#define MOST_TEXTS 256
#define ROOM (4 * 1024 * 1024)
#define FILL 0xcc

typedef char *(STD *transact_fn)(char *, char *, char *);
typedef int(CDE *screen_fn)(int);
typedef int(STD *print_fn)(char *, char *, char *);
typedef int(STD *autofill_fn)(char *);

static struct text {
    const char *bytes;
    size_t length;
} corpus[MOST_TEXTS];
static int texts;
static char *scratch;
static unsigned long long state;
static long breaches, codes[10000], success, foreign;

static unsigned next(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % below);
}

static void breach(const char *what, long call, const char *code)
{
    if (breaches++ < 20)
        fprintf(example_answers, "breach=%s in call %ld, code %s\n", what, call, code ? code : "(NULL)");
    fflush(example_answers);
}

/* ---- memory that ends where the text ends ---- */

#if defined(_WIN32)
struct tight {
    char *end;
};
static struct tight tight_new(void)
{
    struct tight t;
    char *pages = VirtualAlloc(NULL, ROOM + 65536, MEM_RESERVE, PAGE_NOACCESS);
    VirtualAlloc(pages, ROOM, MEM_COMMIT, PAGE_READWRITE);
    t.end = pages + ROOM;
    return t;
}
static char *tight_get(struct tight *t, size_t size)
{
    return t->end - size;
}
static void tight_put(char *memory)
{
    (void)memory;
}
#else
struct tight {
    int none;
};
static struct tight tight_new(void)
{
    struct tight t = {0};
    return t;
}
static char *tight_get(struct tight *t, size_t size)
{
    (void)t;
    return malloc(size);
}
static void tight_put(char *memory)
{
    free(memory);
}
#endif

/* ---- mutation ---- */

static const char *const tokens[] = {
    "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud83d", "\\udc00", "\\ud83d\\ude00", "null", "true", "1e999999",
    "-0", "0.1", "NaN", "99999999999999999999", "\xef\xbb\xbf", "\xff\xfe", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\x81\x30\x81\x30",
    "\xc1\xaa\xcd\xa8", "biz_content", "method", "key", "sign", "sign_type", "enc_type", "MD5", "SM3", "SM4", "AES", "DES", "Plain",
    "transType", "ehealth_code", "ehc.ehealthcode.verify", "%s%n", "../", "\r\n", "\t", "out_verify_no", "\x80", "\xe4\xb8",
};

static size_t mutate(char *text, size_t length)
{
    int n = (int)(next(3) ? next(2) : next(6)); /* mostly none or one: many make no JSON at all */
    while (n--) {
        size_t at = next((unsigned)length + 1), count = 1 + next(next(4) ? 8 : 400);
        const char *token;
        switch (next(8)) {
        case 0: /* one bit */
            if (at < length)
                text[at] = (char)(text[at] ^ (1 << next(8)));
            break;
        case 1: /* one byte */
            if (at < length)
                text[at] = (char)next(256);
            break;
        case 2: /* a part is missing */
            if (count > length - at)
                count = length - at;
            memmove(text + at, text + at + count, length - at - count);
            length -= count;
            break;
        case 3: /* a part comes twice */
            if (count > length - at)
                count = length - at;
            if (length + count >= ROOM / 2)
                break;
            memmove(text + at + count, text + at, length - at);
            length += count;
            break;
        case 4: /* cut off */
            length = at;
            break;
        case 5: /* a part of another text */
        {
            const struct text *other = &corpus[next((unsigned)texts)];
            size_t from = next((unsigned)other->length + 1);
            if (count > other->length - from)
                count = other->length - from;
            if (length + count >= ROOM / 2)
                break;
            memmove(text + at + count, text + at, length - at);
            memcpy(text + at, other->bytes + from, count);
            length += count;
            break;
        }
        default: /* a word that means something */
            token = tokens[next(sizeof tokens / sizeof *tokens)];
            count = strlen(token);
            if (length + count >= ROOM / 2)
                break;
            memmove(text + at + count, text + at, length - at);
            memcpy(text + at, token, count);
            length += count;
        }
    }
    return length;
}

/* A text of the corpus, mutated; the long ones are rare, they take their time. */
static size_t choose(char *to)
{
    const struct text *text;
    do
        text = &corpus[next((unsigned)texts)];
    while (text->length > 20000 && next(400));
    memcpy(to, text->bytes, text->length);
    return text->length > 20000 && next(2) ? text->length : mutate(to, text->length);
}

static char *tight_text(struct tight *t, const char *bytes, size_t length)
{
    char *memory = tight_get(t, length + 1);
    memcpy(memory, bytes, length);
    memory[length] = 0;
    return memory;
}

/* ---- addresses: what stands before and behind the sandbox's host and port ---- */

static size_t address(char *to, const char *url)
{
    static const char *const odd[] = {"", "http://", "http:///", "ftp://127.0.0.1/", "127.0.0.1", "://", "http://127.0.0.1:0/",
                                      "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://[::1/", "http:// /", "\xff\xfe"};
    size_t length;
    if (next(20)) {
        const char *text = odd[next(sizeof odd / sizeof *odd)];
        length = strlen(text);
        memcpy(to, text, length);
    } else {
        const char *path = strchr(url + 7, '/');
        size_t fixed = (size_t)(path - url);
        length = strlen(url);
        memcpy(to, url, length);
        if (!next(2))
            length = fixed + 1 + mutate(to + fixed + 1, length - fixed - 1);
    }
    return length;
}

/* ---- one call ---- */

static void count_code(const char *code, long call)
{
    int n = 0, number = 0, digits = 1;
    for (; code[n] && n < 16; n++) {
        digits &= code[n] >= '0' && code[n] <= '9';
        number = number * 10 + (code[n] - '0');
        if (!((code[n] >= '0' && code[n] <= '9') || (code[n] >= 'A' && code[n] <= 'Z') || (code[n] >= 'a' && code[n] <= 'z') ||
              strchr("_-. ?", code[n])))
            breach("a code of odd characters", call, code);
    }
    if (!n || n > 15)
        breach("a code of no or too many characters", call, code);
    else if (!strcmp(code, "00"))
        success++;
    else if (digits && n == 4)
        codes[number]++;
    else
        foreign++;
}

static void check_buffer(const char *out, size_t size, int may_be_empty, long call, const char *code)
{
    size_t length = 0, i;
    while (length < size && out[length])
        length++;
    if (length == size) {
        breach("no NUL in the buffer", call, code);
        return;
    }
    if (!length && !may_be_empty)
        breach("an empty answer", call, code);
    for (i = length + 1; i < size; i++)
        if ((unsigned char)out[i] != FILL) {
            breach("bytes behind the NUL were written", call, code);
            return;
        }
}

int main(int count, char **arguments)
{
    transact_fn functions[2];
    screen_fn screen;
    print_fn label;
    autofill_fn autofill;
    struct tight memory[4];
    char *file, *url, *at;
    long call, calls, progress;
    int i;
#if defined(_WIN32)
    HMODULE library;
#else
    void *library;
#endif

    if (count != 7)
        return 2;
    example_open(arguments);
    calls = atol(arguments[5]);
    state = 88172645463325252ULL ^ ((unsigned long long)atol(arguments[6]) << 20);
    url = arguments[2];
    {
        FILE *input = fopen(arguments[3], "rb");
        size_t size;
        file = malloc(32 * 1024 * 1024);
        if (!input || !file)
            return 3;
        size = fread(file, 1, 32 * 1024 * 1024, input);
        fclose(input);
        for (at = file; at < file + size && texts < MOST_TEXTS; at += corpus[texts++].length) {
            unsigned length;
            memcpy(&length, at, 4);
            at += 4;
            corpus[texts].bytes = at;
            corpus[texts].length = length;
        }
    }
    scratch = malloc(ROOM);
    for (i = 0; i < 4; i++)
        memory[i] = tight_new();
#if defined(_WIN32)
    library = LoadLibraryA(arguments[1]);
#define FIND(name) (void *)GetProcAddress(library, name)
#else
    library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
#define FIND(name) dlsym(library, name)
#endif
    if (!library)
        return 4;
    functions[0] = (transact_fn)FIND("VirtualCardTrans");
    functions[1] = (transact_fn)FIND("NationEcTrans");
    screen = (screen_fn)FIND("Set_QRflow_Mode");
    label = (print_fn)FIND("EhealthID_Print");
    autofill = (autofill_fn)FIND("SetEcQrcode");

    progress = calls / 20 ? calls / 20 : 1;
    for (call = 0; call < calls; call++) {
        unsigned kind = next(100);
        if (call % progress == 0)
            example_number("progress", call);
        if (kind < 94) {
            char *strurl = NULL, *indata = NULL, *out = NULL, *code;
            size_t capacity = kind >= 84 ? VCCHK_NATION_CAPACITY : VCCHK_OUT_CAPACITY;
            size_t length = address(scratch, url);
            if (next(200))
                strurl = tight_text(&memory[0], scratch, length);
            if (next(200)) {
                length = choose(scratch);
                indata = tight_text(&memory[1], scratch, length);
            }
            if (next(200)) {
                out = tight_get(&memory[2], capacity);
                memset(out, FILL, capacity);
            }
            code = functions[kind >= 84](strurl, indata, out);
            if (!code)
                breach("NULL returned", call, code);
            else
                count_code(code, call);
            if (out)
                check_buffer(out, capacity, 0, call, code);
            else if (code && !strcmp(code, "00"))
                breach("success without a place for the answer", call, code);
            if (strurl)
                tight_put(strurl);
            if (indata)
                tight_put(indata);
            if (out)
                tight_put(out);
        } else if (kind < 96) {
            char *part[3] = {NULL, NULL, NULL};
            for (i = 0; i < 3; i++)
                if (next(20))
                    part[i] = tight_text(&memory[i], scratch, choose(scratch));
            if (!label(part[0], part[1], part[2]))
                breach("EhealthID_Print says 0 without a printer", call, NULL);
            for (i = 0; i < 3; i++)
                if (part[i])
                    tight_put(part[i]);
        } else if (kind < 98) {
            if (!screen((int)next(1u << 31) - (1 << 30)))
                breach("Set_QRflow_Mode says 0 without a screen", call, NULL);
        } else {
            char *errmsg = next(20) ? tight_get(&memory[3], VCCHK_ERRMSG_CAPACITY) : NULL;
            if (errmsg)
                memset(errmsg, FILL, VCCHK_ERRMSG_CAPACITY);
            if (!autofill(errmsg))
                breach("SetEcQrcode says 0 without a voucher", call, NULL);
            if (errmsg) {
                /* byte 0 is marked before the call */
                check_buffer(errmsg, VCCHK_ERRMSG_CAPACITY, 0, call, NULL);
                tight_put(errmsg);
            }
        }
    }
    for (i = 0; i < 10000; i++)
        if (codes[i])
            fprintf(example_answers, "code.%04d=%ld\n", i, codes[i]);
    example_number("success", success);
    example_number("foreign", foreign);
    example_number("breaches", breaches);
    example_number("calls", call);
    example_text("end", "reached");
    return 0;
}
