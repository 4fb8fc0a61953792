/* The replies of a DLL whose Python cannot answer: static sentences, in the request's encoding. */
#include "shim.h"

/* UTF-8 only when the bytes are valid UTF-8 and hold a sequence of 3 or 4 bytes; the Python side weighs both readings
 * (docs/hosts.md, fact 14: 联通 in GBK is valid UTF-8 too). */
static int is_utf8(const char *request)
{
    const unsigned char *begin = (const unsigned char *)request, *end = begin;
    int has_long;
    while (*end)
        end++;
    return utf8_is_valid(begin, end, &has_long) && has_long;
}

static const char *sentence_for(const struct message *message, const char *request)
{
    return request && is_utf8(request) ? message->utf8 : message->gb18030;
}

static char *append(char *out, const char *text)
{
    while (*text)
        *out++ = *text++;
    *out = 0;
    return out;
}

void reply_write(char *out, const struct message *message, const char *request)
{
    if (out)
        append(out, sentence_for(message, request));
}

void reply_write_object(char *out, const struct message *message, const char *request)
{
    const char *text = sentence_for(message, request);
    int is_gb18030 = text == message->gb18030;
    if (!out)
        return;
    out = append(out, "{\"code\":-1,\"message\":\"");
    while (*text) {
        if (is_gb18030 && (unsigned char)*text >= 0x81 && text[1]) {
            *out++ = *text++; /* its second byte may look like a backslash */
        } else if (*text == '"' || *text == '\\') {
            *out++ = '\\';
        }
        *out++ = *text++;
    }
    append(out, "\",\"data\":null}");
}
