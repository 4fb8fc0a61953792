/* What a PowerBuilder program does with the library, byte for byte (docs/examples/n_virtualcard.sru has the PowerScript).
 *
 *     FUNCTION string VirtualCardTrans(ref string strUrl, ref string InData, ref string OutData)
 *         LIBRARY "VirtualCardChk.dll" ALIAS FOR "VirtualCardTrans;Ansi"
 *     ls_out = Space(2048)
 *     ls_code = VirtualCardTrans(ls_url, ls_in, ls_out)
 *
 * PowerBuilder copies each string into a block of exactly its length and a NUL, calls, copies the text up to the first
 * NUL back into a new string, copies the returned text, and frees its blocks; the returned pointer it keeps to itself
 * and reads once, after the call. Arguments: example.h. Here each block ends at memory that may not be touched.
 */
#include <windows.h>

#include "example.h"

#define PAGE 4096

typedef char *(__stdcall *transact_fn)(char *, char *, char *);
typedef int(__cdecl *screen_fn)(int);
typedef int(__stdcall *print_fn)(char *, char *, char *);
typedef int(__stdcall *autofill_fn)(char *);

/* A string passed by reference: a copy whose NUL is the last byte of readable memory. */
static char *passed(const char *text)
{
    size_t size = strlen(text) + 1, pages = (size + PAGE - 1) / PAGE * PAGE;
    char *block = VirtualAlloc(NULL, pages + PAGE, MEM_RESERVE, PAGE_NOACCESS), *at;
    VirtualAlloc(block, pages, MEM_COMMIT, PAGE_READWRITE);
    at = block + pages - size;
    memcpy(at, text, size);
    return at;
}

static void released(char *at)
{
    MEMORY_BASIC_INFORMATION info;
    VirtualQuery(at, &info, sizeof info);
    VirtualFree(info.AllocationBase, 0, MEM_RELEASE);
}

static char *spaces(int count)
{
    char *text = malloc((size_t)count + 1);
    memset(text, ' ', (size_t)count);
    text[count] = 0;
    return text;
}

static void transact(transact_fn function, const char *name, const char *url, const char *request)
{
    char *blank = spaces(2048), line[64];
    char *block[3];
    char *code;
    int i;
    block[0] = passed(url);
    block[1] = passed(request);
    block[2] = passed(blank);
    code = _strdup(function(block[0], block[1], block[2]));
    snprintf(line, sizeof line, "%s.code", name);
    example_text(line, code);
    snprintf(line, sizeof line, "%s.out", name);
    example_text(line, block[2]);
    for (i = 0; i < 3; i++)
        released(block[i]);
    free(code);
    free(blank);
}

int main(int count, char **arguments)
{
    HMODULE library;
    transact_fn trans, nation;
    char *request, *block, *label[3], *blank = spaces(256);
    int i;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    library = LoadLibraryA("VirtualCardChk.dll"); /* beside the program, as PowerBuilder looks for it */
    if (!library)
        return 4;
    trans = (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans");
    nation = (transact_fn)(void *)GetProcAddress(library, "NationEcTrans");
    transact(trans, "open", arguments[2], request);
    transact(trans, "refused", arguments[2], "{}");
    transact(nation, "nation", arguments[2], "");
    example_number("screen", ((screen_fn)(void *)GetProcAddress(library, "Set_QRflow_Mode"))(1));
    label[0] = passed("0");
    label[1] = passed("D0000001");
    label[2] = passed("\xd1\xdd\xca\xbe");
    example_number("print", ((print_fn)(void *)GetProcAddress(library, "EhealthID_Print"))(label[0], label[1], label[2]));
    for (i = 0; i < 3; i++)
        released(label[i]);
    block = passed(blank);
    example_number("autofill", ((autofill_fn)(void *)GetProcAddress(library, "SetEcQrcode"))(block));
    example_text("autofill.out", block);
    released(block);
    /* PowerBuilder frees the library when the window closes, and loads it again for the next one. */
    FreeLibrary(library);
    library = LoadLibraryA("VirtualCardChk.dll");
    trans = (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans");
    transact(trans, "again", arguments[2], request);
    example_text("end", "reached");
    return 0;
}
