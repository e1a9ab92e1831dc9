/* The sheet: the title and the ordinate's unit above, the points in a frame of two axes
 * with a faint grid, the abscissa's name below. A line with more points than the sheet
 * has places across keeps of each place its first, last, lowest and highest point,
 * which looks the same and makes a file of bounded size out of any run. */
#include "plot/figure.h"

#include "base/str.h"
#include "plot/scale.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEFT_LEAST = 56,
    RIGHT = 28,
    TOP = 76,
    BOTTOM = 58,
    LABELS_DOWN = 6,
    LABELS_DOWN_LOG = 9,
    LABELS_ACROSS = 10,
    TICK = 5,
    TITLE_CHARS = 60,
    RULES_MOST = 60,
    DOTTED_POINTS = 90, /* with so many or fewer each gets a dot */
};

#define SIZE_LABEL 12.5
#define SIZE_TITLE 16.0
#define GLYPH_WIDTH 0.62 /* of a digit, in sizes; a little more than in most fonts */

struct sheet {
    const struct plot *plot;
    const struct figure_pen *pen;
    struct plot_scale x, y;
    double left, right, top, bottom; /* of the frame */
};

static double place_x(const struct sheet *sheet, double place) {
    return sheet->left + place * (sheet->right - sheet->left);
}

static double place_y(const struct sheet *sheet, double place) {
    return sheet->bottom - place * (sheet->bottom - sheet->top);
}

static struct figure_spot spot_of(const struct sheet *sheet,
                                  const struct plot_point *point) {
    return (struct figure_spot){place_x(sheet, plot_scale_place(&sheet->x, point->x)),
                                place_y(sheet, plot_scale_place(&sheet->y, point->y))};
}

static unsigned colour_of(uint8_t colour) {
    return colour == 0 ? FIGURE_FIRST : FIGURE_SECOND;
}

static int draw_line(const struct sheet *sheet, double x0, double y0, double x1,
                     double y1, struct figure_stroke stroke) {
    const struct figure_spot spots[] = {{x0, y0}, {x1, y1}};
    return sheet->pen->line(sheet->pen->data, spots, 2, &stroke);
}

static int draw_words(const struct sheet *sheet, struct figure_words words) {
    return sheet->pen->words(sheet->pen->data, &words);
}

/* ---- axes ---- */

static double label_width(const char *label) {
    return (double)strlen(label) * SIZE_LABEL * GLYPH_WIDTH;
}

/* What is typed as a hyphen, as a minus. */
static void typeset(char label[PLOT_LABEL_SIZE]) {
    char plain[PLOT_LABEL_SIZE];
    memcpy(plain, label, sizeof plain);
    if (plain[0] == '-') {
        (void)snprintf(label, PLOT_LABEL_SIZE, "−%.*s", PLOT_LABEL_SIZE - 5, plain + 1);
    }
}

/* Returns the width that it will take. */
static double tick_label(const struct plot_scale *scale, size_t i,
                         char label[PLOT_LABEL_SIZE], struct figure_words *words) {
    plot_scale_tick_label(scale, i, label);
    double width = label_width(label);
    typeset(label);
    words->size = SIZE_LABEL;
    words->colour = FIGURE_TEXT;
    words->text = scale->log ? "10" : label;
    words->exponent = scale->log ? label : NULL;
    return scale->log ? label_width("10") + 0.75 * width : width;
}

static double left_of(const struct plot_scale *y) {
    double widest = 0;
    for (size_t i = 0; i < plot_scale_ticks(y); i++) {
        char label[PLOT_LABEL_SIZE];
        struct figure_words words;
        widest = fmax(widest, tick_label(y, i, label, &words));
    }
    return fmax(LEFT_LEAST, 26 + widest);
}

static int draw_ordinate(const struct sheet *sheet) {
    const struct figure_stroke grid = {.colour = FIGURE_GRID, .width = 1};
    const struct figure_stroke axis = {.colour = FIGURE_AXIS, .width = 1};
    int r = 0;
    for (size_t i = 0; i < plot_scale_ticks(&sheet->y) && r == 0; i++) {
        char label[PLOT_LABEL_SIZE];
        double y = place_y(sheet, plot_scale_tick_place(&sheet->y, i));
        struct figure_words words = {.at = {sheet->left - TICK - 5, y + 4.5},
                                     .anchor = FIGURE_END};
        (void)tick_label(&sheet->y, i, label, &words);
        r = draw_line(sheet, sheet->left, y, sheet->right, y, grid);
        r = r ? r : draw_line(sheet, sheet->left - TICK, y, sheet->left, y, axis);
        r = r ? r : draw_words(sheet, words);
    }
    return r;
}

