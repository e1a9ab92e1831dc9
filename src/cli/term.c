/* What stdout can show. Nothing is kept between calls: struct term is a value, made
 * once by the command that prints.
 *
 * Text comes from files and other programs, so whatever reaches a terminal in a table
 * has been through term_clean, which lets no escape sequence pass. */
#include "cli/term.h"

#include "base/buf.h"
#include "base/charset.h"
#include "base/str.h"
#include "cli/say.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

static void measure(struct term *term) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        term->columns = size.ws_col;
        term->rows = size.ws_row > 0 ? size.ws_row : term->rows;
    }
}

struct term term_stdout(void) {
    struct term term = {.columns = 80, .rows = 24};
    term.tty = isatty(STDOUT_FILENO) == 1;
    if (!term.tty) {
        return term;
    }
    term.utf8 = charset_init();
    measure(&term);
    const char *name = getenv("TERM");
    term.colour =
        str_empty(getenv("NO_COLOR")) && !str_empty(name) && strcmp(name, "dumb") != 0;
    return term;
}

const char *term_begin(const struct term *term, enum term_style style) {
    static const char *const codes[] = {
        [TERM_PLAIN] = "",       [TERM_BOLD] = "\033[1m",   [TERM_DIM] = "\033[2m",
        [TERM_RED] = "\033[31m", [TERM_GREEN] = "\033[32m", [TERM_YELLOW] = "\033[33m",
        [TERM_CYAN] = "\033[36m"};
    return term->colour ? codes[style] : "";
}

const char *term_end(const struct term *term, enum term_style style) {
    return term->colour && style != TERM_PLAIN ? "\033[0m" : "";
}

/* The character at the front of a text that is valid UTF-8 and not empty, and the bytes
 * it takes. */
static uint32_t utf8_next(const char *text, size_t *len) {
    uint32_t c = '?';
    *len = str_utf8_next(text, strnlen(text, UTF8_MAX), &c);
    *len += *len == 0;
    return c;
}

static bool is_shown(const struct term *term, uint32_t c) {
    if (c < 0x80) {
        return c >= 0x20 && c != 0x7F;
    }
    return term->utf8 ? wcwidth((wchar_t)c) >= 0 : !term->tty && c >= 0xA0;
}

char *term_clean(const struct term *term, const char *text) {
    _cleanup_free_ char *valid = say_need(str_to_utf8(text, strlen(text)));
    _cleanup_buf_ struct buf out = BUF_NULL;
    size_t len = 0;
    for (const char *at = valid; *at; at += len) {
        uint32_t c = utf8_next(at, &len);
        int r =
            is_shown(term, c) ? buf_append(&out, at, len) : buf_append(&out, "?", 1);
        if (r < 0) {
            say_no_memory();
        }
    }
    return say_need(buf_take_string(&out));
}

void term_write(const struct term *term, const char *bytes, size_t n) {
    if (!term->tty) {
        (void)fwrite(bytes, 1, n, stdout);
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = say_control(bytes + i, n - i, term->utf8);
        if (len > 0) {
            (void)fwrite(bytes + from, 1, i - from, stdout);
            (void)putchar('?');
            i += len - 1;
            from = i + 1;
        }
    }
    (void)fwrite(bytes + from, 1, n - from, stdout);
}

static int width_of(const struct term *term, uint32_t c) {
    int width = c < 0x80 || !term->utf8 ? 1 : wcwidth((wchar_t)c);
    return width < 0 ? 1 : width;
}

int term_width(const struct term *term, const char *text) {
    int width = 0;
    size_t len = 0;
    for (const char *at = text; *at; at += len) {
        width += width_of(term, utf8_next(at, &len));
    }
    return width;
}

/* The bytes of `text` that fit into `width` columns; *used gets the columns. */
static size_t fitting(const struct term *term, const char *text, int width, int *used) {
    size_t len = 0;
    size_t n = 0;
    *used = 0;
    for (; text[n]; n += len) {
        int more = width_of(term, utf8_next(text + n, &len));
        if (*used + more > width) {
            break;
        }
        *used += more;
    }
    return n;
}

void term_put_cell(const struct term *term, const char *text, int width, bool right) {
    int used = term_width(term, text);
    if (right || used <= width) {
        int pad = width > used ? width - used : 0;
        (void)printf("%*s%s%*s", right ? pad : 0, "", text, right ? 0 : pad, "");
        return;
    }
    const char *more = term->utf8 ? "…" : "~";
    size_t n = fitting(term, text, width > 0 ? width - 1 : 0, &used);
    (void)printf("%.*s%s%*s", (int)n, text, width > 0 ? more : "",
                 width > 0 ? width - 1 - used : 0, "");
}
