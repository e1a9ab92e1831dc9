/* Cutting a stream of bytes into lines, in constant memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What is kept of a line; no line that a scanner reads comes near. */
#define LINE_READER_KEEP 1024

/* Behind the blanks that a line begins with; a loop, for most are few. */
static inline const char *line_text(const char *line) {
    while (*line == ' ' || *line == '\t') {
        line++;
    }
    return line;
}

/* What stands behind the prefix, or NULL; a loop, for most lines differ early. */
static inline const char *line_behind(const char *line, const char *prefix) {
    while (*prefix && *line == *prefix) {
        line++;
        prefix++;
    }
    return *prefix ? NULL : line;
}

struct line_reader {
    char text[LINE_READER_KEEP + 1];
    size_t length; /* of what is kept of the line begun */
    long number;   /* of the line begun, from 1; 0 before the first byte */
    bool begun;    /* bytes have come behind the last line end */
    bool nul;      /* there may be a NUL in it */
};

/* Told of a line: NUL-terminated, without its end (LF or CRLF), what was too long cut
 * off, a NUL inside replaced by '?'. `whole` is false for what stands behind the last
 * line end, which may be the beginning of a line only. Stops the reading when not 0. */
typedef int line_reader_fn(void *data, const char *line, long number, bool whole);

/* The first non-zero answer of `fn`, or 0. */
int line_reader_feed(struct line_reader *reader, const char *bytes, size_t n,
                     line_reader_fn *fn, void *data);
/* No more bytes come: hand out what is left, if anything. */
int line_reader_end(struct line_reader *reader, line_reader_fn *fn, void *data);
