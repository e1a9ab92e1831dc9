/* The convergence plot of the watched job: heading, ordinate in decades, points,
 * abscissa in SCF cycles. Rydberg for Quantum ESPRESSO, else eV. */
#include "tui/view.h"

#include "tui/format.h"
#include "tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GUTTER = 7, /* labels of the ordinate, and the axis */
};

struct picture {
    const struct app *app;
    const struct history_run *run;
    size_t place; /* of the run */
    enum history_quantity quantity;
    const char *unit;
    double scale;   /* from eV */
    double *values; /* borrowed */
    struct plot *plot;
    int y, x; /* of the points */
};

static const char *quantity_name(const struct picture *picture) {
    bool utf8 = picture->app->screen.utf8;

    if (picture->quantity == HISTORY_ACCURACY) {
        return "estimated accuracy";
    }
    return utf8 ? "|ΔE|" : "|dE|";
}

static double last_value(const struct picture *picture) {
    for (size_t i = picture->run->n; i > 0; i--) {
        if (isfinite(picture->values[i - 1])) {
            return picture->values[i - 1];
        }
    }
    return NAN;
}

static void draw_heading(const struct picture *picture, const struct rect *rect) {
    const struct history *history = &picture->app->closeup.history;
    char text[96];
    char value[FORMAT_SIZE];
    char right[96];

    if (history->n > 1) {
        (void)snprintf(text, sizeof text, "%s in %s, SCF %zu of %zu",
                       quantity_name(picture), picture->unit, picture->place + 1,
                       history->n);
    } else {
        (void)snprintf(text, sizeof text, "%s in %s", quantity_name(picture),
                       picture->unit);
    }
    (void)snprintf(right, sizeof right, "%s",
                   format_magnitude(value, last_value(picture)));
    view_heading(picture->app, rect->y, rect->x, rect->columns, false, text, right);
}

/* "10⁻⁶", or "1e-6" where the locale has no such digits. */
static void decade_label(const struct picture *picture, int decade, char *out,
                         size_t size) {
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴",
                                         "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[16];

    (void)snprintf(plain, sizeof plain, "%d", decade);
    if (!picture->app->screen.utf8) {
        (void)snprintf(out, size, "1e%s", plain);
        return;
    }
    size_t used = (size_t)snprintf(out, size, "10");
    for (const char *p = plain; *p && used < size; p++) {
        used += (size_t)snprintf(out + used, size - used, "%s",
                                 *p == '-' ? "⁻" : digits[*p - '0']);
    }
}

static void draw_ordinate(const struct picture *picture) {
    const struct screen *screen = &picture->app->screen;
    const struct plot *plot = picture->plot;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int axis = picture->x - 1;

    for (int row = 0; row < plot->rows; row++) {
        (void)screen_put(screen, picture->y + row, axis, 1, quiet,
                         screen_glyph(screen, GLYPH_AXIS));
    }
    int step = plot_decade_step(plot);
    for (int decade = plot->top_decade; decade >= plot->bottom_decade; decade--) {
        if (decade % step != 0) {
            continue;
        }
        char label[48];
        int y = picture->y + plot_decade_row(plot, decade);
        decade_label(picture, decade, label, sizeof label);
        screen_put_right(screen, y, picture->x - GUTTER, GUTTER - 1, quiet, label);
        (void)screen_put(screen, y, axis, 1, quiet, screen_glyph(screen, GLYPH_TICK));
    }
}

static void draw_mark(const struct picture *picture, size_t cycle) {
    const struct screen *screen = &picture->app->screen;
    const struct plot *plot = picture->plot;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int column = plot_column(plot, cycle);
    int y = picture->y + plot->rows;
    char label[24];

    int width = snprintf(label, sizeof label, "%zu", cycle);
    int start = column - width / 2;
    if (start + width > plot->columns) {
        start = plot->columns - width;
    }
    (void)screen_put(screen, y, picture->x + column, 1, quiet,
                     screen_glyph(screen, GLYPH_MARK));
    (void)screen_put(screen, y + 1, picture->x + (start > 0 ? start : 0), width, quiet,
                     label);
}

