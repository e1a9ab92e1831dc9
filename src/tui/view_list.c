/* The list of jobs. Which columns there are depends on the room: number, name and state
 * always, then cycle, change of energy, forecast where there is one, time, energy. */
#include "tui/view.h"

#include "base/clock.h"
#include "tui/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    STATE_COLUMNS = 12,
    TIME_COLUMNS = 8,
    CYCLE_COLUMNS = 7,
    DELTA_COLUMNS = 9,
    FORECAST_COLUMNS = 15, /* with two blanks in front; as long as "will not make" */
    ENERGY_COLUMNS = 15,
    NAME_ENOUGH = 10, /* the name gets so much before numbers are added */
};

struct columns {
    int id, name, time, cycle, delta, forecast, energy; /* widths; 0: not shown */
};

static int take(int *room, int columns) {
    if (*room - columns < NAME_ENOUGH) {
        return 0;
    }
    *room -= columns;
    return columns;
}

/* Whether a job that is shown has one. */
static bool has_forecast(const struct model *model) {
    for (size_t i = 0; i < model->n_shown; i++) {
        if (model_at(model, i)->forecast) {
            return true;
        }
    }
    return false;
}

static struct columns choose_columns(const struct model *model, int width) {
    struct columns columns = {.id = 2};
    int64_t largest = model->n > 0 ? model->jobs[0].id : 0;

    for (int64_t limit = 100; largest >= limit && columns.id < 12; limit *= 10) {
        columns.id++;
    }
    /* The pointer, blanks around the name, and one at the end. */
    int room = width - 1 - columns.id - 2 - STATE_COLUMNS - 1;
    /* What tells convergence comes first; the selected job's time is beside the list.
     */
    columns.cycle = take(&room, CYCLE_COLUMNS);
    columns.delta = columns.cycle ? take(&room, DELTA_COLUMNS) : 0;
    if (columns.delta && has_forecast(model)) {
        columns.forecast = take(&room, FORECAST_COLUMNS);
    }
    columns.time = take(&room, TIME_COLUMNS);
    columns.energy = columns.time ? take(&room, ENERGY_COLUMNS) : 0;
    columns.name = room;
    return columns;
}

struct row {
    const struct app *app;
    int y, x;
    attr_t attr; /* over everything in it */
    bool plain;  /* use `attr` alone */
};

static void put_left(struct row *row, int columns, attr_t attr, const char *text) {
    (void)screen_put(&row->app->screen, row->y, row->x, columns,
                     row->plain ? row->attr : attr, text);
    row->x += columns;
}

static void put_number(struct row *row, int columns, attr_t attr, const char *text) {
    if (columns > 0) {
        screen_put_right(&row->app->screen, row->y, row->x, columns,
                         row->plain ? row->attr : attr, text);
        row->x += columns;
    }
}

static void draw_titles(const struct app *app, const struct rect *rect,
                        const struct columns *columns) {
    attr_t quiet = screen_attr(&app->screen, STYLE_QUIET);
    struct row row = {.app = app, .y = rect->y + 1, .x = rect->x + 1};
    char delta[16];

    (void)snprintf(delta, sizeof delta, "|%sE|/eV",
                   screen_glyph(&app->screen, GLYPH_DELTA));
    put_number(&row, columns->id, quiet, "id");
    row.x++;
    put_left(&row, columns->name, quiet, "name");
    row.x++;
    put_left(&row, STATE_COLUMNS, quiet, "  state");
    put_number(&row, columns->cycle, quiet, "cycle");
    put_number(&row, columns->delta, quiet, delta);
    if (columns->forecast) {
        put_left(&row, columns->forecast, quiet, "  forecast");
    }
    put_number(&row, columns->energy, quiet, "energy/eV");
    put_number(&row, columns->time, quiet, "time");
}

static attr_t forecast_attr(const struct row *row, const struct summary *job) {
    static const enum style styles[] = {
        [FORECAST_GOOD] = STYLE_GOOD,
        [FORECAST_DOUBTFUL] = STYLE_WARN,
        [FORECAST_BAD] = STYLE_BAD,
    };

    return screen_attr(&row->app->screen, styles[job->forecast_mood]);
}

/* In the room of the word "cancelling". */
static const char *short_forecast(const struct summary *job) {
    return strncmp(job->forecast, "will not", 8) == 0  ? "won't make"
           : strcmp(job->forecast, "oscillating") == 0 ? "oscillates"
                                                       : job->forecast;
}

/* Where there is no column for forecasts, one stands for the word that the sign before
 * it says as well. */
static void put_state(struct row *row, const struct summary *job,
                      const struct columns *columns) {
    const struct screen *screen = &row->app->screen;
    attr_t attr = screen_attr(screen, screen_job_style(job));

    put_left(row, 2, attr, screen_job_glyph(screen, job));
    if (summary_is_in_vain(job)) {
        put_left(row, STATE_COLUMNS - 2, attr, "not conv.");
    } else if (job->forecast && !columns->forecast && job->state == SUMMARY_RUNNING) {
        put_left(row, STATE_COLUMNS - 2, forecast_attr(row, job), short_forecast(job));
    } else {
        put_left(row, STATE_COLUMNS - 2, attr, summary_state_word(job->state));
    }
}

