/* The terminal that stdout may be, and text that fits into it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct term {
    bool tty;
    bool colour; /* a terminal that has colours, and NO_COLOR is not set */
    bool utf8;
    int columns, rows;
};

/* Look at stdout. On a terminal this also takes LC_CTYPE from the environment. */
struct term term_stdout(void);

enum term_style {
    TERM_PLAIN,
    TERM_BOLD,
    TERM_DIM,
    TERM_RED,
    TERM_GREEN,
    TERM_YELLOW,
    TERM_CYAN,
};

/* The escape sequence that begins a style, "" without colour; static. */
const char *term_begin(const struct term *term, enum term_style style);
const char *term_end(const struct term *term, enum term_style style);

/* `text` for one line of a terminal: control characters become '?', and so does what
 * the terminal's character set lacks. Freed by the caller. */
char *term_clean(const struct term *term, const char *text);

/* Print what a file holds: into a file or pipe as it is, on a terminal with '?' for
 * each control character other than tabs and ends of lines. The bytes are UTF-8, and
 * cut between characters. */
void term_write(const struct term *term, const char *bytes, size_t n);

/* Columns that a text from term_clean takes. */
int term_width(const struct term *term, const char *text);

/* Print such a text in exactly `width` columns, cut or padded; a number is set to the
 * right and never cut. */
void term_put_cell(const struct term *term, const char *text, int width, bool right);
