/* The picture in cells:
 *
 *     SCF│1       2          numbers of the parts, where there are several
 *   10⁻² ┤⠒⠤⢄    ┊⠒⠤⣀        the points, with a rule where a part begins
 *   10⁻⁴ ┤   ⠉⠒  ┊   ⠉⠒
 *        └┴───────┴──────
 *   cycle 1       5
 *
 * The gutter to the left is as wide as its widest label. A label that would touch the
 * one before is left out with its tick. */
#include "plot/text.h"

#include "base/str.h"
#include "plot/scale.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_ROWS = 4,
    LEAST_COLUMNS = 16,
    ROWS_FOR_MARKS = 8, /* from which on the parts get a line for their numbers */
    LEAST_GUTTER = 6,
    COLUMNS_FOR_RULE = 6,
    WORD_SIZE = 96,
};

struct drawing {
    const struct plot *plot;
    struct plot_text *text;
    struct raster *raster;
    struct plot_scale x, y;
    enum plot_marks marks;
    int top, left; /* of the points */
};

struct plot_text *plot_text_free(struct plot_text *text) {
    free(text);
    return NULL;
}

/* ---- words ---- */

/* The character at the front of our own UTF-8, which is valid and not at its end. */
static wchar_t next_char(const char **at) {
    uint32_t c = '?';
    size_t n = str_utf8_next(*at, strnlen(*at, UTF8_MAX), &c);
    *at += n > 0 ? n : 1;
    return (wchar_t)c;
}

/* What stands for a character where there is only ASCII; NUL: nothing does. */
static char ascii_of(wchar_t c) {
    static const struct {
        wchar_t c;
        char ascii;
    } known[] = {{L'Δ', 'd'}, {L'Å', 'A'}, {L'⁻', '-'}, {L'¹', '1'},
                 {L'²', '2'}, {L'³', '3'}, {L'│', '|'}, {L'┤', '+'},
                 {L'└', '+'}, {L'─', '-'}, {L'┴', '+'}, {L'┊', ':'}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].c == c) {
            return known[i].ascii;
        }
    }
    return c < 0x80 ? (char)c : '?';
}

static int words_width(const char *words) {
    int width = 0;
    while (*words) {
        (void)next_char(&words);
        width++;
    }
    return width;
}

static int append_char(struct buf *out, wchar_t wide) {
    unsigned c = (unsigned)wide;
    char bytes[4];
    size_t n = 0;
    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xC0 | c >> 6);
        bytes[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        bytes[n++] = (char)(0xE0 | (c >> 12 & 0x0F));
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[n++] = (char)(0x80 | (c & 0x3F));
    }
    return buf_append(out, bytes, n);
}

