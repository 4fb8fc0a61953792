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
 *      "popped":12,"guard":true,"tail":true}
 *
 * ret: the returned text; a number for the int functions; null for NULL. out: OutData's bytes up to the NUL, in hex.
 * cw and mxcsr: before and after. popped: bytes the callee took off the stack (stdcall 12, 12, 4; cdecl 0; 64 bit 0).
 * guard: true = OutData's 2048th byte was the last byte of readable memory (SetEcQrcode: 256th), and the call came
 * back. tail: bytes behind the NUL still hold the fill byte. An error: {"error":"..."}; unknown names read so too.
 */