static int draw_abscissa(const struct sheet *sheet) {
    const struct figure_stroke axis = {.colour = FIGURE_AXIS, .width = 1};
    double behind = -INFINITY;
    int r = 0;
    for (size_t i = 0; i < plot_scale_ticks(&sheet->x) && r == 0; i++) {
        char label[PLOT_LABEL_SIZE];
        double x = place_x(sheet, plot_scale_tick_place(&sheet->x, i));
        struct figure_words words = {.at = {x, sheet->bottom + 21},
                                     .anchor = FIGURE_MIDDLE};
        double width = tick_label(&sheet->x, i, label, &words);
        if (x - width / 2 < behind) {
            continue;
        }
        r = draw_line(sheet, x, sheet->bottom, x, sheet->bottom + TICK, axis);
        r = r ? r : draw_words(sheet, words);
        behind = x + width / 2 + SIZE_LABEL;
    }
    return r;
}

/* A rule where each part begins, with its number above as far as there is room; with
 * very many parts only those rules that have one. */
static int draw_marks(const struct sheet *sheet) {
    const struct plot *plot = sheet->plot;
    const struct figure_stroke rule = {
        .colour = FIGURE_RULE, .width = 1, .dashed = true};
    bool all = plot->n_marks <= RULES_MOST;
    double behind = -INFINITY;
    int r = 0;
    for (size_t i = 0; i < plot->n_marks && plot->n_marks > 1 && r == 0; i++) {
        char label[48];
        double x = place_x(sheet, plot_scale_place(&sheet->x, plot->marks[i].x));
        (void)snprintf(label, sizeof label, "%s%s%zu", i == 0 ? plot->mark_word : "",
                       i == 0 ? " " : "", plot->marks[i].number);
        bool fits = x >= behind;
        if (fits) {
            behind = x + label_width(label) + SIZE_LABEL / 2;
            r = draw_words(sheet, (struct figure_words){.at = {x, sheet->top - 6},
                                                        .size = SIZE_LABEL - 1,
                                                        .colour = FIGURE_QUIET,
                                                        .text = label});
        }
        if (i > 0 && (all || fits) && r == 0) {
            r = draw_line(sheet, x, sheet->top, x, sheet->bottom, rule);
        }
    }
    return r;
}

static int draw_frame(const struct sheet *sheet) {
    const struct figure_stroke axis = {.colour = FIGURE_AXIS, .width = 1.2};
    const struct figure_spot spots[] = {{sheet->left, sheet->top},
                                        {sheet->left, sheet->bottom},
                                        {sheet->right, sheet->bottom}};
    return sheet->pen->line(sheet->pen->data, spots, 3, &axis);
}

char *figure_title(const struct plot *plot) {
    const char *title = plot->title ? plot->title : plot->what;
    char *text = str_to_utf8(title, strlen(title));
    char *to = text;
    for (const char *at = text; at && *at; at++) {
        bool lost = strncmp(at, "\xEF\xBF\xBE", 3) == 0 ||
                    strncmp(at, "\xEF\xBF\xBF", 3) == 0; /* U+FFFE, U+FFFF */
        bool control = (unsigned char)*at < 0x20 || *at == 0x7F;
        *to++ = (char)(lost || control ? '?' : *at);
        at += lost ? 2 : 0;
    }
    if (text) {
        *to = '\0';
    }
    return text;
}

/* So much of a title as the sheet has room for; may be moved. NULL when memory runs
 * out.
 */
static char *shorten(char *title_take) {
    size_t n = 0;
    size_t chars = 0;
    for (; title_take && title_take[n]; n++) {
        bool begins = (title_take[n] & 0xC0) != 0x80;
        if (begins && chars == TITLE_CHARS) {
            break;
        }
        chars += begins;
    }
    if (!title_take || !title_take[n]) {
        return title_take;
    }
    char *shorter = NULL;
    int r = str_printf(&shorter, "%.*s…", (int)n, title_take);
    free(title_take);
    return r < 0 ? NULL : shorter;
}

static int draw_names(const struct sheet *sheet) {
    const struct plot *plot = sheet->plot;
    _cleanup_free_ char *title = shorten(figure_title(plot));
    int r = title ? 0 : -ENOMEM;
    r = r ? r
          : draw_words(sheet, (struct figure_words){.at = {20, 30},
                                                    .size = SIZE_TITLE,
                                                    .bold = true,
                                                    .colour = FIGURE_TEXT,
                                                    .text = title});
    r = r ? r
          : draw_words(sheet, (struct figure_words){.at = {20, 52},
                                                    .size = SIZE_LABEL + 0.5,
                                                    .colour = FIGURE_QUIET,
                                                    .text = plot->y.label});
    return r ? r
             : draw_words(sheet, (struct figure_words){
                                     .at = {sheet->right, sheet->bottom + 43},
                                     .anchor = FIGURE_END,
                                     .size = SIZE_LABEL + 0.5,
                                     .colour = FIGURE_QUIET,
                                     .text = plot->x.label});
}