/* What it is that will not be made, the facts beside the list tell. */
static void put_forecast(struct row *row, const struct summary *job, int columns) {
    char words[32];

    (void)snprintf(words, sizeof words, "%.*s", columns - 2,
                   job->forecast ? job->forecast : "");
    put_left(row, 2, A_NORMAL, "");
    put_left(row, columns - 2, forecast_attr(row, job), words);
}

static void put_numbers(struct row *row, const struct summary *job,
                        const struct columns *columns) {
    attr_t text = A_NORMAL;
    char space[FORMAT_SIZE] = "";
    bool known = job->has_progress;

    if (known && job->cycle > 0) {
        (void)snprintf(space, sizeof space, "%d", job->cycle);
    }
    put_number(row, columns->cycle, text, space);
    put_number(row, columns->delta, text,
               known && isfinite(job->delta_ev) ? format_magnitude(space, job->delta_ev)
                                                : "");
    if (columns->forecast) {
        put_forecast(row, job, columns->forecast);
    }
    put_number(row, columns->energy, text,
               known && isfinite(job->energy_ev) ? format_energy(space, job->energy_ev)
                                                 : "");
    put_number(row, columns->time, text,
               summary_elapsed(job, clock_realtime_ms(), space));
}

static void draw_job(const struct app *app, int y, const struct rect *rect,
                     const struct columns *columns, const struct summary *job,
                     bool selected) {
    const struct screen *screen = &app->screen;
    bool reverse = selected && app->focus == PANE_LIST && app->mode == MODE_MAIN;
    struct row row = {.app = app,
                      .y = y,
                      .x = rect->x,
                      .attr = screen_attr(screen, STYLE_SELECTED),
                      .plain = reverse};
    char id[24];

    if (reverse) {
        screen_blank(y, rect->x, rect->columns, row.attr);
    }
    (void)snprintf(id, sizeof id, "%lld", (long long)job->id);
    put_left(&row, 1, A_BOLD, selected ? screen_glyph(screen, GLYPH_POINTER) : " ");
    put_number(&row, columns->id, screen_attr(screen, STYLE_QUIET), id);
    row.x++;
    put_left(&row, columns->name, selected ? A_BOLD : A_NORMAL,
             job->name ? job->name : "");
    row.x++;
    put_state(&row, job, columns);
    put_numbers(&row, job, columns);
}

/* Nothing to list: say why, and what to press. */
static void draw_empty(const struct app *app, const struct rect *rect) {
    const char *text;

    if (!app->has_list) {
        /* The line at the bottom has no room for what to type. */
        text = app->conn.up ? "Reading the list of jobs." : app->conn.trouble;
    } else if (app->model.n > 0) {
        text = "No job has these words.\n\nEsc shows all jobs again.";
    } else {
        text = "No jobs yet.\n\n"
               "Press n to choose an input file and run it, or type in a shell:\n\n"
               "  crystalmath submit si.in";
    }
    struct rect inner = {rect->y + 2, rect->x + 2, rect->rows - 2, rect->columns - 3};
    (void)view_wrapped(app, &inner, A_NORMAL, text);
}

/* Scroll so far that the selected job is in view. */
static void follow_selection(struct app *app, int height) {
    struct scroll *scroll = &app->list;
    size_t place = app->model.selected_place;

    scroll->height = (size_t)height;
    scroll->lines = app->model.n_shown;
    if (place < scroll->top) {
        scroll->top = place;
    } else if (place >= scroll->top + scroll->height) {
        scroll->top = place - scroll->height + 1;
    }
    scroll_clamp(scroll);
}

static void draw_heading(const struct app *app, const struct rect *rect) {
    const struct model *model = &app->model;
    char text[MODEL_FILTER_SIZE + 32];
    char right[64] = "";

    if (model->filter[0]) {
        (void)snprintf(text, sizeof text, "Jobs with: %s", model->filter);
        (void)snprintf(right, sizeof right, "%zu of %zu", model->n_shown, model->n);
    } else {
        (void)snprintf(text, sizeof text, "Jobs");
        if (model->n_shown > app->list.height) {
            (void)snprintf(right, sizeof right, "%zu of %zu", model->selected_place + 1,
                           model->n_shown);
        }
    }
    view_heading(app, rect->y, rect->x, rect->columns, app->focus == PANE_LIST, text,
                 right);
}

void view_list(struct app *app, const struct rect *rect) {
    struct columns columns = choose_columns(&app->model, rect->columns);

    follow_selection(app, rect->rows - 2);
    draw_heading(app, rect);
    if (app->model.n_shown == 0) {
        draw_empty(app, rect);
        return;
    }
    draw_titles(app, rect, &columns);
    for (int i = 0; i < rect->rows - 2; i++) {
        size_t place = app->list.top + (size_t)i;
        const struct summary *job = model_at(&app->model, place);
        if (job) {
            draw_job(app, rect->y + 2 + i, rect, &columns, job,
                     place == app->model.selected_place);
        }
    }
}
