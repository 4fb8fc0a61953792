/* Whether bytes are UTF-8, as RFC 3629 has it up to the ranges of second bytes. */
#include "shim.h"

int utf8_is_valid(const unsigned char *p, const unsigned char *end, int *has_long)
{
    *has_long = 0;
    while (p < end) {
        int follow = *p < 0x80 ? 0 : *p < 0xc2 ? -1 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : *p < 0xf5 ? 3 : -1;
        if (follow < 0 || end - p <= follow)
            return 0;
        *has_long |= follow > 1;
        for (p++; follow; follow--, p++)
            if ((*p & 0xc0) != 0x80)
                return 0;
    }
    return 1;
}