/* ---- points ---- */

/* A line as it grows; `spots` has room for all of it. */
struct line {
    struct figure_spot *spots; /* owned */
    size_t n;
    struct figure_spot first, low, high, last; /* of the place across */
    size_t here;                               /* how many points are in it */
    uint8_t colour;
};

static void push(struct line *line, struct figure_spot spot) {
    const struct figure_spot *last = line->n > 0 ? &line->spots[line->n - 1] : NULL;
    if (!last || last->x != spot.x || last->y != spot.y) {
        line->spots[line->n++] = spot;
    }
}

/* The place is left: what remains of its points. */
static void leave_place(struct line *line) {
    if (line->here > 0) {
        push(line, line->first);
    }
    if (line->here > 3) {
        push(line, line->low);
        push(line, line->high);
    }
    if (line->here > 1) {
        push(line, line->last);
    }
    line->here = 0;
}

static void add_spot(struct line *line, struct figure_spot spot) {
    /* Three points of a place are kept as they are. */
    if (line->here > 0 && floor(line->first.x) != floor(spot.x)) {
        leave_place(line);
    }
    if (line->here == 0) {
        line->first = line->low = line->high = spot;
    }
    line->low = spot.y > line->low.y ? spot : line->low;
    line->high = spot.y < line->high.y ? spot : line->high;
    line->last = spot;
    line->here++;
}

static int end_line(const struct sheet *sheet, struct line *line) {
    const struct figure_stroke stroke = {.colour = colour_of(line->colour),
                                         .width = 1.8};
    leave_place(line);
    int r = line->n > 1
                ? sheet->pen->line(sheet->pen->data, line->spots, line->n, &stroke)
                : 0;
    line->n = 0;
    return r;
}

static int draw_line_of_points(const struct sheet *sheet) {
    const struct plot *plot = sheet->plot;
    /* Of a place across up to four spots remain, and never more than came. */
    _cleanup_free_ struct figure_spot *spots =
        calloc(plot->n_points + 1, sizeof *spots);
    struct line line = {.spots = spots};
    int r = spots ? 0 : -ENOMEM;
    for (size_t i = 0; i < plot->n_points && r == 0; i++) {
        if (isnan(plot->points[i].y)) {
            r = end_line(sheet, &line);
        } else {
            line.colour = plot->points[i].colour;
            add_spot(&line, spot_of(sheet, &plot->points[i]));
        }
    }
    return r ? r : end_line(sheet, &line);
}

static int draw_dots(const struct sheet *sheet) {
    const struct plot *plot = sheet->plot;
    bool all = plot->n_drawn <= DOTTED_POINTS;
    int r = 0;
    for (size_t i = 0; i < plot->n_points && r == 0; i++) {
        const struct plot_point *point = &plot->points[i];
        if (!isnan(point->y) && (all || plot_is_lonely(plot, i))) {
            r = sheet->pen->dot(sheet->pen->data, spot_of(sheet, point), 2.7,
                                colour_of(point->colour));
        }
    }
    return r;
}

static int draw_sticks(const struct sheet *sheet) {
    const struct plot *plot = sheet->plot;
    double zero = place_y(sheet, plot_scale_place(&sheet->y, 0));
    int r = 0;
    for (size_t i = 0; i < plot->n_points && r == 0; i++) {
        const struct plot_point *point = &plot->points[i];
        if (!isnan(point->y)) {
            struct figure_spot top = spot_of(sheet, point);
            r = draw_line(
                sheet, top.x, zero, top.x, top.y,
                (struct figure_stroke){.colour = colour_of(point->colour), .width = 2});
        }
    }
    return r;
}

int figure_draw(const struct plot *plot, const struct figure_pen *pen) {
    struct sheet sheet = {.plot = plot,
                          .pen = pen,
                          .top = TOP,
                          .right = FIGURE_WIDTH - RIGHT,
                          .bottom = FIGURE_HEIGHT - BOTTOM};
    plot_scale_fit(&sheet.x, &plot->x, LABELS_ACROSS);
    plot_scale_fit(&sheet.y, &plot->y, plot->y.log ? LABELS_DOWN_LOG : LABELS_DOWN);
    sheet.left = left_of(&sheet.y);
    int r = draw_ordinate(&sheet);
    r = r ? r : draw_abscissa(&sheet);
    r = r ? r : draw_marks(&sheet);
    r = r ? r
          : (plot->form == PLOT_STICKS ? draw_sticks(&sheet)
                                       : draw_line_of_points(&sheet));
    r = r || plot->form == PLOT_STICKS ? r : draw_dots(&sheet);
    r = r ? r : draw_frame(&sheet);
    return r ? r : draw_names(&sheet);
}
