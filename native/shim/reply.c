/* The replies of a DLL whose Python cannot answer: static sentences, in the request's encoding. */
#include "shim.h"

/* UTF-8 only when the bytes are valid UTF-8 and hold a sequence of 3 or 4 bytes, as the Python side decides it
 * (docs/hosts.md, fact 14: 联通 in GBK is valid UTF-8 too). */
static int is_utf8(const unsigned char *p)
{
    int long_sequences = 0;
    while (*p) {
        int follow;
        if (*p < 0x80)
            follow = 0;
        else if (*p >= 0xc2 && *p < 0xe0)
            follow = 1;
        else if (*p >= 0xe0 && *p < 0xf0)
            follow = 2;
        else if (*p >= 0xf0 && *p < 0xf5)
            follow = 3;
        else
            return 0;
        long_sequences |= follow > 1;
        for (p++; follow; follow--, p++)
            if ((*p & 0xc0) != 0x80)
                return 0;
    }
    return long_sequences;
}

void reply_write(char *out, const struct message *message, const char *request)
{
    const char *text;
    if (!out)
        return;
    text = request && is_utf8((const unsigned char *)request) ? message->utf8 : message->gb18030;
    while ((*out++ = *text++))
        ;
}
