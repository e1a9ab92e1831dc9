/* The plot of the watched job: a heading, and what plot/text.h draws. Rydberg for
 * Quantum ESPRESSO, else eV. */
#include "tui/view.h"

#include "plot/kind.h"
#include "plot/text.h"
#include "tui/format.h"

#include <math.h>
#include <stdio.h>

struct picture {
    const struct app *app;
    const struct plot *plot;
    size_t place; /* of the SCF run */
};

static double last_value(const struct plot *plot) {
    for (size_t i = plot->n_points; i > 0; i--) {
        if (!isnan(plot->points[i - 1].y)) {
            return plot->points[i - 1].y;
        }
    }
    return NAN;
}

static void draw_heading(const struct picture *picture, const struct rect *rect,
                         enum plot_marks marks) {
    const struct history *history = &picture->app->closeup.history;
    _cleanup_buf_ struct buf label = BUF_NULL;
    char value[FORMAT_SIZE];
    int r = plot_text_words(&label, picture->plot->y.label, marks);

    if (r == 0 && history->n > 1) {
        r = buf_printf(&label, ", SCF %zu of %zu", picture->place + 1, history->n);
    }
    _cleanup_free_ char *text = r == 0 ? buf_take_string(&label) : NULL;
    view_heading(picture->app, rect->y, rect->x, rect->columns, false, text ? text : "",
                 format_magnitude(value, last_value(picture->plot)));
}

static void draw_cells(const struct app *app, const struct plot_text *text,
                       const struct rect *rect) {
    const attr_t attrs[] = {[PLOT_INK_AXIS] = screen_attr(&app->screen, STYLE_QUIET),
                            [PLOT_INK_POINTS] = screen_attr(&app->screen, STYLE_ACTIVE),
                            [PLOT_INK_POINTS + 1] =
                                screen_attr(&app->screen, STYLE_WARN)};

    for (int row = 0; row < text->rows && row + 1 < rect->rows; row++) {
        for (int column = 0; column < text->columns && column < rect->columns;
             column++) {
            const struct plot_cell *cell = plot_text_at(text, row, column);
            if (cell->ink != PLOT_INK_NONE) {
                screen_put_char(rect->y + 1 + row, rect->x + column, attrs[cell->ink],
                                cell->c);
            }
        }
    }
}

/* While a job runs the abscissa leaves room, so that it does not move with every cycle.
 */
static void leave_room(const struct app *app, struct plot *plot, size_t place) {
    const struct summary *job = model_find(&app->model, app->closeup.id);
    bool newest = place + 1 == app->closeup.history.n;

    if (newest && job && summary_is_active(job)) {
        plot_stretch(&plot->x, (double)plot_round_last((size_t)plot->x.max));
    }
}

static int build(const struct app *app, struct plot **out, size_t *place) {
    const struct closeup *closeup = &app->closeup;
    const struct summary *job = model_find(&app->model, closeup->id);
    const struct history_run *run = closeup_run(closeup, place);

    if (!job || !run || run->n == 0) {
        return PLOT_E_NOTHING;
    }
    enum plot_kind kind =
        closeup_quantity(closeup, run) == HISTORY_ACCURACY ? PLOT_ACCURACY : PLOT_SCF;
    int r = plot_of_scf(out, &closeup->history, kind, (long)*place,
                        plot_in_rydberg(job->code));
    if (r == 0) {
        leave_room(app, *out, *place);
    }
    return r;
}

void view_plot(struct app *app, const struct rect *rect) {
    _cleanup_(plot_freep) struct plot *plot = NULL;
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    const struct plot_size size = {
        .marks = app->screen.utf8 ? PLOT_BRAILLE : PLOT_ASCII,
        .rows = rect->rows - 1,
        .columns = rect->columns - 1,
    };
    struct picture picture = {.app = app};
    int r = build(app, &plot, &picture.place);

    picture.plot = plot;
    if (r == 0 && plot_text_new(&text, plot, &size) == 0) {
        draw_heading(&picture, rect, size.marks);
        draw_cells(app, text, rect);
    } else if (r == PLOT_E_NOTHING) {
        view_heading(app, rect->y, rect->x, rect->columns, false, "SCF", "");
        (void)screen_put(&app->screen, rect->y + 1, rect->x + 2, rect->columns - 2,
                         screen_attr(&app->screen, STYLE_QUIET),
                         "Two cycles make the first point.");
    }
}
