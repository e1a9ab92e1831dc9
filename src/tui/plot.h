/* Convergence plots as cells of text. Pure: values go in, a raster comes out; nothing
 * here knows a terminal. The ordinate is log10 of the value; what is not a positive
 * number has no point and leaves a gap in the line. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

enum {
    PLOT_MAX_COLUMNS = 512,
    PLOT_MAX_ROWS = 128,
};

enum plot_marks {
    PLOT_BRAILLE, /* 2 × 4 points a cell */
    PLOT_ASCII,   /* 1 × 3 points a cell, drawn as ' - . and their sums */
};

/* What to draw. */
struct plot_data {
    const double *values; /* borrowed; value i belongs to abscissa i + 1 */
    size_t n;
    size_t last; /* right end of the abscissa, at least n; plot_round_last() for live
                    data */
};

/* The raster; row 0 is the top. */
struct plot {
    enum plot_marks marks;
    int rows, columns;
    int top_decade, bottom_decade; /* of the first and the last line of points */
    size_t last;                   /* abscissa of the last column of points */
    uint8_t cells[PLOT_MAX_ROWS]
                 [PLOT_MAX_COLUMNS]; /* points set, in the order of the marks */
};

/* Draw into `plot`; sizes are clamped to what fits. Returns how many values have a
 * point; with 0 there are no decades, and the raster is empty. */
size_t plot_draw(struct plot *plot, const struct plot_data *data, enum plot_marks marks,
                 int rows, int columns);

/* The character of a cell. */
wchar_t plot_cell(const struct plot *plot, int row, int column);

/* A right end a little beyond n, so that a growing plot seldom changes its scale. */
size_t plot_round_last(size_t n);

/* Row of a decade's label, -1 when it is outside. */
int plot_decade_row(const struct plot *plot, int decade);
/* How many decades lie between two labels when two of three rows may have one. */
int plot_decade_step(const struct plot *plot);
/* Column of an abscissa. */
int plot_column(const struct plot *plot, size_t abscissa);
/* The distance between labels of the abscissa: 1, 2 or 5 times a power of ten, such
 * that labels of this width do not touch. */
size_t plot_abscissa_step(const struct plot *plot, int label_columns);
