/* The plot of the watched job: a heading, and what plot/text.h draws. The SCF is that
 * of the history, which is ahead of the results while the job runs. */
#include "tui/view.h"

#include "plot/text.h"
#include "tui/format.h"

#include <math.h>
#include <stdio.h>

static double last_value(const struct plot *plot) {
    for (size_t i = plot->n_points; i > 0; i--) {
        if (!isnan(plot->points[i - 1].y)) {
            return plot->points[i - 1].y;
        }
    }
    return NAN;
}

static bool is_of_scf(enum plot_kind kind) {
    return kind == PLOT_SCF || kind == PLOT_ACCURACY;
}

/* The last value, where it tells something. */
static void last_words(const struct plot *plot, enum plot_kind kind,
                       char out[FORMAT_SIZE]) {
    if (is_of_scf(kind) || kind == PLOT_FORCES) {
        (void)format_magnitude(out, last_value(plot));
    } else if (kind == PLOT_VOLUME) {
        (void)snprintf(out, FORMAT_SIZE, "%.3f", last_value(plot));
    } else {
        out[0] = '\0';
    }
}

static void draw_heading(const struct app *app, const struct rect *rect,
                         const struct plot *plot, enum plot_kind kind) {
    const struct history *history = &app->closeup.history;
    _cleanup_buf_ struct buf label = BUF_NULL;
    char value[FORMAT_SIZE];
    size_t place = 0;
    int r = plot_text_words(&label, plot->y.label,
                            app->screen.utf8 ? PLOT_BRAILLE : PLOT_ASCII);

    if (r == 0 && is_of_scf(kind) && history->n > 1 &&
        closeup_run(&app->closeup, &place)) {
        r = buf_printf(&label, ", SCF %zu of %zu", place + 1, history->n);
    }
    _cleanup_free_ char *text = r == 0 ? buf_take_string(&label) : NULL;
    last_words(plot, kind, value);
    view_heading(app, rect->y, rect->x, rect->columns, false, text ? text : "", value);
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
static void leave_room(const struct app *app, struct plot *plot, bool grows) {
    const struct summary *job = model_find(&app->model, app->closeup.id);

    if (grows && plot->x.counts && job && summary_is_active(job)) {
        plot_stretch(&plot->x, (double)plot_round_last((size_t)plot->x.max));
    }
}

static int build_scf(const struct app *app, enum plot_kind kind, struct plot **out) {
    const struct closeup *closeup = &app->closeup;
    const struct summary *job = model_find(&app->model, closeup->id);
    size_t place = 0;

    if (!job || !closeup_run(closeup, &place)) {
        return PLOT_E_NOTHING;
    }
    int r = plot_of_scf(out, &closeup->history, kind, (long)place,
                        plot_in_rydberg(job->code));
    if (r == 0) {
        leave_room(app, *out, place + 1 == closeup->history.n);
    }
    return r;
}

static int build(const struct app *app, enum plot_kind kind, struct plot **out) {
    if (is_of_scf(kind)) {
        return build_scf(app, kind, out);
    }
    int r = plot_of_results(out, json_object_get(app->closeup.full, "results"), kind);
    if (r == 0) {
        leave_room(app, *out, true);
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
    enum plot_kind kind = closeup_kind(&app->closeup);
    int r = build(app, kind, &plot);

    if (r == 0 && plot_text_new(&text, plot, &size) == 0) {
        draw_heading(app, rect, plot, kind);
        draw_cells(app, text, rect);
    } else if (r == PLOT_E_NOTHING) {
        view_heading(app, rect->y, rect->x, rect->columns, false, "SCF", "");
        (void)screen_put(&app->screen, rect->y + 1, rect->x + 2, rect->columns - 2,
                         screen_attr(&app->screen, STYLE_QUIET),
                         "There is no change of the energy to plot yet.");
    }
}
