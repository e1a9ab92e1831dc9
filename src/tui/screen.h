/* The terminal, through ncurses: opened once, restored on every way out. Knows styles
 * and glyphs, but not what they are used for. */
#pragma once

#include "base/errmsg.h"
#include "tui/summary.h"

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct screen {
    SCREEN *term; /* owned */
    bool colour;
    bool utf8;
    int rows, columns;
};

enum style {
    STYLE_TEXT,
    STYLE_QUIET,
    STYLE_TITLE,
    STYLE_HEADING, /* of the pane with the focus */
    STYLE_KEY,
    STYLE_ACTIVE,
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_SELECTED,
    STYLE_FOUND,
};

enum glyph {
    GLYPH_ACROSS,  /* horizontal line */
    GLYPH_DOWN,    /* vertical line */
    GLYPH_TEE,     /* where a line comes down from a horizontal one, … */
    GLYPH_BRANCH,  /* … and where one goes off to the right */
    GLYPH_CORNERS, /* of a box: upper left, upper right, lower left, lower right */
    GLYPH_CORNERS_END = GLYPH_CORNERS + 3,
    GLYPH_AXIS,     /* of a plot: the ordinate, … */
    GLYPH_TICK,     /* … where a label belongs to it, … */
    GLYPH_ORIGIN,   /* … the corner, … */
    GLYPH_MARK,     /* … and a label's place on the abscissa */
    GLYPH_POINTER,  /* the selected line */
    GLYPH_ELLIPSIS, /* text goes on */
    GLYPH_DOT,      /* between two facts */
    GLYPH_CURSOR,   /* end of what is typed */
    GLYPH_ABOVE,    /* there is more that way */
    GLYPH_BELOW,
    GLYPH_DELTA, /* difference */
    GLYPH_COUNT,
};

/* Take over the terminal of stdin and stdout. 0, or a negative errno with `msg`; the
 * terminal is then untouched. Without `mouse` its clicks are left to the terminal. */
int screen_open(struct screen *screen, bool mouse, struct errmsg *msg);
/* Give the terminal back. A screen that is not open is left alone. */
void screen_close(struct screen *screen);

/* Ask the terminal for its size again. */
void screen_measure(struct screen *screen);
/* Leave the terminal to the shell and stop this process until it is continued. */
void screen_suspend(struct screen *screen);
/* Leave the terminal to another program, as it was before; nothing is drawn until it is
 * taken back. */
void screen_lend(struct screen *screen);
void screen_take_back(struct screen *screen);
/* Repaint everything next time, whatever the terminal shows. */
void screen_repaint(void);

/* A frame: begin, put, end. Only what differs from the last one is sent. */
void screen_begin(void);
void screen_end(void);

attr_t screen_attr(const struct screen *screen, enum style style);
const char *screen_glyph(const struct screen *screen, enum glyph glyph);
/* A symbol that stands for a state beside its word. */
/* How its state looks; of one that completed in vain, as what it is. */
const char *screen_job_glyph(const struct screen *screen, const struct summary *job);
enum style screen_job_style(const struct summary *job);

/* Text at a place, cut to `columns` with an ellipsis. Returns the columns used. */
int screen_put(const struct screen *screen, int y, int x, int columns, attr_t attr,
               const char *text);
/* The same, set against the right end of its columns. */
void screen_put_right(const struct screen *screen, int y, int x, int columns,
                      attr_t attr, const char *text);
/* n bytes, from column `skip` on, cut without a mark. */
int screen_put_part(const struct screen *screen, int y, int x, int columns, attr_t attr,
                    const char *text, size_t n, int skip);
void screen_put_char(int y, int x, attr_t attr, wchar_t c);
void screen_blank(int y, int x, int columns, attr_t attr);
/* A horizontal line. */
void screen_line(const struct screen *screen, int y, int x, int columns, attr_t attr);
