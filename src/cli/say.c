/* Errors on stderr, one sentence a line, each opened with the program's name. What
 * belongs to stdout was written first, so it is flushed first: the two streams often
 * end at the same terminal. */
#include "cli/say.h"

#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A byte of one of the controls that UTF-8 writes as 0xC2 and this one, and that
 * terminals of other character sets take as it is. */
static bool is_upper_control(char c) {
    return (unsigned char)c >= 0x80 && (unsigned char)c < 0xA0;
}

size_t say_control(const char *at, size_t n, bool utf8) {
    unsigned char c = (unsigned char)at[0];
    if (c < 0x20 || c == 0x7F) {
        return c != '\t' && c != '\n' && c != '\r';
    }
    if (utf8) {
        return c == 0xC2 && n > 1 && is_upper_control(at[1]) ? 2 : 0;
    }
    return is_upper_control(at[0]);
}

/* Names of files and words of programs are among it, wherever stderr leads. */
__attribute__((format(printf, 1, 0))) static void say(const char *format,
                                                      va_list args) {
    char *text = NULL;
    (void)fflush(stdout);
    int n = vasprintf(&text, format, args);
    if (n < 0) {
        say_no_memory();
    }
    (void)fputs("crystalmath: ", stderr);
    for (size_t i = 0; i < (size_t)n; i++) {
        size_t len = say_control(text + i, (size_t)n - i, true);
        (void)fputc(len > 0 ? '?' : text[i], stderr);
        i += len > 1 ? len - 1 : 0;
    }
    (void)fputc('\n', stderr);
    free(text);
}

void say_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

int say_usage(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
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
