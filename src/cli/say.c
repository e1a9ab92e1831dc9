/* Errors on stderr, one sentence a line, each opened with the program's name. What
 * belongs to stdout was written first, so it is flushed first: the two streams often
 * end at the same terminal. */
#include "cli/say.h"

#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void begin(void) {
    (void)fflush(stdout);
    (void)fputs("crystalmath: ", stderr);
}

void say_error(const char *format, ...) {
    va_list args;
    begin();
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

int say_usage(const char *format, ...) {
    va_list args;
    begin();
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    return CLI_USAGE;
}

void say_no_memory(void) {
    (void)fputs("crystalmath: no memory is left for this command\n", stderr);
    exit(CLI_FAILED);
}

void *say_need(void *p) {
    if (!p) {
        say_no_memory();
    }
    return p;
}

char *say_format(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        say_no_memory();
    }
    return text;
}
