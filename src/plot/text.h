/* A plot as cells of text: points, axes and their labels, without the title. */
#pragma once

#include "base/buf.h"
#include "plot/plot.h"
#include "plot/raster.h"

enum plot_ink {
    PLOT_INK_NONE,
    PLOT_INK_AXIS,
    PLOT_INK_POINTS, /* of the first colour; the others follow */
};

struct plot_cell {
    wchar_t c;
    uint8_t ink;
};

struct plot_text {
    int rows, columns;
    struct plot_cell cells[]; /* row by row */
};

struct plot_size {
    enum plot_marks marks; /* PLOT_ASCII: nothing but ASCII comes out */
    int rows, columns;
};

/* Draw; sizes are clamped to what is of use. 0 or -ENOMEM. */
int plot_text_new(struct plot_text **out, const struct plot *plot,
                  const struct plot_size *size);
/* Accepts NULL, returns NULL. */
struct plot_text *plot_text_free(struct plot_text *text);
DEFINE_CLEANUP(struct plot_text *, plot_text_free);

static inline const struct plot_cell *plot_text_at(const struct plot_text *text,
                                                   int row, int column) {
    return &text->cells[row * text->columns + column];
}

/* Append words as UTF-8, or with PLOT_ASCII in ASCII: d for Δ, A for Å. 0 or -ENOMEM.
 */
int plot_text_words(struct buf *out, const char *words, enum plot_marks marks);

/* Append one row as UTF-8 without blanks at its end; `begin` and `end` are written
 * around cells of an ink, indexed by it, and may be NULL for none. 0 or -ENOMEM. */
int plot_text_row(struct buf *out, const struct plot_text *text, int row,
                  const char *const *begin, const char *end);
