/* Lines as cells of text. Pure: dots go in, characters come out. Row 0 is the top. */
#pragma once

#include "base/cleanup.h"

#include <stdint.h>
#include <wchar.h>

enum plot_marks {
    PLOT_BRAILLE, /* 2 × 4 dots a cell */
    PLOT_ASCII,   /* 1 × 3 dots a cell, drawn as ' - . and their sums */
};

enum {
    RASTER_MAX_COLUMNS = 1000,
    RASTER_MAX_ROWS = 300,
};

struct raster {
    enum plot_marks marks;
    int rows, columns;
    int height, width; /* in dots */
    struct raster_cell {
        uint8_t dots;
        uint8_t colour; /* of the dot that was set last */
    } cells[];
};

/* Sizes are clamped to what fits. 0 or -ENOMEM. */
int raster_new(struct raster **out, enum plot_marks marks, int rows, int columns);
/* Accepts NULL, returns NULL. */
struct raster *raster_free(struct raster *raster);
DEFINE_CLEANUP(struct raster *, raster_free);

/* A line between two dots, both included; they lie inside. */
void raster_line(struct raster *raster, int x0, int y0, int x1, int y1, uint8_t colour);
/* A dot that is to be seen though it is alone. */
void raster_blob(struct raster *raster, int x, int y, uint8_t colour);

/* The cell that a row or column of dots lies in. */
int raster_row(const struct raster *raster, int y);
int raster_column(const struct raster *raster, int x);

static inline const struct raster_cell *raster_at(const struct raster *raster, int row,
                                                  int column) {
    return &raster->cells[row * raster->columns + column];
}
/* What a cell shows; a blank where it has no dots. */
wchar_t raster_char(const struct raster *raster, int row, int column);
