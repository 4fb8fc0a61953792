/* A C or C++ program that was linked against VirtualCardChk.lib: the decorated names of MSVC's import libraries.
 *
 * Make the import library from the published names: `lib /def:VirtualCardChk.def /machine:x86`, with
 *
 *     LIBRARY VirtualCardChk
 *     EXPORTS
 *         _VirtualCardTrans@12
 *         _EhealthID_Print@12
 *         _SetEcQrcode@4
 *         _NationEcTrans@12
 *         Set_QRflow_Mode
 *
 * After the calls of a HIS it makes 10,000 more and looks where the stack has come to, for each alignment that a 32-bit
 * program may have. Arguments: example.h; the library's path is not used, Windows finds it beside the program.
 */
#include "../../../native/VirtualCardChk.h"
#include "example.h"

#define CALLS 2500 /* for each of four alignments */

/* Call `function` CALLS times with `words` NULLs, the stack shifted by `shift` bytes and never put right in between;
 * returns how many bytes it has drifted. `pop`: bytes that the caller takes off (cdecl). */
static long drift(void *function, int words, int pop, int shift)
{
    struct {
        void *function;
        int words, pop, shift, calls;
        long drift;
    } frame = {function, words, pop, shift, CALLS, 0};
    __asm__ volatile("movl %%esp, %%edi\n\t"
                     "andl $-16, %%esp\n\t"
                     "subl 12(%%ebx), %%esp\n\t"
                     "movl %%esp, %%esi\n\t"
                     "1: movl 4(%%ebx), %%ecx\n\t"
                     "2: pushl $0\n\t"
                     "decl %%ecx\n\t"
                     "jnz 2b\n\t"
                     "call *(%%ebx)\n\t"
                     "addl 8(%%ebx), %%esp\n\t"
                     "decl 16(%%ebx)\n\t"
                     "jnz 1b\n\t"
                     "subl %%esp, %%esi\n\t"
                     "movl %%esi, 20(%%ebx)\n\t"
                     "movl %%edi, %%esp\n\t"
                     :
                     : "b"(&frame)
                     : "eax", "ecx", "edx", "esi", "edi", "memory", "cc");
    return frame.drift;
}

int main(int count, char **arguments)
{
    static char out[VCCHK_OUT_CAPACITY], errmsg[VCCHK_ERRMSG_CAPACITY];
    char *request;
    int shift;
    struct {
        const char *name;
        void *function;
        int words, pop;
    } functions[] = {
        {"VirtualCardTrans", (void *)VirtualCardTrans, 3, 0}, {"NationEcTrans", (void *)NationEcTrans, 3, 0},
        {"EhealthID_Print", (void *)EhealthID_Print, 3, 0},   {"SetEcQrcode", (void *)SetEcQrcode, 1, 0},
        {"Set_QRflow_Mode", (void *)Set_QRflow_Mode, 1, 4},
    };
    size_t i;

    if (count != 5)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    example_text("open.code", VirtualCardTrans(arguments[2], request, out));
    example_text("open.out", out);
    example_text("refused.code", VirtualCardTrans(arguments[2], "{}", out));
    example_text("refused.out", out);
    example_text("nation.code", NationEcTrans(arguments[2], "", out));
    example_number("screen", Set_QRflow_Mode(1));
    example_number("print", EhealthID_Print("0", "D0000001", "\xd1\xdd\xca\xbe")); /* 演示 in GBK */
    example_number("autofill", SetEcQrcode(errmsg));
    example_text("autofill.out", errmsg);

    for (i = 0; i < sizeof functions / sizeof *functions; i++) {
        long total = 0;
        for (shift = 0; shift < 16; shift += 4)
            total += labs(drift(functions[i].function, functions[i].words, functions[i].pop, shift));
        fprintf(example_answers, "drift.%s=%ld\n", functions[i].name, total);
        fflush(example_answers);
    }
    example_text("end", "reached");
    return 0;
}