static void draw_abscissa(const struct picture *picture) {
    const struct screen *screen = &picture->app->screen;
    const struct plot *plot = picture->plot;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int y = picture->y + plot->rows;
    int digits = plot->last >= 1000 ? 6 : 3;
    size_t step = plot_abscissa_step(plot, digits);

    screen_line(screen, y, picture->x, plot->columns, quiet);
    (void)screen_put(screen, y, picture->x - 1, 1, quiet,
                     screen_glyph(screen, GLYPH_ORIGIN));
    (void)screen_put(screen, y + 1, picture->x - GUTTER, GUTTER - 1, quiet, " cycle");
    draw_mark(picture, 1);
    for (size_t cycle = step; cycle <= plot->last; cycle += step) {
        if (plot_column(plot, cycle) >= digits + 3) {
            draw_mark(picture, cycle);
        }
    }
}

static void draw_points(const struct picture *picture) {
    const struct plot *plot = picture->plot;
    attr_t attr = screen_attr(&picture->app->screen, STYLE_ACTIVE);

    for (int row = 0; row < plot->rows; row++) {
        for (int column = 0; column < plot->columns; column++) {
            wchar_t c = plot_cell(plot, row, column);
            if (c != L' ') {
                screen_put_char(picture->y + row, picture->x + column, attr, c);
            }
        }
    }
}

/* While a job runs the abscissa leaves room, so that it does not move with every cycle.
 */
static size_t right_end(const struct picture *picture) {
    const struct app *app = picture->app;
    const struct summary *job = model_find(&app->model, app->closeup.id);
    bool newest = picture->place + 1 == app->closeup.history.n;
    size_t n = picture->run->n;

    return newest && job && summary_is_active(job) ? plot_round_last(n) : n;
}

static void draw_run(struct picture *picture, const struct rect *rect) {
    struct plot_data data = {
        .values = picture->values, .n = picture->run->n, .last = right_end(picture)};
    enum plot_marks marks = picture->app->screen.utf8 ? PLOT_BRAILLE : PLOT_ASCII;

    for (size_t i = 0; i < data.n; i++) {
        picture->values[i] =
            history_value(picture->run, i, picture->quantity) * picture->scale;
    }
    draw_heading(picture, rect);
    if (plot_draw(picture->plot, &data, marks, rect->rows - 3,
                  rect->columns - GUTTER - 1) == 0) {
        (void)screen_put(&picture->app->screen, rect->y + 1, rect->x + 2,
                         rect->columns - 2,
                         screen_attr(&picture->app->screen, STYLE_QUIET),
                         "Two cycles make the first point.");
        return;
    }
    draw_ordinate(picture);
    draw_abscissa(picture);
    draw_points(picture);
}

void view_plot(struct app *app, const struct rect *rect) {
    const struct summary *job = model_find(&app->model, app->closeup.id);
    size_t place = 0;
    const struct history_run *run = closeup_run(&app->closeup, &place);

    if (!job || !run || run->n == 0) {
        return;
    }
    bool rydberg = job->code && strcmp(job->code, "quantum_espresso") == 0;
    struct picture picture = {
        .app = app,
        .run = run,
        .place = place,
        .quantity = closeup_quantity(&app->closeup, run),
        .unit = rydberg ? "Ry" : "eV",
        .scale = rydberg ? 1 / FORMAT_RYDBERG_EV : 1,
        .values = calloc(run->n, sizeof(double)),
        .plot = malloc(sizeof(struct plot)),
        .y = rect->y + 1,
        .x = rect->x + GUTTER,
    };
    if (picture.values && picture.plot) {
        draw_run(&picture, rect);
    }
    free(picture.values);
    free(picture.plot);
}
