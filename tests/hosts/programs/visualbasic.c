/* What a VB6 program does with the library, byte for byte (docs/examples/FirstCall.bas has the Basic).
 *
 *     Private Declare Function VirtualCardTrans Lib "VirtualCardChk.dll" _
 *         (ByVal strUrl As String, ByVal InData As String, ByVal OutData As String) As Long
 *     OutData = String$(2048, 0)
 *     lngCode = VirtualCardTrans(strUrl, InData, OutData)
 *     strCode = TextAt(lngCode)
 *
 * VB6 strings are UTF-16 BSTRs. For each ByVal String it makes a temporary BSTR of ANSI bytes, passes its address,
 * and after the call turns all of its bytes (the length it had, NULs included) back into the variable. The returned
 * Long is an address: lstrlenA, then RtlMoveMemory. It ends with error 49, "Bad DLL calling convention", when the stack
 * pointer is not where it was. Arguments: example.h.
 */
#include <windows.h>

#include <oleauto.h>

#include "example.h"

struct called {
    LONG result;
    long drift; /* bytes of stack that the callee took or left too much */
};

/* VB6's own call of a stdcall function: pushes, calls, compares the stack pointer. */
static struct called call(void *function, int words, const void *a, const void *b, const void *c)
{
    struct {
        void *function;
        const void *argument[3];
        int words;
        LONG result;
        long drift;
    } frame = {function, {a, b, c}, words, 0, 0};
    struct called called;
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "movl 16(%%ebx), %%ecx\n\t"
                     "1: testl %%ecx, %%ecx\n\t"
                     "jz 2f\n\t"
                     "pushl (%%ebx,%%ecx,4)\n\t"
                     "decl %%ecx\n\t"
                     "jmp 1b\n\t"
                     "2: call *(%%ebx)\n\t"
                     "movl %%eax, 20(%%ebx)\n\t"
                     "movl %%esi, %%ecx\n\t"
                     "subl %%esp, %%ecx\n\t"
                     "movl %%ecx, 24(%%ebx)\n\t"
                     "movl %%esi, %%esp\n\t"
                     :
                     : "b"(&frame)
                     : "eax", "ecx", "edx", "esi", "edi", "memory", "cc");
    called.result = frame.result;
    called.drift = frame.drift;
    return called;
}

/* A String variable from ANSI bytes. */
static BSTR variable(const char *ansi)
{
    int length = MultiByteToWideChar(CP_ACP, 0, ansi, -1, NULL, 0) - 1;
    BSTR text = SysAllocStringLen(NULL, (UINT)length);
    MultiByteToWideChar(CP_ACP, 0, ansi, -1, text, length + 1);
    return text;
}

/* The temporary of ANSI bytes that is passed for a ByVal String. */
static BSTR passed(BSTR text)
{
    int length = (int)SysStringLen(text), bytes = WideCharToMultiByte(CP_ACP, 0, text, length, NULL, 0, NULL, NULL);
    BSTR temporary = SysAllocStringByteLen(NULL, (UINT)bytes);
    WideCharToMultiByte(CP_ACP, 0, text, length, (char *)temporary, bytes, NULL, NULL);
    return temporary;
}

/* After the call: the variable gets all bytes of the temporary. */
static void taken_back(BSTR *text, BSTR temporary)
{
    int bytes = (int)SysStringByteLen(temporary);
    int length = MultiByteToWideChar(CP_ACP, 0, (char *)temporary, bytes, NULL, 0);
    SysReAllocStringLen(text, NULL, (UINT)length);
    MultiByteToWideChar(CP_ACP, 0, (char *)temporary, bytes, *text, length);
    SysFreeString(temporary);
}

/* Left$(text, InStr(text, vbNullChar) - 1), written down as ANSI. */
static void answer(const char *name, BSTR text)
{
    char line[2 * 2048 + 2];
    UINT length = 0, whole = SysStringLen(text);
    while (length < whole && text[length])
        length++;
    length = (UINT)WideCharToMultiByte(CP_ACP, 0, text, (int)length, line, sizeof line - 1, NULL, NULL);
    line[length] = 0;
    example_text(name, line);
}

/* The text at a Long: lstrlenA and RtlMoveMemory. */
static void code(const char *name, LONG address)
{
    char text[64] = {0};
    int length = lstrlenA((const char *)(uintptr_t)address);
    RtlMoveMemory(text, (const void *)(uintptr_t)address, (size_t)(length < 63 ? length : 63));
    example_text(name, text);
}

static long drifted;

static void transact(void *function, const char *name, const char *url, const char *request)
{
    BSTR text[3], temporary[3];
    char line[64];
    struct called called;
    int i;
    text[0] = variable(url);
    text[1] = variable(request);
    text[2] = SysAllocStringLen(NULL, 2048); /* String$(2048, 0) */
    memset(text[2], 0, 2048 * sizeof *text[2]);
    for (i = 0; i < 3; i++)
        temporary[i] = passed(text[i]);
    called = call(function, 3, temporary[0], temporary[1], temporary[2]);
    for (i = 0; i < 3; i++)
        taken_back(&text[i], temporary[i]);
    drifted |= called.drift;
    snprintf(line, sizeof line, "%s.code", name);
    code(line, called.result);
    snprintf(line, sizeof line, "%s.out", name);
    answer(line, text[2]);
    for (i = 0; i < 3; i++)
        SysFreeString(text[i]);
}

int main(int count, char **arguments)
{
    HMODULE library;
    BSTR text[3], temporary[3];
    struct called called;
    char *request;
    int i;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    example_number("ansi", (long)GetACP());
    CoInitialize(NULL); /* every VB6 program runs in an apartment */
    library = LoadLibraryA("VirtualCardChk.dll");
    if (!library)
        return 4;
    transact((void *)GetProcAddress(library, "VirtualCardTrans"), "open", arguments[2], request);
    transact((void *)GetProcAddress(library, "VirtualCardTrans"), "refused", arguments[2], "{}");
    transact((void *)GetProcAddress(library, "NationEcTrans"), "nation", arguments[2], "");
    /* VB6 calls everything as stdcall: Set_QRflow_Mode needs [abi] qrflow_convention = stdcall in the INI. */
    called = call((void *)GetProcAddress(library, "Set_QRflow_Mode"), 1, (void *)(uintptr_t)1, NULL, NULL);
    drifted |= called.drift;
    example_number("screen", called.result);
    text[0] = variable("0");
    text[1] = variable("D0000001");
    text[2] = variable("\xd1\xdd\xca\xbe");
    for (i = 0; i < 3; i++)
        temporary[i] = passed(text[i]);
    called = call((void *)GetProcAddress(library, "EhealthID_Print"), 3, temporary[0], temporary[1], temporary[2]);
    for (i = 0; i < 3; i++)
        taken_back(&text[i], temporary[i]);
    drifted |= called.drift;
    example_number("print", called.result);
    text[0] = SysAllocStringLen(NULL, 256);
    memset(text[0], 0, 256 * sizeof *text[0]);
    temporary[0] = passed(text[0]);
    called = call((void *)GetProcAddress(library, "SetEcQrcode"), 1, temporary[0], NULL, NULL);
    taken_back(&text[0], temporary[0]);
    drifted |= called.drift;
    example_number("autofill", called.result);
    answer("autofill.out", text[0]);
    example_number("drift", drifted);
    example_text("end", "reached");
    return 0;
}
