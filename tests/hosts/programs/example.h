/* What the example programs in C share: reading the request, writing down the answers.
 *
 * Every example is called  <program> <library> <url> <request file> <answers file>  and writes lines `name=value`; a
 * text is written as the bytes that the library gave. tests/hosts reads them.
 */
#ifndef VCCHK_EXAMPLE_H
#define VCCHK_EXAMPLE_H

#define _CRT_SECURE_NO_WARNINGS
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *example_answers;

static inline void example_open(char **arguments)
{
    example_answers = fopen(arguments[4], "wb");
    if (!example_answers)
        exit(3);
}

static inline void example_text(const char *name, const char *text)
{
    fprintf(example_answers, "%s=%s\n", name, text ? text : "(NULL)");
    fflush(example_answers);
}

static inline void example_number(const char *name, long number)
{
    fprintf(example_answers, "%s=%ld\n", name, number);
    fflush(example_answers);
}

/* The whole file, with a NUL behind it. */
static inline char *example_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 65536);
    if (!file || !text || !fread(text, 1, 65535, file))
        exit(3);
    fclose(file);
    return text;
}

#endif
