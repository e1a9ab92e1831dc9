/* Lines between points on a raster of 2 × 4 (braille) or 1 × 3 (ASCII) dots a cell. */
#include "tui/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct dots {
    int across, down; /* in a cell */
};

static struct dots dots_of(enum plot_marks marks) {
    return marks == PLOT_BRAILLE ? (struct dots){2, 4} : (struct dots){1, 3};
}

/* The bit of a dot inside its cell; for braille the order of U+2800. */
static uint8_t dot_bit(enum plot_marks marks, int x, int y) {
    static const uint8_t braille[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    return marks == PLOT_BRAILLE ? braille[y][x] : (uint8_t)(1 << y);
}

static void set_dot(struct plot *plot, int x, int y) {
    struct dots dots = dots_of(plot->marks);

    plot->cells[y / dots.down][x / dots.across] |=
        dot_bit(plot->marks, x % dots.across, y % dots.down);
}

/* Bresenham's line, both ends included. */
static void draw_line(struct plot *plot, int x0, int y0, int x1, int y1) {
    int dx = abs(x1 - x0);
    int dy = -abs(y1 - y0);
    int sx = x0 < x1 ? 1 : -1;
    int sy = y0 < y1 ? 1 : -1;
    int error = dx + dy;

    for (;;) {
        set_dot(plot, x0, y0);
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

static bool has_point(double value) {
    return isfinite(value) && value > 0;
}

/* The decades that hold all points. Returns how many points there are. */
static size_t find_decades(struct plot *plot, const struct plot_data *data) {
    double least = INFINITY;
    double most = -INFINITY;
    size_t points = 0;

    for (size_t i = 0; i < data->n; i++) {
        if (has_point(data->values[i])) {
            least = fmin(least, log10(data->values[i]));
            most = fmax(most, log10(data->values[i]));
            points++;
        }
    }
    if (points == 0) {
        return 0;
    }
    plot->bottom_decade = (int)floor(least);
    plot->top_decade = (int)ceil(most);
    if (plot->top_decade == plot->bottom_decade) {
        plot->top_decade++;
    }
    return points;
}

static int dot_column(const struct plot *plot, size_t abscissa) {
    int width = plot->columns * dots_of(plot->marks).across;

    if (plot->last <= 1) {
        return 0;
    }
    return (int)lround((double)(abscissa - 1) * (width - 1) / (double)(plot->last - 1));
}

static int dot_row(const struct plot *plot, double decade) {
    int height = plot->rows * dots_of(plot->marks).down;
    double span = plot->top_decade - plot->bottom_decade;

    return (int)lround((plot->top_decade - decade) * (height - 1) / span);
}

/* A point without neighbours gets a blob, lest it be overlooked. */
static void draw_lonely_point(struct plot *plot, int x, int y) {
    struct dots dots = dots_of(plot->marks);
    int x1 = x / dots.across * dots.across;
    int y1 = y < plot->rows * dots.down - 1 ? y + 1 : y - 1;

    for (int i = 0; i < dots.across; i++) {
        set_dot(plot, x1 + i, y);
        if (plot->marks == PLOT_BRAILLE) {
            set_dot(plot, x1 + i, y1);
        }
    }
}

static int clamp(int value, int least, int most) {
    return value < least ? least : value > most ? most : value;
}

static bool has_neighbour(const struct plot_data *data, size_t place) {
    return (place > 0 && has_point(data->values[place - 1])) ||
           (place + 1 < data->n && has_point(data->values[place + 1]));
}

static void draw_values(struct plot *plot, const struct plot_data *data) {
    bool connected = false;
    int last_x = 0;
    int last_y = 0;

    for (size_t i = 0; i < data->n; i++) {
        if (!has_point(data->values[i])) {
            connected = false;
            continue;
        }
        int x = dot_column(plot, i + 1);
        int y = dot_row(plot, log10(data->values[i]));
        if (connected) {
            draw_line(plot, last_x, last_y, x, y);
        } else if (!has_neighbour(data, i)) {
            draw_lonely_point(plot, x, y);
        }
        last_x = x;
        last_y = y;
        connected = true;
    }
}

size_t plot_draw(struct plot *plot, const struct plot_data *data, enum plot_marks marks,
                 int rows, int columns) {
    memset(plot, 0, sizeof *plot);
    plot->marks = marks;
    plot->rows = clamp(rows, 1, PLOT_MAX_ROWS);
    plot->columns = clamp(columns, 1, PLOT_MAX_COLUMNS);
    plot->last = data->last > data->n ? data->last : data->n;
    size_t points = find_decades(plot, data);
    if (points > 0) {
        draw_values(plot, data);
    }
    return points;
}

wchar_t plot_cell(const struct plot *plot, int row, int column) {
    static const char ascii[8] = {' ', '\'', '-', '\'', '.', '|', '.', '|'};
    uint8_t dots = plot->cells[row][column];

    if (plot->marks == PLOT_ASCII) {
        return (wchar_t)ascii[dots & 7];
    }
    return dots ? (wchar_t)(0x2800 + dots) : L' ';
}

size_t plot_round_last(size_t n) {
    static const size_t steps[] = {10, 15, 20, 30, 40, 60, 80};
    size_t scale = 1;

    for (;; scale *= 10) {
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            if (steps[i] * scale >= n) {
                return steps[i] * scale;
            }
        }
    }
}

int plot_decade_row(const struct plot *plot, int decade) {
    if (decade > plot->top_decade || decade < plot->bottom_decade) {
        return -1;
    }
    return dot_row(plot, decade) / dots_of(plot->marks).down;
}

int plot_decade_step(const struct plot *plot) {
    int decades = plot->top_decade - plot->bottom_decade;
    int labels = (plot->rows * 2 + 2) / 3;
    int step = (decades + labels - 1) / labels;

    return step < 1 ? 1 : step;
}

int plot_column(const struct plot *plot, size_t abscissa) {
    return dot_column(plot, abscissa) / dots_of(plot->marks).across;
}

size_t plot_abscissa_step(const struct plot *plot, int label_columns) {
    static const size_t nice[] = {1, 2, 5};
    size_t room = (size_t)(plot->columns / (label_columns + 2));
    size_t span = plot->last > 1 ? plot->last - 1 : 1;

    for (size_t scale = 1;; scale *= 10) {
        for (size_t i = 0; i < sizeof nice / sizeof *nice; i++) {
            if (room == 0 ? nice[i] * scale >= span
                          : span / (nice[i] * scale) <= room) {
                return nice[i] * scale;
            }
        }
    }
}
