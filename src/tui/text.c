/* Text for the terminal. What arrives here was written by programs and people we do not
 * know: names with wide or combining characters, outputs with control bytes. Each
 * character gets the width that the C library gives it, and what could upset the
 * terminal is replaced. */
#include "tui/text.h"

#include "base/str.h"

#include <stdint.h>
#include <string.h>

enum {
    REPLACEMENT = 0xFFFD,
};

wchar_t text_next(const char **text, const char *end) {
    uint32_t c = 0;
    size_t length = str_utf8_next(*text, (size_t)(end - *text), &c);

    *text += length > 0 ? length : 1;
    return length > 0 ? (wchar_t)c : REPLACEMENT;
}

bool text_can_show(wchar_t c) {
    return wcwidth(c) > 0;
}

/* Invisible characters that join, reorder or select a form: terminals disagree about
 * their effect, and a name must not be able to reorder the line. */
static bool is_invisible(wchar_t c) {
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFEFF || (c >= 0xE0000 && c <= 0xE0FFF);
}

/* What stands for a character that the locale does not have. */
static wchar_t replacement_of(wchar_t c) {
    static const wchar_t likenesses[][2] = {
        {0xC5, L'A'},    {0xB5, L'u'},    {0x3BC, L'u'},  {0x394, L'd'},
        {0xD7, L'x'},    {0xB7, L'.'},    {0x2013, L'-'}, {0x2014, L'-'},
        {0x2018, L'\''}, {0x2019, L'\''}, {0x201C, L'"'}, {0x201D, L'"'},
        {0x2026, L'~'},  {0x2212, L'-'},
    };

    if (text_can_show(REPLACEMENT)) {
        return REPLACEMENT;
    }
    for (size_t i = 0; i < sizeof likenesses / sizeof *likenesses; i++) {
        if (likenesses[i][0] == c) {
            return likenesses[i][1];
        }
    }
    return L'?';
}

/* What is shown for a character, and its width: 0 for a mark on the one before, -1 for
 * nothing at all. */
static int shown_as(wchar_t *c) {
    if (is_invisible(*c)) {
        return -1;
    }
    int width = wcwidth(*c);
    if (width < 0 && *c >= 0x300 && *c <= 0x36F) {
        return -1;
    }
    if (width < 0) {
        *c = replacement_of(*c);
        return 1;
    }
    return width;
}

static int tab_width(int column) {
    return TEXT_TAB - column % TEXT_TAB;
}

int text_columns(const char *text, size_t n) {
    const char *end = text + n;
    int column = 0;

    while (text < end) {
        wchar_t c = text_next(&text, end);
        int width = c == L'\t' ? tab_width(column) : shown_as(&c);
        column += width > 0 ? width : 0;
    }
    return column;
}

/* Where text_fit is: what has been put out, and which column of the text comes next. */
struct fitting {
    wchar_t *out;
    size_t n;
    int column;    /* of the text */
    int from, to;  /* window of columns */
    int combining; /* marks on the last character */
    bool full;     /* something did not fit */
};

/* One character of width 1 or 2, or as much of a blank as lies inside the window. */
static void fit_spacing(struct fitting *fit, wchar_t c, int width) {
    int start = fit->column;
    int end = start + width;

    fit->column = end;
    if (end <= fit->from) {
        return;
    }
    if (end > fit->to) {
        fit->full = true;
        return;
    }
    if (start < fit->from) {
        for (int i = fit->from; i < end; i++) {
            fit->out[fit->n++] = L' ';
        }
    } else {
        fit->out[fit->n++] = c;
    }
    fit->combining = 0;
}

static void fit_one(struct fitting *fit, wchar_t c) {
    if (c == L'\t') {
        for (int i = tab_width(fit->column); i > 0 && !fit->full; i--) {
            fit_spacing(fit, L' ', 1);
        }
        return;
    }
    int width = shown_as(&c);
    if (width > 0) {
        fit_spacing(fit, c, width);
    } else if (width == 0 && fit->n > 0 && fit->combining < TEXT_MAX_COMBINING) {
        fit->out[fit->n++] = c;
        fit->combining++;
    }
}

static int fitted_columns(const wchar_t *out, size_t n) {
    int columns = 0;

    for (size_t i = 0; i < n; i++) {
        columns += wcwidth(out[i]);
    }
    return columns;
}

/* Make room for the mark at the end, marks on characters going with the character. */
static void fit_cut(struct fitting *fit, wchar_t cut) {
    int room = fit->to - fit->from;

    while (fit->n > 0 && fitted_columns(fit->out, fit->n) > room - 1) {
        while (fit->n > 0 && wcwidth(fit->out[--fit->n]) == 0) {
        }
    }
    fit->out[fit->n++] = cut;
}

int text_fit(wchar_t *out, const char *text, size_t n, int skip, int columns,
             wchar_t cut) {
    const char *end = text + n;

    if (columns > TEXT_MAX_COLUMNS) {
        columns = TEXT_MAX_COLUMNS;
    }
    struct fitting fit = {.out = out, .from = skip, .to = skip + columns};
    if (columns > 0) {
        while (text < end && !fit.full) {
            fit_one(&fit, text_next(&text, end));
        }
        if (fit.full && cut) {
            fit_cut(&fit, cut);
        }
    }
    out[fit.n] = L'\0';
    return fitted_columns(out, fit.n);
}

size_t text_wrap(const char *text, int columns, const char **next) {
    const char *end = text + strcspn(text, "\n");
    const char *space = NULL;
    const char *p = text;
    int column = 0;

    while (p < end) {
        const char *here = p;
        wchar_t c = text_next(&p, end);
        int width = c == L'\t' ? tab_width(column) : shown_as(&c);
        if (c == L' ') {
            space = here;
        }
        column += width > 0 ? width : 0;
        if (column > columns && here > text) {
            const char *stop = space && space > text ? space : here;
            *next = stop + (stop == space);
            return (size_t)(stop - text);
        }
    }
    *next = *end ? end + 1 : end;
    return (size_t)(end - text);
}
