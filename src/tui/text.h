/* UTF-8 text as columns of a terminal. Uses the LC_CTYPE of the process: where that has
 * no such character, a question mark stands for it. Nothing that comes out of here can
 * move the cursor or change the direction of the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum {
    TEXT_MAX_COLUMNS = 1024,
    TEXT_MAX_COMBINING = 3, /* marks kept on one character */
    TEXT_MAX_WCHARS = TEXT_MAX_COLUMNS * (1 + TEXT_MAX_COMBINING) + 1,
    TEXT_TAB = 8,
};

/* The character at *text, which is moved behind it; a byte that is not UTF-8 is U+FFFD.
 * Only call it when *text < end. */
wchar_t text_next(const char **text, const char *end);

/* Whether the locale can show this character. */
bool text_can_show(wchar_t c);

/* Columns that `n` bytes take, tabs going to the next multiple of TEXT_TAB. */
int text_columns(const char *text, size_t n);

/* The part of `n` bytes of text that shows in columns [skip, skip + columns), as a
 * NUL-terminated string in `out` (TEXT_MAX_WCHARS). Text that goes on behind it ends in
 * `cut`; 0 cuts it without a mark. Returns the columns used. */
int text_fit(wchar_t *out, const char *text, size_t n, int skip, int columns,
             wchar_t cut);

/* Length in bytes of the first line when text is wrapped to so many columns at spaces
 * (or inside a word that is longer). *next is where the following line starts: the end
 * of the text when there is none. */
size_t text_wrap(const char *text, int columns, const char **next);
