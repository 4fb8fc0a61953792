/* The one key of VirtualCardChk.ini that must hold without Python: `[abi] qrflow_convention` (docs/hosts.md, fact 8).
 *
 * The rules are those of vcchk/settings/ini.py, which reads everything else: UTF-8 with or without BOM, UTF-16 with
 * BOM, else GB18030; a later line counts more; names in any case; blanks around, one pair of quotes; signs as a Chinese
 * input method types them. What is asked for is ASCII, so a character is either that or a sign that counts as it, a
 * quotation mark, a blank, a line's end, one that nobody sees, or OTHER.
 *
 * Files that the INI includes and sections for one computer are not read here: the settings say so where they stand.
 */
#include "shim.h"

#define OTHER 0xffffu
#define END 0x10000u
#define UNSEEN 0x10001u
#define OPENING 1u /* the Chinese quotation marks; no control character is itself */
#define CLOSING 2u
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
    switch (character) {
    case 0: /* PowerShell's >> appends UTF-16 */
    case 0xfeff:
    case 0x200b:
        return UNSEEN;
    case 0xff3b:
    case 0x3010:
        return '[';
    case 0xff3d:
    case 0x3011:
        return ']';
    case 0xff1d:
        return '=';
    case 0xff1a:
        return ':';
    case 0x201c:
        return OPENING;
    case 0x201d:
        return CLOSING;
    default:
        return character >= 0x20 && character < 0x80 ? character : OTHER;
    }
}

/* Of GB18030 the characters that `kind_of` knows. */
static unsigned of_gb18030(unsigned code)
{
    static const struct {
        unsigned code, character;
    } known[] = {{0xa1a1, 0x3000}, {0xa3db, 0xff3b}, {0xa3dd, 0xff3d}, {0xa1be, 0x3010},     {0xa1bf, 0x3011},    {0xa3ba, 0xff1a},
                 {0xa3bd, 0xff1d}, {0xa1b0, 0x201c}, {0xa1b1, 0x201d}, {0x8136a437, 0x200b}, {0x84319533, 0xfeff}};
    size_t number;
    for (number = 0; number < sizeof known / sizeof *known; number++)
        if (known[number].code == code)
            return known[number].character;
    return OTHER;
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
                character = of_gb18030((unsigned)(p[0] << 8 | p[1]));
                length = 2;
            } else if (p[1] >= '0' && p[1] <= '9' && left >= 4 && p[2] > 0x80 && p[2] < 0xff && p[3] >= '0' && p[3] <= '9') {
                character = of_gb18030((unsigned)p[0] << 24 | (unsigned)(p[1] << 16 | p[2] << 8 | p[3]));
                length = 4;
            }
        }
        break;
    }
    text->at += length;
    return kind_of(character);
}

/* The next line without blanks at its ends, lower case, OTHER as 0x7f; cut where it is too long to matter.
 * `*separator`: what ends its key, '=' wherever it has one. Returns 0 behind the last one. */
static int next_line(struct text *text, char *line, char *separator)
{
    unsigned character;
    int length = 0, blanks = 0, any = 0;
    *separator = ':';
    while ((character = next(text)) != END && character != '\n') {
        any = 1;
        if (character == UNSEEN)
            continue;
        if (character == '=')
            *separator = '=';
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
    char quote = *value == OPENING ? CLOSING : *value == '"' || *value == '\'' ? *value : 0;
    const char *rest = after_prefix(quote ? value + 1 : value, "stdcall");
    return rest && rest[0] == quote && (!quote || !rest[1]);
}

int ini_says_stdcall(const unsigned char *data, size_t size)
{
    struct text text = open_text(data, size);
    char line[LINE_MAX_CHARACTERS + 1], separator;
    const char *rest;
    int in_abi = 0, found = 0;
    while (next_line(&text, line, &separator)) {
        if (line[0] == '[') {
            rest = skip_blank(after_prefix(skip_blank(line + 1), "abi"));
            in_abi = rest && *rest == ']';
        } else if (in_abi && (rest = skip_blank(after_prefix(line, "qrflow_convention"))) && *rest == separator) {
            found = is_stdcall(skip_blank(rest + 1));
        }
    }
    return found;
}
