/* The memory of returned codes (docs/hosts.md, fact 9).
 *
 * .NET frees a `string` it was returned, so each reply to a .NET process is a block of its own. Other hosts never free,
 * keep the pointer as long as they like, and some write into it. The codes are four digits or "00": each has one place
 * for ever, written afresh by each call; a pointer once returned stays good without a limit. Foreign codes of other
 * forms share a ring.
 */
#include "shim.h"

#define RING 512 /* a power of two, so that the count may wrap around; 8 KB */

static char success[8];
static char digits[10000][8];
static char ring[RING][VCCHK_RET_SIZE];
static unsigned last_slot; /* counts up; threads that return at once get a slot each */

static char *slot_of(const char *code)
{
    int number = 0, n = 0;
    for (; code[n] >= '0' && code[n] <= '9' && n < 5; n++)
        number = number * 10 + (code[n] - '0');
    if (!code[n] && n == 4)
        return digits[number];
    if (!code[n] && n == 2 && number == 0)
        return success;
    return ring[__atomic_add_fetch(&last_slot, 1, __ATOMIC_RELAXED) % RING];
}

char *returned_text(const char *code)
{
    char *block = dotnet_block(VCCHK_RET_SIZE);
    char *to = block ? block : slot_of(code);
    int n = 0;
    do
        to[n] = code[n];
    while (code[n++]);
    return to;
}
