/* Bresenham's lines on a raster of 2 × 4 (braille) or 1 × 3 (ASCII) dots a cell. */
#include "plot/raster.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static int across(const struct raster *raster) {
    return raster->marks == PLOT_BRAILLE ? 2 : 1;
}

static int down(const struct raster *raster) {
    return raster->marks == PLOT_BRAILLE ? 4 : 3;
}

static int clamp(int value, int least, int most) {
    return value < least ? least : value > most ? most : value;
}

int raster_new(struct raster **out, enum plot_marks marks, int rows, int columns) {
    rows = clamp(rows, 1, RASTER_MAX_ROWS);
    columns = clamp(columns, 1, RASTER_MAX_COLUMNS);
    struct raster *raster = calloc(1, sizeof *raster + (size_t)rows * (size_t)columns *
                                                           sizeof(struct raster_cell));
    if (!raster) {
        return -ENOMEM;
    }
    raster->marks = marks;
    raster->rows = rows;
    raster->columns = columns;
    raster->height = rows * down(raster);
    raster->width = columns * across(raster);
    *out = raster;
    return 0;
}

struct raster *raster_free(struct raster *raster) {
    free(raster);
    return NULL;
}

int raster_row(const struct raster *raster, int y) {
    return y / down(raster);
}

int raster_column(const struct raster *raster, int x) {
    return x / across(raster);
}

/* The bit of a dot inside its cell; for braille the order of U+2800. */
static uint8_t dot_bit(enum plot_marks marks, int x, int y) {
    static const uint8_t braille[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    return marks == PLOT_BRAILLE ? braille[y][x] : (uint8_t)(1 << y);
}

static void set_dot(struct raster *raster, int x, int y, uint8_t colour) {
    int place = raster_row(raster, y) * raster->columns + raster_column(raster, x);
    struct raster_cell *cell = &raster->cells[place];

    cell->dots |= dot_bit(raster->marks, x % across(raster), y % down(raster));
    cell->colour = colour;
}

void raster_line(struct raster *raster, int x0, int y0, int x1, int y1,
                 uint8_t colour) {
    int dx = abs(x1 - x0);
    int dy = -abs(y1 - y0);
    int sx = x0 < x1 ? 1 : -1;
    int sy = y0 < y1 ? 1 : -1;
    int error = dx + dy;

    for (;;) {
        set_dot(raster, x0, y0, colour);
        if (x0 == x1 && y0 == y1) {
            return;
        }
        int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += sx;
        }
        if (twice <= dx) {
            error += dx;
            y0 += sy;
        }
    }
}

void raster_blob(struct raster *raster, int x, int y, uint8_t colour) {
    int x0 = raster_column(raster, x) * across(raster);
    int y1 = y < raster->height - 1 ? y + 1 : y - 1;

    for (int i = 0; i < across(raster); i++) {
        set_dot(raster, x0 + i, y, colour);
        if (raster->marks == PLOT_BRAILLE) {
            set_dot(raster, x0 + i, y1, colour);
        }
    }
}

wchar_t raster_char(const struct raster *raster, int row, int column) {
    static const char ascii[8] = {' ', '\'', '-', '\'', '.', '|', '.', '|'};
    uint8_t dots = raster_at(raster, row, column)->dots;

    if (raster->marks == PLOT_ASCII) {
        return (wchar_t)ascii[dots & 7];
    }
    return dots ? (wchar_t)(0x2800 + dots) : L' ';
}
