/* The one key of VirtualCardChk.ini that must hold without Python: `[abi] qrflow_convention` (docs/hosts.md, fact 8).
 *
 * The rules are those of vcchk/settings/ini.py, which reads everything else: UTF-8 with or without BOM, UTF-16 with
 * BOM, else GB18030; a later line counts more; names in any case; blanks around, one pair of quotes. What is asked for
 * is ASCII, so a character is either that, a blank, a line's end, or OTHER.
 */
#include "shim.h"

#define OTHER 0xffffu
#define END 0x10000u
#define LINE_MAX_CHARACTERS 64 /* the longest line that can matter, without what is blank */

enum encoding { UTF8, GB18030, UTF16_LE, UTF16_BE };

struct text {
    const unsigned char *at, *end;
    enum encoding encoding;
};

static struct text open_text(const unsigned char *data, size_t size)
{
    struct text text = {data, data + size, GB18030};
    int has_long;
    if (size >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff))) {
        text.encoding = data[0] == 0xff ? UTF16_LE : UTF16_BE;
        text.at += 2;
        return text;
    }
    if (size >= 3 && data[0] == 0xef && data[1] == 0xbb && data[2] == 0xbf)
        text.at += 3;
    if (utf8_is_valid(text.at, text.end, &has_long))
        text.encoding = UTF8;
    else
        text.at = data;
    return text;
}

/* What Python calls blank or a line's end (str.strip, str.splitlines), of the characters below U+10000. */
static unsigned kind_of(unsigned character)
{
    if (character == '\n' || character == '\r' || (character >= 0x0b && character <= 0x0c) ||
        (character >= 0x1c && character <= 0x1e) || character == 0x85 || character == 0x2028 || character == 0x2029)
        return '\n';
    if (character == ' ' || character == '\t' || character == 0x1f || character == 0xa0 || character == 0x1680 ||
        (character >= 0x2000 && character <= 0x200a) || character == 0x202f || character == 0x205f || character == 0x3000)
        return ' ';
    return character < 0x80 && character ? character : OTHER;
}

static unsigned next(struct text *text)
{
    const unsigned char *p = text->at;
    size_t left = (size_t)(text->end - p), length = 1;
    unsigned character = OTHER;
    if (!left)
        return END;
    switch (text->encoding) {
    case UTF16_LE:
    case UTF16_BE:
        length = left < 2 ? left : 2;
        if (length == 2)
            character = text->encoding == UTF16_LE ? (unsigned)(p[0] | p[1] << 8) : (unsigned)(p[0] << 8 | p[1]);
        break;
    case UTF8:
        if (p[0] < 0x80) {
            character = p[0];
        } else if (p[0] < 0xe0) {
            character = (unsigned)((p[0] & 0x1f) << 6 | (p[1] & 0x3f));
            length = 2;
        } else if (p[0] < 0xf0) {
            character = (unsigned)((p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f));
            length = 3;
        } else {
            length = 4;
        }
        break;
    case GB18030:
        if (p[0] < 0x80) {
            character = p[0];
        } else if (p[0] != 0x80 && p[0] != 0xff && left >= 2) {
            if (p[1] >= 0x40 && p[1] != 0x7f && p[1] != 0xff) {
                character = p[0] == 0xa1 && p[1] == 0xa1 ? 0x3000 : OTHER;
                length = 2;
            } else if (p[1] >= '0' && p[1] <= '9' && left >= 4 && p[2] > 0x80 && p[2] < 0xff && p[3] >= '0' && p[3] <= '9') {
                length = 4;
            }
        }
        break;
    }
    text->at += length;
    return kind_of(character);
}

/* The next line without blanks at its ends, lower case, OTHER as 0x7f; cut where it is too long to matter.
 * Returns 0 behind the last one. */
static int next_line(struct text *text, char *line)
{
    unsigned character;
    int length = 0, blanks = 0, any = 0;
    while ((character = next(text)) != END && character != '\n') {
        any = 1;
        if (character == ' ') {
            blanks++;
            continue;
        }
        if (blanks && length && length < LINE_MAX_CHARACTERS)
            line[length++] = ' '; /* one for many: none of the names has any inside */
        blanks = 0;
        if (length < LINE_MAX_CHARACTERS)
            line[length++] = character == OTHER                           ? 0x7f
                             : character >= 'A' && character <= 'Z' ? (char)(character + 32)
                                                                          : (char)character;
    }
    line[length] = 0;
    return character != END || any;
}

/* The rest of a line that begins with the word, NULL for any other line. */
static const char *after_prefix(const char *line, const char *word)
{
    for (; *word; line++, word++)
        if (*line != *word)
            return 0;
    return line;
}

static const char *skip_blank(const char *line)
{
    return line && *line == ' ' ? line + 1 : line;
}

/* The value, "stdcall" alone or within one pair of quotes. */
static int is_stdcall(const char *value)
{
    char quote = *value == '"' || *value == '\'' ? *value : 0;
    const char *rest = after_prefix(quote ? value + 1 : value, "stdcall");
    return rest && rest[0] == quote && (!quote || !rest[1]);
}

int ini_says_stdcall(const unsigned char *data, size_t size)
{
    struct text text = open_text(data, size);
    char line[LINE_MAX_CHARACTERS + 1];
    const char *rest;
    int in_abi = 0, found = 0;
    while (next_line(&text, line)) {
        if (line[0] == '[') {
            rest = skip_blank(after_prefix(skip_blank(line + 1), "abi"));
            in_abi = rest && *rest == ']';
        } else if (in_abi && (rest = skip_blank(after_prefix(line, "qrflow_convention"))) && *rest == '=') {
            found = is_stdcall(skip_blank(rest + 1));
        }
    }
    return found;
}