int plot_text_words(struct buf *out, const char *words, enum plot_marks marks) {
    if (marks == PLOT_BRAILLE) {
        return buf_append_str(out, words);
    }
    while (*words) {
        char c = ascii_of(next_char(&words));
        int r = buf_append(out, &c, 1);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* ---- cells ---- */

static void put(struct drawing *drawing, int row, int column, enum plot_ink ink,
                wchar_t c) {
    struct plot_text *text = drawing->text;
    if (row < 0 || row >= text->rows || column < 0 || column >= text->columns) {
        return;
    }
    text->cells[row * text->columns + column] = (struct plot_cell){
        drawing->marks == PLOT_ASCII ? (wchar_t)ascii_of(c) : c, (uint8_t)ink};
}

static void put_words(struct drawing *drawing, int row, int column, const char *words) {
    while (*words) {
        put(drawing, row, column++, PLOT_INK_AXIS, next_char(&words));
    }
}

/* To the left of the axis. */
static void put_gutter(struct drawing *drawing, int row, const char *words) {
    put_words(drawing, row, drawing->left - 1 - words_width(words), words);
}

/* "10⁻⁶", or "1e-6". */
static void power_of_ten(enum plot_marks marks, const char *exponent, char *out) {
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴",
                                         "⁵", "⁶", "⁷", "⁸", "⁹"};
    size_t used =
        (size_t)snprintf(out, WORD_SIZE, "%s", marks == PLOT_ASCII ? "1e" : "10");
    for (const char *p = exponent; *p && used < WORD_SIZE; p++) {
        char plain[2] = {*p, '\0'};
        used += (size_t)snprintf(out + used, WORD_SIZE - used, "%s",
                                 marks == PLOT_ASCII ? plain
                                 : *p == '-'         ? "⁻"
                                                     : digits[*p - '0']);
    }
}

static void tick_words(const struct plot_scale *scale, size_t i, enum plot_marks marks,
                       char out[WORD_SIZE]) {
    char label[PLOT_LABEL_SIZE];
    plot_scale_tick_label(scale, i, label);
    if (scale->log) {
        power_of_ten(marks, label, out);
    } else {
        (void)snprintf(out, WORD_SIZE, "%s", label);
    }
}

static int gutter_of(const struct plot *plot, const struct plot_scale *y,
                     enum plot_marks marks) {
    int width = LEAST_GUTTER;
    int brief = words_width(plot->x.brief);
    width = brief > width ? brief : width;
    for (size_t i = 0; i < plot_scale_ticks(y); i++) {
        char label[WORD_SIZE];
        tick_words(y, i, marks, label);
        int one = words_width(label);
        width = one > width ? one : width;
    }
    return width;
}

/* ---- points ---- */

static int dot_x(const struct drawing *drawing, double place) {
    return (int)lround(place * (drawing->raster->width - 1));
}

static int dot_y(const struct drawing *drawing, double place) {
    return (int)lround((1 - place) * (drawing->raster->height - 1));
}

static void draw_points(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    bool joined = false;
    int last_x = 0;
    int last_y = 0;
    for (size_t i = 0; i < plot->n_points; i++) {
        const struct plot_point *point = &plot->points[i];
        if (isnan(point->y)) {
            joined = false;
            continue;
        }
        int x = dot_x(drawing, plot_scale_place(&drawing->x, point->x));
        int y = dot_y(drawing, plot_scale_place(&drawing->y, point->y));
        if (plot->form == PLOT_STICKS) {
            int zero = dot_y(drawing, plot_scale_place(&drawing->y, 0));
            raster_line(drawing->raster, x, zero, x, y, point->colour);
        } else if (joined) {
            raster_line(drawing->raster, last_x, last_y, x, y, point->colour);
        } else if (plot_is_lonely(plot, i)) {
            raster_blob(drawing->raster, x, y, point->colour);
        }
        joined = true;
        last_x = x;
        last_y = y;
    }
}

static void put_points(struct drawing *drawing) {
    const struct raster *raster = drawing->raster;
    for (int row = 0; row < raster->rows; row++) {
        for (int column = 0; column < raster->columns; column++) {
            const struct raster_cell *cell = raster_at(raster, row, column);
            if (cell->dots) {
                put(drawing, drawing->top + row, drawing->left + column,
                    PLOT_INK_POINTS + cell->colour, raster_char(raster, row, column));
            }
        }
    }
}

/* ---- axes ---- */

static void put_ordinate(struct drawing *drawing) {
    const struct raster *raster = drawing->raster;
    for (int row = 0; row < raster->rows; row++) {
        put(drawing, drawing->top + row, drawing->left - 1, PLOT_INK_AXIS, L'│');
    }
    for (size_t i = 0; i < plot_scale_ticks(&drawing->y); i++) {
        char label[WORD_SIZE];
        double place = plot_scale_tick_place(&drawing->y, i);
        int row = drawing->top + raster_row(raster, dot_y(drawing, place));
        tick_words(&drawing->y, i, drawing->marks, label);
        put_gutter(drawing, row, label);
        put(drawing, row, drawing->left - 1, PLOT_INK_AXIS, L'┤');
    }
}

static void put_abscissa(struct drawing *drawing) {
    const struct raster *raster = drawing->raster;
    int row = drawing->top + raster->rows;
    int behind = -1; /* the first column that the next label may take */
    put(drawing, row, drawing->left - 1, PLOT_INK_AXIS, L'└');
    for (int column = 0; column < raster->columns; column++) {
        put(drawing, row, drawing->left + column, PLOT_INK_AXIS, L'─');
    }
    put_gutter(drawing, row + 1, drawing->plot->x.brief);
    for (size_t i = 0; i < plot_scale_ticks(&drawing->x); i++) {
        char label[WORD_SIZE];
        double place = plot_scale_tick_place(&drawing->x, i);
        int column = raster_column(raster, dot_x(drawing, place));
        tick_words(&drawing->x, i, drawing->marks, label);
        int width = words_width(label);
        int start = column - width / 2;
        start = start + width > raster->columns ? raster->columns - width : start;
        start = start < 0 ? 0 : start;
        if (start < behind) {
            continue;
        }
        put(drawing, row, drawing->left + column, PLOT_INK_AXIS, L'┴');
        put_words(drawing, row + 1, drawing->left + start, label);
        behind = start + width + 2;
    }
}

static void put_rule(struct drawing *drawing, int column) {
    for (int row = 0; row < drawing->raster->rows; row++) {
        put(drawing, drawing->top + row, drawing->left + column, PLOT_INK_AXIS, L'┊');
    }
}

/* A rule where each part begins, with its number as far as there is room; with very
 * many parts only those rules that have one. */
static void put_marks(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    const struct raster *raster = drawing->raster;
    bool all = plot->n_marks <= (size_t)(raster->columns / COLUMNS_FOR_RULE);
    int behind = 0;
    put_gutter(drawing, drawing->top - 1, plot->mark_word);
    for (size_t i = 0; i < plot->n_marks; i++) {
        char label[24];
        int width = snprintf(label, sizeof label, "%zu", plot->marks[i].number);
        int column = raster_column(
            raster, dot_x(drawing, plot_scale_place(&drawing->x, plot->marks[i].x)));
        bool fits = column >= behind && column + width <= raster->columns;
        if (i > 0 && (all || fits)) {
            put_rule(drawing, column);
        }
        if (fits) {
            put_words(drawing, drawing->top - 1, drawing->left + column, label);
            behind = column + width + 2;
        }
    }
}

/* ---- all of it ---- */

static int at_least(int value, int least) {
    return value > least ? value : least;
}

static int text_new(struct plot_text **out, int rows, int columns) {
    size_t n = (size_t)rows * (size_t)columns;
    struct plot_text *text = malloc(sizeof *text + n * sizeof(struct plot_cell));
    if (!text) {
        return -ENOMEM;
    }
    text->rows = rows;
    text->columns = columns;
    for (size_t i = 0; i < n; i++) {
        text->cells[i] = (struct plot_cell){L' ', PLOT_INK_NONE};
    }
    *out = text;
    return 0;
}

/* Labels of the abscissa for so many columns. */
static int labels_across(const struct plot *plot, int columns) {
    bool narrow = plot->x.counts && plot->x.max < 1000;
    return columns / (narrow ? 5 : 8);
}

static int labels_down(const struct plot *plot, int rows) {
    return plot->y.log ? (rows * 2 + 2) / 3 : (rows + 2) / 3;
}

int plot_text_new(struct plot_text **out, const struct plot *plot,
                  const struct plot_size *size) {
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    _cleanup_(raster_freep) struct raster *raster = NULL;
    struct drawing drawing = {.plot = plot, .marks = size->marks};
    int rows = at_least(size->rows, LEAST_ROWS);
    int columns = at_least(size->columns, LEAST_COLUMNS);
    bool has_marks = plot->n_marks > 1 && rows >= ROWS_FOR_MARKS;
    int points = rows - 2 - has_marks;
    points = points > RASTER_MAX_ROWS ? RASTER_MAX_ROWS : points;
    plot_scale_fit(&drawing.y, &plot->y, labels_down(plot, points));
    drawing.top = has_marks;
    drawing.left = gutter_of(plot, &drawing.y, size->marks) + 1;
    int r =
        raster_new(&raster, size->marks, points, at_least(columns - drawing.left, 2));
    r = r ? r : text_new(&text, points + 2 + has_marks, drawing.left + raster->columns);
    if (r < 0) {
        return r;
    }
    plot_scale_fit(&drawing.x, &plot->x, labels_across(plot, raster->columns));
    drawing.text = text;
    drawing.raster = raster;
    draw_points(&drawing);
    put_ordinate(&drawing);
    put_abscissa(&drawing);
    if (has_marks) {
        put_marks(&drawing);
    }
    put_points(&drawing);
    *out = TAKE_PTR(text);
    return 0;
}

int plot_text_row(struct buf *out, const struct plot_text *text, int row,
                  const char *const *begin, const char *end) {
    int used = text->columns;
    uint8_t ink = PLOT_INK_NONE;
    int r = 0;
    while (used > 0 && plot_text_at(text, row, used - 1)->ink == PLOT_INK_NONE) {
        used--;
    }
    for (int column = 0; column < used && r == 0; column++) {
        const struct plot_cell *cell = plot_text_at(text, row, column);
        if (begin && cell->ink != ink && cell->ink != PLOT_INK_NONE) {
            r = ink != PLOT_INK_NONE ? buf_append_str(out, end) : 0;
            r = r ? r : buf_append_str(out, begin[cell->ink]);
            ink = cell->ink;
        }
        r = r ? r : append_char(out, cell->c);
    }
    if (r == 0 && ink != PLOT_INK_NONE) {
        r = buf_append_str(out, end);
    }
    return r;
}
